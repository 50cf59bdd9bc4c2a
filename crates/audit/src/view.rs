//! A line as queries, indexes and usage look at it: the members they compare, borrowed, and the rest left as it is.

use crate::line::Kind;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What stands before the record in a line, and after it.
pub(crate) const BEFORE_RECORD: &[u8] = b",\"record\":";
const AFTER_RECORD: &[u8] = b"}";

/// A line of any kind. What is missing is empty: intents and gaps have none of a record's members.
#[derive(Debug, Deserialize)]
pub struct LineView<'a> {
    /// Its number.
    pub sequence: u64,
    /// What it is.
    pub kind: Kind,
    /// Its record.
    #[serde(borrow)]
    pub record: RecordView<'a>,
}

/// The members of a record that are compared.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordView<'a> {
    /// See [`crate::event_time`].
    #[serde(default, borrow)]
    pub event_time: Cow<'a, str>,
    /// `kms.amazonaws.com`
    #[serde(default, borrow)]
    pub event_source: Cow<'a, str>,
    /// The operation.
    #[serde(default, borrow)]
    pub event_name: Cow<'a, str>,
    /// The Region.
    #[serde(default, borrow)]
    pub aws_region: Cow<'a, str>,
    /// The caller's address.
    #[serde(default, borrow, rename = "sourceIPAddress")]
    pub source_ip_address: Cow<'a, str>,
    /// Empty if the call went well.
    #[serde(default, borrow)]
    pub error_code: Cow<'a, str>,
    /// The request.
    #[serde(default, borrow, rename = "requestID")]
    pub request_id: Cow<'a, str>,
    /// The event.
    #[serde(default, borrow, rename = "eventID")]
    pub event_id: Cow<'a, str>,
    /// The caller's account.
    #[serde(default, borrow)]
    pub recipient_account_id: Cow<'a, str>,
    /// Who called.
    #[serde(default, borrow)]
    pub user_identity: IdentityView<'a>,
    /// The keys and aliases concerned.
    #[serde(default, borrow)]
    pub resources: Vec<ResourceView<'a>>,
    /// Not looked into unless an encryption context is asked for.
    #[serde(default, borrow)]
    pub(crate) request_parameters: Option<&'a RawValue>,
}

/// Who called.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IdentityView<'a> {
    /// The principal's ARN, a session's own.
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
    /// The principal's unique id.
    #[serde(borrow)]
    pub principal_id: Cow<'a, str>,
    /// The access key.
    #[serde(borrow)]
    pub access_key_id: Cow<'a, str>,
    /// The caller's account.
    #[serde(borrow)]
    pub account_id: Cow<'a, str>,
    /// Who acted, where nobody called.
    #[serde(borrow)]
    pub invoked_by: Cow<'a, str>,
    /// Of sessions.
    #[serde(borrow)]
    pub session_context: SessionView<'a>,
}

/// A session.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionView<'a> {
    /// The role.
    #[serde(borrow)]
    pub session_issuer: IssuerView<'a>,
}

/// A session's role.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IssuerView<'a> {
    /// The role's ARN.
    #[serde(borrow)]
    pub arn: Cow<'a, str>,
}

/// A key or an alias.
#[derive(Debug, Default, Deserialize)]
pub struct ResourceView<'a> {
    /// The owner.
    #[serde(default, borrow, rename = "accountId")]
    pub account_id: Cow<'a, str>,
    /// The ARN.
    #[serde(default, borrow, rename = "ARN")]
    pub arn: Cow<'a, str>,
}

/// The members of `requestParameters` that hold an encryption context.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContextsView<'a> {
    #[serde(borrow)]
    encryption_context: Option<&'a RawValue>,
    #[serde(borrow)]
    source_encryption_context: Option<&'a RawValue>,
    #[serde(borrow)]
    destination_encryption_context: Option<&'a RawValue>,
}

