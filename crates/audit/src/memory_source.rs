//! Segments in memory, for tests of what reads them; and records with little in them.

use crate::segments::{Segment, SegmentBytes, SegmentSource};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::sync::{Mutex, MutexGuard};

/// A log and its indexes.
#[derive(Default)]
pub(crate) struct MemorySource {
    segments: Mutex<BTreeMap<u64, Vec<u8>>>,
    indexes: Mutex<BTreeMap<u64, Vec<u8>>>,
}

impl MemorySource {
    /// Lines in order, so many to a segment.
    pub(crate) fn of(lines: &[Value], per_segment: usize) -> Self {
        let source = Self::default();
        for (number, lines) in lines.chunks(per_segment).enumerate() {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            source.segments().insert((number * per_segment) as u64 + 1, text.into_bytes());
        }
        source
    }

    pub(crate) fn segments(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<u8>>> {
        self.segments.lock().unwrap()
    }

    pub(crate) fn indexes(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<u8>>> {
        self.indexes.lock().unwrap()
    }
}

impl SegmentSource for MemorySource {
    fn segments(&self) -> io::Result<Vec<Segment>> {
        let info = |(first, bytes): (&u64, &Vec<u8>)| Segment {
            first: *first,
            lines_bytes: Some(bytes.len() as u64),
        };
        Ok(Self::segments(self).iter().map(info).collect())
    }

    fn open(&self, first: u64) -> io::Result<Box<dyn SegmentBytes>> {
        let bytes = Self::segments(self).get(&first).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn open_index(&self, first: u64) -> io::Result<Option<Box<dyn SegmentBytes>>> {
        let bytes = self.indexes().get(&first).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn SegmentBytes>))
    }

    fn put_index(&self, first: u64, bytes: &[u8]) -> io::Result<()> {
        self.indexes().insert(first, bytes.to_vec());
        Ok(())
    }
}

/// The ARN of a key of the tests.
pub(crate) fn key_arn(key: u8) -> String {
    format!("arn:aws:kms:us-east-1:111122223333:key/0000000{key}-0000-0000-0000-000000000000")
}

/// The ARN of a user of the tests.
pub(crate) fn user_arn(user: u8) -> String {
    format!("arn:aws:iam::111122223333:user/user{user}")
}

/// A line of a Decrypt that went well; `second` is counted from 2026 on.
pub(crate) fn line(sequence: u64, key: u8, user: u8, second: u64) -> Value {
    let at = strongroom_types::Timestamp::from_millis((1_767_225_600 + second) * 1_000);
    json!({"sequence": sequence, "kind": "event", "record": {
        "userIdentity": {"type": "IAMUser", "principalId": format!("AIDA{user}"), "arn": user_arn(user),
                         "accountId": "111122223333", "accessKeyId": format!("AKIA{user}")},
        "eventTime": crate::event_time(at),
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "requestParameters": {"encryptionContext": {"tenant": format!("t{user}")}},
        "requestID": format!("request-{sequence}"),
        "eventID": format!("event-{sequence}"),
        "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": key_arn(key)}],
        "recipientAccountId": "111122223333",
    }})
}
