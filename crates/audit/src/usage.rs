//! What a key was used for: the first and the last use, and how often by whom.

use crate::line::Kind;
use crate::query::{Flow, Hit, Position, Query, Stop, visit};
use crate::segments::SegmentSource;
use crate::view::RecordView;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Instant;

/// The operations that use a key, as GetKeyLastUsage tracks them.
const USES: [&str; 14] = [
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
    "Encapsulate",
    "Decapsulate",
];

/// The most principals that are told apart.
const PRINCIPALS_MAX: usize = 1_000;

/// Whether a record is of a use of a key: a cryptographic operation that succeeded.
pub fn is_use(record: &RecordView<'_>) -> bool {
    record.error_code.is_empty()
        && record.event_source == "kms.amazonaws.com"
        && USES.contains(&&*record.event_name)
}

/// One use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// When, see [`crate::event_time`].
    pub at: String,
    /// The operation.
    pub operation: String,
    /// By whom: a session's role, else the principal.
    pub principal: String,
    /// The request's id.
    pub request_id: String,
    /// The record's id.
    pub event_id: String,
}

/// How often, and when last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseCount {
    /// How often.
    pub count: u64,
    /// When last.
    pub last: String,
}

impl UseCount {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        if self.last < other.last {
            self.last.clone_from(&other.last);
        }
    }
}

/// Uses of a key. A call whose answer was withdrawn is none: the last record of a request counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The first that is on the record.
    pub first: Option<Use>,
    /// The last.
    pub last: Option<Use>,
    /// How many.
    pub count: u64,
    /// By principal and operation; `others` has what went beyond 1,000 principals.
    pub by: BTreeMap<String, BTreeMap<String, UseCount>>,
    /// By operation, of principals that are not listed.
    pub others: BTreeMap<String, UseCount>,
    /// Requests that have a second record, and whose first one has not been met yet.
    pub corrected: BTreeSet<String>,
}

impl Usage {
    /// Counts the records of a key, from the newest to the oldest, and from a place on; `query` is turned to look
    /// backwards. Stops when the deadline is over.
    pub fn gather(
        &mut self,
        source: &dyn SegmentSource,
        query: &Query,
        from: Option<Position>,
        deadline: Option<Instant>,
    ) -> io::Result<Stop> {
        let query = Query { reverse: true, ..query.clone() };
        visit(source, &query, from, deadline, &mut |hit| {
            self.take(hit);
            Flow::On
        })
    }

    fn take(&mut self, hit: &Hit<'_>) {
        let record = &hit.view.record;
        if hit.view.kind == Kind::Correction {
            self.corrected.insert(record.request_id.to_string());
        } else if self.corrected.remove(&*record.request_id) {
            return;
        }
        if is_use(record) {
            self.count(record);
        }
    }

    fn count(&mut self, record: &RecordView<'_>) {
        let (principal, operation) = (record.principal().to_owned(), record.event_name.to_string());
        let at = record.event_time.to_string();
        let one = Use {
            at: at.clone(),
            operation: operation.clone(),
            principal: principal.clone(),
            request_id: record.request_id.to_string(),
            event_id: record.event_id.to_string(),
        };
        self.last.get_or_insert_with(|| one.clone());
        self.first = Some(one);
        self.count += 1;
        self.add(&principal, &operation, &UseCount { count: 1, last: at });
    }

    fn add(&mut self, principal: &str, operation: &str, count: &UseCount) {
        let listed = self.by.contains_key(principal) || self.by.len() < PRINCIPALS_MAX;
        let by = if listed { self.by.entry(principal.to_owned()).or_default() } else { &mut self.others };
        by.entry(operation.to_owned()).or_default().add(count);
    }

    /// Adds what was counted of older records, with this one's `corrected` taken into account.
    pub fn add_older(&mut self, older: Self) {
        for (principal, operations) in &older.by {
            for (operation, count) in operations {
                self.add(principal, operation, count);
            }
        }
        for (operation, count) in &older.others {
            self.others.entry(operation.clone()).or_default().add(count);
        }
        self.count += older.count;
        self.first = older.first.or(self.first.take());
        if self.last.is_none() {
            self.last = older.last;
        }
        self.corrected = older.corrected;
    }
}

#[cfg(test)]
#[path = "usage_tests.rs"]
mod tests;
