//! Reading the audit record: of the running service over its socket, or from the files of a data directory that nobody
//! serves.

mod copies;
mod export;
mod when;

pub use export::{Exported, export};
pub use when::{WhenError, instant, moment};

use crate::socket::{OperatorError, ask, nobody};
use serde::Deserialize;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use strongroom_audit::{Bounds, Page, Position, Query, SegmentFolder, SegmentSource, Usage, page};
use strongroom_control::OperatorRequest;

/// How many records are asked for at once.
const PAGE_RECORDS: usize = 1_000;

/// The record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditReadError {
    /// The service refused or gave no answer.
    #[error(transparent)]
    Service(#[from] OperatorError),
    /// The service's answer is not one.
    #[error("the service's answer cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The files cannot be read.
    #[error("{path}: {error}; is this a data directory?")]
    Files {
        /// The folder.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// A reader of one record. What it asks of a service with one query is one look on the record; of files nothing is.
pub struct AuditReader {
    data_dir: PathBuf,
    files: bool,
    ticket: Option<u64>,
}

#[derive(Deserialize)]
struct PageAnswer {
    ticket: u64,
    page: Page,
}

#[derive(Deserialize)]
struct UsageAnswer {
    ticket: u64,
    usage: Usage,
    #[serde(default)]
    next: Option<Position>,
    done: bool,
}

impl AuditReader {
    /// Reads files at once if that is wanted, else where no service answers.
    pub fn new(data_dir: &Path, files: bool) -> Self {
        Self { data_dir: data_dir.to_owned(), files, ticket: None }
    }

    /// Whether files are read: known after the first page.
    pub fn reads_files(&self) -> bool {
        self.files
    }

    /// One page from a place on, of at most so many records; it may have fewer and still not be the last.
    pub fn page(
        &mut self,
        query: &Query,
        after: Option<Position>,
        records: usize,
    ) -> Result<Page, AuditReadError> {
        let request = OperatorRequest::AuditQuery {
            query: serde_json::to_value(query)?,
            after: after.map(serde_json::to_value).transpose()?,
            ticket: self.ticket,
            records: Some(records),
        };
        let Some(answer) = self.ask(&request)? else {
            let bounds = Bounds { records, bytes: 8 << 20, time: None };
            return self.of_files(|files| page(files, query, after, &bounds));
        };
        let answer: PageAnswer = serde_json::from_value(answer)?;
        self.ticket = Some(answer.ticket);
        Ok(answer.page)
    }

    /// Shows the lines that are asked for one after the other, and no more than `limit`. Gives the place behind the last
    /// one that was looked at.
    pub fn each<E: From<AuditReadError>>(
        &mut self,
        query: &Query,
        after: Option<Position>,
        limit: Option<u64>,
        mut each: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<Option<Position>, E> {
        let (mut after, mut left) = (after, limit.unwrap_or(u64::MAX));
        while left > 0 {
            let records = usize::try_from(left).map_or(PAGE_RECORDS, |left| left.min(PAGE_RECORDS));
            let page = self.page(query, after, records)?;
            for line in &page.lines {
                each(line)?;
            }
            left = left.saturating_sub(page.lines.len() as u64);
            after = page.next;
            if page.done {
                break;
            }
        }
        Ok(after)
    }

    /// Counts what the records of a query used keys for.
    pub fn usage(&mut self, query: &Query) -> Result<Usage, AuditReadError> {
        let mut sum = Usage::default();
        let mut after: Option<Position> = None;
        loop {
            let request = OperatorRequest::AuditUsage {
                query: serde_json::to_value(query)?,
                after: after.map(serde_json::to_value).transpose()?,
                ticket: self.ticket,
                corrected: sum.corrected.iter().cloned().collect(),
            };
            let Some(answer) = self.ask(&request)? else {
                self.of_files(|files| sum.gather(files, query, None, None))?;
                return Ok(sum);
            };
            let answer: UsageAnswer = serde_json::from_value(answer)?;
            self.ticket = Some(answer.ticket);
            sum.add_older(answer.usage);
            after = answer.next;
            if answer.done {
                return Ok(sum);
            }
        }
    }

    /// The service's answer; none if files are read, which is settled by the first question.
    fn ask(&mut self, request: &OperatorRequest) -> Result<Option<Value>, AuditReadError> {
        if self.files {
            return Ok(None);
        }
        match ask(&self.data_dir, request) {
            Err(OperatorError::Unreachable { error, .. }) if self.ticket.is_none() && nobody(&error) => {
                self.files = true;
                Ok(None)
            }
            answer => Ok(Some(answer?)),
        }
    }

    fn of_files<T>(
        &self,
        read: impl FnOnce(&dyn SegmentSource) -> io::Result<T>,
    ) -> Result<T, AuditReadError> {
        let path = self.data_dir.join("audit");
        read(&SegmentFolder::new(&path)).map_err(|error| AuditReadError::Files { path, error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A data directory that nobody serves, with so many records of one second each.
    pub(super) fn data_dir(records: u64) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("audit")).unwrap();
        let lines: String = (1..=records).map(|n| line(n, &n.to_string()) + "\n").collect();
        fs::write(dir.path().join("audit/00000000000000000001.jsonl"), lines).unwrap();
        dir
    }

    fn line(sequence: u64, request: &str) -> String {
        let record = serde_json::json!({
            "eventTime": format!("2026-01-01T00:{:02}:{:02}Z", sequence / 60 % 60, sequence % 60),
            "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "requestID": request,
            "eventID": format!("event-{sequence}"), "awsRegion": "us-east-1",
            "recipientAccountId": "111122223333",
            "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:user/a"},
        });
        format!(r#"{{"sequence":{sequence},"kind":"event","record":{record}}}"#)
    }

    fn read(reader: &mut AuditReader, query: &Query, limit: Option<u64>) -> usize {
        let mut seen = 0;
        let each = |_: &str| -> Result<(), AuditReadError> {
            seen += 1;
            Ok(())
        };
        reader.each(query, None, limit, each).unwrap();
        seen
    }

    #[test]
    fn files_are_read_where_nobody_serves() {
        let dir = data_dir(2_500);
        let mut reader = AuditReader::new(dir.path(), false);
        assert!(!reader.reads_files());
        assert_eq!(read(&mut reader, &Query::default(), None), 2_500);
        assert!(reader.reads_files());
        assert_eq!(read(&mut reader, &Query::default(), Some(1_200)), 1_200);
        let one = Query { request_id: Some("17".to_owned()), ..Query::default() };
        assert_eq!(read(&mut reader, &one, None), 1);
        assert_eq!(reader.usage(&Query::default()).unwrap().count, 2_500);
    }

    #[test]
    fn folder_that_is_no_data_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = AuditReader::new(dir.path(), true).page(&Query::default(), None, 1).unwrap_err();
        assert!(error.to_string().contains("is this a data directory?"), "{error}");
    }
}
