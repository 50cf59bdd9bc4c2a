//! One line of the log as the courier needs it: its number, its kind, and where in it the record lies.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

/// The longest kind, in bytes; longer ones are no kinds.
const KIND_BYTES_MAX: usize = 32;

/// A whole line that is a record of the log, without its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number in the log: what tells a second copy.
    pub(crate) number: u64,
    /// `event`, `correction`, `intent` or `gap`; other kinds are passed on as they are.
    pub(crate) kind: String,
    text: String,
    record: Range<usize>,
}

/// A line's outermost members. Others are passed over.
#[derive(Deserialize)]
struct Envelope<'a> {
    sequence: u64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    record: &'a RawValue,
}

impl Line {
    /// `None` when it is no line of the log: torn, or of something else.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let envelope: Envelope<'_> = serde_json::from_str(text).ok()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let kind = envelope.kind.as_ref();
        if kind.is_empty() || kind.len() > KIND_BYTES_MAX || !kind.bytes().all(plain) {
            return None;
        }
        // The record is a part of the text.
        let start = envelope.record.get().as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let record = start..start + envelope.record.get().len();
        text.get(record.clone())?;
        Some(Self { number: envelope.sequence, kind: kind.to_owned(), text: text.to_owned(), record })
    }

    /// The line, JSON.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The record, JSON.
    pub(crate) fn record(&self) -> &str {
        self.text.get(self.record.clone()).unwrap_or_default()
    }

    /// What stands before the record but for the number at the beginning, and what stands after it: with these, number
    /// and record make the line again. `None` when it does not begin with its number.
    pub(crate) fn around_record(&self) -> Option<(&str, &str)> {
        let head = self.text.get(..self.record.start)?;
        let head = head.strip_prefix("{\"sequence\":")?.strip_prefix(&self.number.to_string())?;
        Some((head, self.text.get(self.record.end..)?))
    }

    /// Whether its record has CloudTrail's shape.
    pub(crate) fn is_cloudtrail(&self) -> bool {
        self.kind == "event" || self.kind == "correction"
    }

    /// What sinks want to know of its record.
    pub(crate) fn facts(&self) -> Facts<'_> {
        serde_json::from_str(self.record()).unwrap_or_default()
    }
}

/// Some members of a record; empty where they are not there.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Facts<'a> {
    /// When, `2026-11-25T16:03:10Z`.
    #[serde(borrow)]
    pub(crate) event_time: Cow<'a, str>,
    /// The operation.
    #[serde(borrow)]
    pub(crate) event_name: Cow<'a, str>,
    /// The account.
    #[serde(borrow)]
    pub(crate) recipient_account_id: Cow<'a, str>,
    /// The Region.
    #[serde(borrow)]
    pub(crate) aws_region: Cow<'a, str>,
    /// The error, on failure.
    #[serde(borrow)]
    pub(crate) error_code: Option<Cow<'a, str>>,
}

impl Facts<'_> {
    /// The time, if it is one.
    pub(crate) fn at(&self) -> Option<jiff::Timestamp> {
        self.event_time.parse().ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An event's line of this number.
    pub(crate) fn event(number: u64) -> Line {
        let record = format!(
            "{{\"eventTime\":\"2026-11-25T16:03:10Z\",\"eventName\":\"Decrypt\",\"awsRegion\":\"eu-west-1\",\
             \"recipientAccountId\":\"111122223333\",\"n\":{number}}}"
        );
        of("event", number, &record)
    }

    /// A line.
    pub(crate) fn of(kind: &str, number: u64, record: &str) -> Line {
        let text = format!("{{\"sequence\":{number},\"kind\":\"{kind}\",\"record\":{record}}}");
        Line::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_line_is_made_again_of_its_parts() {
        let text = r#"{"sequence":7,"kind":"event","uses":2,"record":{"a":[1, 2]},"more":"x"}"#;
        let line = Line::parse(text.as_bytes()).unwrap();
        assert_eq!((line.number, line.kind.as_str(), line.record()), (7, "event", r#"{"a":[1, 2]}"#));
        let (head, tail) = line.around_record().unwrap();
        assert_eq!(format!("{{\"sequence\":{}{head}{}{tail}", line.number, line.record()), text);
        let turned = br#"{"kind":"event","sequence":7,"record":{}}"#;
        assert_eq!(Line::parse(turned).unwrap().around_record(), None);
    }

    #[test]
    fn facts_are_read_where_they_are() {
        let line = event(3);
        let facts = line.facts();
        assert_eq!((facts.event_name.as_ref(), facts.aws_region.as_ref()), ("Decrypt", "eu-west-1"));
        assert_eq!(facts.at().unwrap().as_second(), 1_795_622_590);
        assert_eq!(of("gap", 1, "{\"reason\":\"x\"}").facts(), Facts::default());
        assert_eq!(of("gap", 1, "null").facts(), Facts::default());
    }

    #[test]
    fn what_is_no_line_is_none() {
        for text in ["", "{}", "{\"sequence\":1,\"kind\":\"event\",\"rec", "[1]", "\u{fffd}"] {
            assert_eq!(Line::parse(text.as_bytes()), None, "{text}");
        }
        for kind in ["", "a b", "a\\nb", "x234567890123456789012345678901234"] {
            let text = format!("{{\"sequence\":1,\"kind\":\"{kind}\",\"record\":{{}}}}");
            assert_eq!(Line::parse(text.as_bytes()), None, "{kind}");
        }
        assert_eq!(Line::parse(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Line::parse(&bytes);
        }
    }
}
