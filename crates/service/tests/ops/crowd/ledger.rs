//! The audit log against what was asked: every request of a known caller is on the record once, as its own.

use super::question::{Expected, Question};
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strongroom_audit::Disk;
use strongroom_types::RequestId;

/// Acts that are not entered: they are not what is tested.
const CHANGES: [&str; 3] = ["PutUserPolicy", "DeleteUserPolicy", "PutKeyPolicy"];

/// What was asked, by request id, and whether its answer was withdrawn.
#[derive(Default)]
pub(super) struct Ledger {
    entries: BTreeMap<String, (Question, bool)>,
}

impl Ledger {
    /// A question that was answered.
    pub(super) fn enter(&mut self, request: RequestId, question: Question) {
        self.entries.insert(request.text(), (question, false));
    }

    /// A question whose answer was withdrawn.
    pub(super) fn enter_withdrawn(&mut self, request: RequestId, question: Question) {
        self.entries.insert(request.text(), (question, true));
    }

    /// Another ledger's entries.
    pub(super) fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// How many requests.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many answers were withdrawn.
    pub(super) fn withdrawn(&self) -> usize {
        self.entries.values().filter(|(_, withdrawn)| *withdrawn).count()
    }

    /// Compares with the lines of the log.
    pub(super) fn check(&self, lines: &[Value]) -> Result<(), String> {
        let records = records(lines);
        for (request, record) in &records {
            match self.entries.get(request) {
                Some((question, withdrawn)) => judge(question, *withdrawn, record)?,
                None if CHANGES.iter().any(|name| record["eventName"] == *name) => {}
                None => return Err(format!("nobody asked for {record}")),
            }
        }
        let missing = |(request, (question, _)): &(&String, &(Question, bool))| {
            !matches!(question.expected, Expected::Stranger(_)) && !records.contains_key(*request)
        };
        match self.entries.iter().find(missing) {
            Some((request, (question, _))) => Err(format!("{request} is not on the record: {question:?}")),
            None => Ok(()),
        }
    }
}

/// The record of each call by its request id.
///
/// # Panics
/// When a request is there twice.
pub(super) fn records(lines: &[Value]) -> BTreeMap<String, Value> {
    let mut records = BTreeMap::new();
    for line in lines.iter().filter(|line| line["kind"] == "event") {
        let request = line["record"]["requestID"].as_str().unwrap().to_owned();
        let twice = records.insert(request, line["record"].clone());
        assert!(twice.is_none(), "two records of one request: {line}");
    }
    records
}

/// Whether a record is of this question. What was withdrawn had any outcome.
pub(super) fn judge(question: &Question, withdrawn: bool, record: &Value) -> Result<(), String> {
    let context = &question.input["EncryptionContext"];
    let mut shown = vec![
        (&record["userIdentity"]["arn"], json!(question.caller.arn)),
        (&record["userIdentity"]["accessKeyId"], json!(question.caller.access_key_id)),
        (&record["recipientAccountId"], json!(question.account)),
        (&record["eventName"], json!(question.operation)),
        (&record["resources"][0]["ARN"], json!(question.key)),
        (&record["requestParameters"]["encryptionContext"], context.clone()),
    ];
    match &question.expected {
        Expected::Stranger(_) => return Err(format!("a stranger is on the record: {record}")),
        Expected::Refused { error, .. } if !withdrawn => {
            shown.push((&record["errorCode"], json!(error.replace("AccessDeniedException", "AccessDenied"))));
        }
        _ if !withdrawn => shown.push((&record["errorCode"], Value::Null)),
        _ => {}
    }
    match shown.iter().find(|(found, expected)| **found != *expected) {
        Some((_, expected)) => Err(format!("{question:?}, expected {expected}: {record}")),
        None => Ok(()),
    }
}

/// Empties the log: a million records need not be kept in memory.
pub(super) fn forget(s: &Scenario) {
    let mut segments = s.disk.segments().unwrap();
    segments.pop();
    for segment in segments {
        s.disk.discard(segment.first).unwrap();
    }
    s.disk.cut(0);
}
