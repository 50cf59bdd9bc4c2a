//! A record's line in one pass over its bytes, for the index: what is not looked for is passed over, nothing is copied and
//! no value is built. It reads the lines that [`append_line`] writes and whose texts have no escapes where they are looked
//! for; every other line is read as JSON. It is no check of a line: what it passes over may be anything with its brackets
//! and quotes in pairs.
//!
//! [`append_line`]: crate::line::append_line

use crate::line::Head;
use crate::view::{BEFORE_RECORD, IdentityView, LineView, RecordView, ResourceView};
use std::borrow::Cow;

/// A record's line without its newline; `None` if it has to be read as JSON.
pub(super) fn skim(line: &[u8]) -> Option<LineView<'_>> {
    let head = Head::read(line)?;
    let before = line.windows(BEFORE_RECORD.len()).position(|window| window == BEFORE_RECORD)?;
    let mut cursor = Cursor { rest: line.get(before + BEFORE_RECORD.len()..)? };
    let mut record = RecordView::default();
    cursor.members(|name, value| match name {
        "eventTime" => put(&mut record.event_time, value),
        "eventSource" => put(&mut record.event_source, value),
        "eventName" => put(&mut record.event_name, value),
        "awsRegion" => put(&mut record.aws_region, value),
        "sourceIPAddress" => put(&mut record.source_ip_address, value),
        "errorCode" => put(&mut record.error_code, value),
        "requestID" => put(&mut record.request_id, value),
        "eventID" => put(&mut record.event_id, value),
        "recipientAccountId" => put(&mut record.recipient_account_id, value),
        "userIdentity" => identity(&mut record.user_identity, value),
        "resources" => resources(&mut record.resources, value),
        "requestParameters" => {
            let text = value.skip()?;
            if text != b"null" {
                record.request_parameters = Some(serde_json::from_slice(text).ok()?);
            }
            Some(())
        }
        _ => value.skip().map(drop),
    })?;
    (cursor.rest == b"}").then_some(LineView { sequence: head.sequence, kind: head.kind, record })
}

fn identity<'a>(view: &mut IdentityView<'a>, value: &mut Cursor<'a>) -> Option<()> {
    value.members(|name, value| match name {
        "arn" => put(&mut view.arn, value),
        "principalId" => put(&mut view.principal_id, value),
        "accessKeyId" => put(&mut view.access_key_id, value),
        "accountId" => put(&mut view.account_id, value),
        "invokedBy" => put(&mut view.invoked_by, value),
        "sessionContext" => value.members(|name, value| match name {
            "sessionIssuer" => value.members(|name, value| match name {
                "arn" => put(&mut view.session_context.session_issuer.arn, value),
                _ => value.skip().map(drop),
            }),
            _ => value.skip().map(drop),
        }),
        _ => value.skip().map(drop),
    })
}

fn resources<'a>(found: &mut Vec<ResourceView<'a>>, value: &mut Cursor<'a>) -> Option<()> {
    value.eat(b'[')?;
    if value.eat(b']').is_some() {
        return Some(());
    }
    loop {
        let mut resource = ResourceView::default();
        value.members(|name, value| match name {
            "accountId" => put(&mut resource.account_id, value),
            "ARN" => put(&mut resource.arn, value),
            _ => value.skip().map(drop),
        })?;
        found.push(resource);
        if value.eat(b',').is_none() {
            return value.eat(b']');
        }
    }
}

/// A member's text. One that is there twice is no matter for here.
fn put<'a>(slot: &mut Cow<'a, str>, value: &mut Cursor<'a>) -> Option<()> {
    if !slot.is_empty() {
        return None;
    }
    *slot = Cow::Borrowed(value.text()?);
    Some(())
}