impl ContextsView<'_> {
    fn maps(&self) -> impl Iterator<Item = Map<String, Value>> {
        let all =
            [self.encryption_context, self.source_encryption_context, self.destination_encryption_context];
        all.into_iter().flatten().filter_map(|context| serde_json::from_str(context.get()).ok())
    }
}

impl<'a> LineView<'a> {
    /// Reads a line without its newline; `None` if it is none of ours.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// Whether it is a record: of a call or of an act, or a second one for the same request.
    pub fn is_record(&self) -> bool {
        matches!(self.kind, Kind::Event | Kind::Correction)
    }
}

impl RecordView<'_> {
    /// The pairs of every encryption context in the request. What is no text has none.
    pub fn context_pairs(&self) -> Vec<(String, String)> {
        let parameters = self.request_parameters.map(RawValue::get).unwrap_or_default();
        let Ok(contexts) = serde_json::from_str::<ContextsView<'_>>(parameters) else { return Vec::new() };
        let pair = |(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        };
        contexts.maps().flatten().filter_map(pair).collect()
    }

    /// Whom a use is counted for: a session's role, else the principal itself, else who acted.
    pub fn principal(&self) -> &str {
        let identity = &self.user_identity;
        let texts = [&identity.session_context.session_issuer.arn, &identity.arn, &identity.principal_id];
        texts.into_iter().find(|text| !text.is_empty()).unwrap_or(&identity.invoked_by)
    }
}

/// The part of an ARN that names the resource within its account: `1234abcd-...` of a key, `alias/name` of an alias.
pub(crate) fn key_name(arn: &str) -> &str {
    let name = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    name.strip_prefix("key/").unwrap_or(name)
}

/// The text of the record in a line without its newline.
pub fn record_text(line: &[u8]) -> Option<&str> {
    let start = line.windows(BEFORE_RECORD.len()).position(|window| window == BEFORE_RECORD)?;
    let text = line.get(start + BEFORE_RECORD.len()..)?.strip_suffix(AFTER_RECORD)?;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_is_cut_out_of_its_line_as_it_is() {
        let line = br#"{"sequence":7,"kind":"event","record":{"a":{"record":1}, "b":"}"}}"#;
        assert_eq!(record_text(line), Some(r#"{"a":{"record":1}, "b":"}"}"#));
        assert_eq!(record_text(b"{}"), None);
    }

    #[test]
    fn intents_and_gaps_are_lines_without_members() {
        let line = br#"{"sequence":7,"kind":"intent","record":{"requestID":"r","eventName":"CreateKey","batchId":"00"}}"#;
        let view = LineView::parse(line).unwrap();
        assert!(!view.is_record() && view.record.event_time.is_empty());
        assert!(LineView::parse(b"{\"sequence\":7").is_none());
    }

    #[test]
    fn contexts_of_both_keys_are_seen_and_what_is_no_text_is_not() {
        let line = br#"{"sequence":1,"kind":"event","record":{"requestParameters":
            {"sourceEncryptionContext":{"a":"1","n":5},"destinationEncryptionContext":{"b":"\u0032"},"x":null}}}"#;
        let pairs = LineView::parse(line).unwrap().record.context_pairs();
        assert_eq!(pairs, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn use_by_a_session_counts_for_its_role() {
        let line = br#"{"sequence":1,"kind":"event","record":{"userIdentity":{"arn":"arn:aws:sts::1:assumed-role/r/s",
            "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/r"},"attributes":{}}}}}"#;
        assert_eq!(LineView::parse(line).unwrap().record.principal(), "arn:aws:iam::1:role/r");
    }

    #[test]
    fn names_of_keys_and_aliases() {
        assert_eq!(key_name("arn:aws:kms:us-east-1:111122223333:key/1234"), "1234");
        assert_eq!(key_name("arn:aws:kms:us-east-1:111122223333:alias/a/b"), "alias/a/b");
        assert_eq!((key_name("1234"), key_name("alias/a")), ("1234", "alias/a"));
    }
}