/// Where the reader stands in JSON without spaces.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.rest.split_first()?;
        if *first != byte {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    /// A text without escapes.
    fn text(&mut self) -> Option<&'a str> {
        self.eat(b'"')?;
        let end = self.rest.iter().position(|byte| matches!(*byte, b'"' | b'\\' | 0..0x20))?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        // What else ended it is not eaten.
        self.eat(b'"')?;
        std::str::from_utf8(text).ok()
    }

    fn skip_text(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            let end = self.rest.iter().position(|byte| matches!(*byte, b'"' | b'\\'))?;
            if self.rest.get(end) == Some(&b'"') {
                return self.pass(end + 1);
            }
            // The backslash and what it escapes: a quote, or the first of more that are none.
            self.pass(end + 2)?;
        }
    }

    /// A value of any kind, and its bytes.
    fn skip(&mut self) -> Option<&'a [u8]> {
        let before = self.rest;
        let mut depth = 0_usize;
        loop {
            match *self.rest.first()? {
                b'"' => self.skip_text()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.pass(1)?;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.pass(1)?;
                }
                b',' | b':' if depth > 0 => self.pass(1)?,
                _ => self.skip_word()?,
            }
            if depth == 0 {
                return before.get(..before.len() - self.rest.len());
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) -> Option<()> {
        let is_none = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(*byte, b'+' | b'-' | b'.');
        let length = self.rest.iter().position(is_none).unwrap_or(self.rest.len());
        if length == 0 { None } else { self.pass(length) }
    }

    /// The members of an object; `each` has to take the value.
    fn members(&mut self, mut each: impl FnMut(&'a str, &mut Self) -> Option<()>) -> Option<()> {
        self.eat(b'{')?;
        if self.eat(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.text()?;
            self.eat(b':')?;
            each(name, self)?;
            if self.eat(b',').is_none() {
                return self.eat(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{KeyUses, Kind, append_line};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn line_of(record: &Value) -> Vec<u8> {
        let (mut line, uses) = (Vec::new(), KeyUses { certain: 1, unsure: 0 });
        append_line(&mut line, 7, Kind::Event, uses, record.to_string().as_bytes());
        line.pop();
        line
    }

    fn shown(view: Option<LineView<'_>>) -> Option<String> {
        view.map(|view| format!("{view:?}"))
    }

    fn record(text: &str, number: i64) -> Value {
        json!({
            "eventVersion": "1.11", "eventTime": "2026-01-01T00:00:00Z", "eventName": "Decrypt", "eventSource": text,
            "awsRegion": "us-east-1", "sourceIPAddress": "::1", "userAgent": text, "eventID": "e", "requestID": "r",
            "readOnly": true, "errorCode": "AccessDenied", "errorMessage": text, "recipientAccountId": "1",
            "userIdentity": {"type": "AssumedRole", "arn": "a", "principalId": text, "accessKeyId": "k", "accountId": "1",
                "invokedBy": "b", "sessionContext": {"attributes": {"arn": text, "n": [number, {"arn": "no"}]},
                "sessionIssuer": {"type": "Role", "arn": "issuer"}}},
            "requestParameters": {"encryptionContext": {text: text}, "eventName": "no", "n": number},
            "responseElements": null, "additionalEventData": {"arn": text}, "e": {}, "l": [], "x": -1.5e-7,
            "resources": [{"ARN": "arn", "accountId": "1", "type": text}, {"ARN": "other"}],
        })
    }

    #[test]
    fn line_is_what_it_is_as_json() {
        let line = line_of(&record("plain", 5));
        let view = skim(&line).unwrap();
        assert_eq!((view.sequence, view.kind, &*view.record.event_name), (7, Kind::Event, "Decrypt"));
        assert_eq!(view.record.user_identity.session_context.session_issuer.arn, "issuer");
        assert_eq!(view.record.context_pairs(), [("plain".to_owned(), "plain".to_owned())]);
        assert_eq!(view.record.resources.len(), 2);
        assert_eq!(shown(Some(view)), shown(LineView::parse(&line)));
    }

    #[test]
    fn what_is_written_otherwise_is_left_to_others() {
        let good = String::from_utf8(line_of(&json!({"eventName": "a", "requestParameters": null}))).unwrap();
        assert!(skim(good.as_bytes()).is_some(), "the control");
        for (part, other) in [
            ("\"a\"", "\"a\\u0062\""),
            ("\"a\"", "null"),
            (":null", ": null"),
            (":null", ":"),
            ("\"kind\":\"event\"", "\"kind\":\"intent\""),
            ("\"eventName\":\"a\"", "\"eventName\":\"a\",\"eventName\":\"b\""),
            ("}}", "}"),
            ("}}", "}}}"),
        ] {
            let line = good.replace(part, other);
            assert_ne!(line, good);
            assert!(skim(line.as_bytes()).is_none(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_record_is_what_it_is_as_json(text in ".{0,20}", number: i64) {
            let line = line_of(&record(&text, number));
            let skimmed = shown(skim(&line));
            prop_assert!(skimmed.is_some() || line.contains(&b'\\'));
            prop_assert!(skimmed.is_none() || skimmed == shown(LineView::parse(&line)));
        }

        #[test]
        fn damaged_lines_do_not_panic(at in 0_usize..900, byte: u8, cut in 0_usize..900) {
            let mut line = line_of(&record("plain\\\"", 5));
            if let Some(changed) = line.get_mut(at) {
                *changed = byte;
            }
            let _ = (skim(&line), skim(&line[..cut.min(line.len())]));
        }
    }
}
