//! One line of a segment: `{"sequence":n,"kind":"event","uses":1,"record":{...}}` and a newline. The line without its
//! newline is a leaf of the Merkle log.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use strongroom_types::RequestId;

/// The longest line in bytes, and what a reservation holds: the longest policy, context and user agent fit
/// with every byte escaped.
pub const LINE_BYTES_MAX: usize = 256 << 10;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A call's record.
    Event,
    /// A change is about to be committed.
    Intent,
    /// The log itself tells that something may be missing before this line.
    Gap,
    /// A second record for a request id that has one, or whose intent a crash left open.
    Correction,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Intent => "intent",
            Self::Gap => "gap",
            Self::Correction => "correction",
        }
    }
}

/// How often the vault used a key for a call: what its own count is compared with. Left out of the line where nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUses {
    /// Uses that the vault answered with a result.
    pub certain: u16,
    /// Uses that it may have made: its answer did not come.
    pub unsure: u16,
}

impl KeyUses {
    /// Whether there is nothing to tell.
    pub const fn is_none(self) -> bool {
        self.certain == 0 && self.unsure == 0
    }
}

/// What is written and synced before a change is committed or an act is done, so that a crash cannot hide it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// The request.
    #[serde(rename = "requestID")]
    pub request_id: String,
    /// The batch's id, 32 hex digits; empty for an act that commits none.
    pub batch_id: String,
    /// The store's head when the intent was made: the batch, if it was committed, is after it.
    pub head_revision: u64,
    /// The operation.
    pub event_name: String,
    /// What is asked, where no batch tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<Value>,
    /// The ARN of the key that the service itself changes: a correction has to name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_arn: Option<String>,
    /// Who calls, unless it is the service or its operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<IntentCaller>,
}

/// Whose call an intent is of: what a crash must not take from the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntentCaller {
    /// The principal's ARN.
    pub arn: String,
    /// Its account.
    pub account_id: String,
    /// The access key that signed.
    pub access_key_id: String,
    /// Where it called from.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: String,
}

impl Intent {
    /// An intent to commit this batch.
    pub fn new(request: RequestId, batch_id: [u8; 16], head_revision: u64, event_name: &str) -> Self {
        Self {
            request_id: request.to_string(),
            batch_id: const_hex::encode(batch_id),
            head_revision,
            event_name: event_name.to_owned(),
            request_parameters: None,
            key_arn: None,
            caller: None,
        }
    }

    /// The same, of somebody's call.
    pub fn of_caller(self, caller: IntentCaller) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// The same, about this key.
    pub fn of_key(self, arn: String) -> Self {
        Self { key_arn: Some(arn), ..self }
    }

    /// An intent to do what is no change of the state.
    pub fn of_act(request: RequestId, head_revision: u64, event_name: &str, parameters: Value) -> Self {
        Self {
            request_id: request.to_string(),
            batch_id: String::new(),
            head_revision,
            event_name: event_name.to_owned(),
            request_parameters: Some(parameters),
            key_arn: None,
            caller: None,
        }
    }

    /// The batch's id, if the text is one.
    pub fn batch(&self) -> Option<[u8; 16]> {
        const_hex::decode(&self.batch_id).ok()?.try_into().ok()
    }
}

/// The body of a gap line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Why.
    pub reason: String,
    /// Lines of this number and above, up to this line's own, are there in full, in part, or not at all: they are no
    /// leaves of the Merkle log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// So many uses of keys have no record, as far as is known, or one on a line in doubt. They count as accounted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// So many of `uses` are on lines that a failed sync or write left in doubt. Where those can be read, they are not counted
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_in_doubt: Option<u64>,
    /// When the last checkpoint was signed before what may be missing, as records write times: everything that was on the
    /// disk then is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The number of the newest record that the disk has as this is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// So many uses the last checkpoint counts and no record tells of. They do not count as accounted for, so that the
    /// next vault gets no slack by them; the last count of the one that ended is compared with them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_at_least: Option<u64>,
    /// So many bytes stand behind the last whole line: what is there of those that were torn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Gap {
    /// What is known of its size beside `from` and `uses`, to be put behind the reason; empty where nothing is.
    pub fn bounds(&self) -> String {
        let known = [
            self.uses_in_doubt.map(|uses| format!(", {uses} of them on lines that may be there")),
            self.since.as_ref().map(|since| format!(", last checkpoint {since}")),
            self.after.map(|after| format!(", after record {after}")),
            self.uses_at_least.map(|uses| format!(", at least {uses} uses of keys")),
            self.bytes.map(|bytes| format!(", {bytes} bytes of torn lines")),
        ];
        known.into_iter().flatten().collect::<Vec<String>>().concat()
    }
}

/// A line as it is read back, its record not looked into.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) sequence: u64,
    pub(crate) kind: Kind,
    #[serde(default)]
    uses: u16,
    #[serde(default)]
    unsure: u16,
    #[serde(borrow)]
    pub(crate) record: &'a RawValue,
}

impl<'a> Envelope<'a> {
    /// Reads a line, with its newline or without.
    pub(crate) fn read(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    pub(crate) fn uses(&self) -> KeyUses {
        KeyUses { certain: self.uses, unsure: self.unsure }
    }

    /// The gap that a gap line tells of.
    pub(crate) fn gap(&self) -> Option<Gap> {
        if self.kind != Kind::Gap {
            return None;
        }
        serde_json::from_str(self.record.get()).ok()
    }
}

/// What stands before the record of a call: enough to take a line that was just written into the tree, for a fraction of
/// the work of reading all of it.
pub(crate) struct Head {
    pub(crate) sequence: u64,
    pub(crate) kind: Kind,
    pub(crate) uses: KeyUses,
}

impl Head {
    /// The head of an `event` or a `correction` as [`append_line`] writes it; `None` of any other line.
    pub(crate) fn read(line: &[u8]) -> Option<Self> {
        let (sequence, rest) = number(line.strip_prefix(b"{\"sequence\":")?)?;
        let rest = rest.strip_prefix(b",\"kind\":\"")?;
        let mut kinds = [Kind::Event, Kind::Correction].into_iter();
        let named = kinds.find_map(|kind| Some((kind, rest.strip_prefix(kind.name().as_bytes())?)));
        let (kind, rest) = named?;
        let (certain, rest) = count(rest.strip_prefix(b"\",")?, b"\"uses\":")?;
        let (unsure, rest) = count(rest, b"\"unsure\":")?;
        let uses = KeyUses { certain, unsure };
        rest.starts_with(b"\"record\":{").then_some(Self { sequence, kind, uses })
    }
}

/// The number at the beginning, and what follows it.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

/// A member with a count and its comma, or 0 if it is left out.
fn count<'t>(text: &'t [u8], name: &[u8]) -> Option<(u16, &'t [u8])> {
    let Some(value) = text.strip_prefix(name) else { return Some((0, text)) };
    let (count, rest) = number(value)?;
    Some((u16::try_from(count).ok()?, rest.strip_prefix(b",")?))
}

/// Appends a line whose record is already JSON.
pub(crate) fn append_line(out: &mut Vec<u8>, sequence: u64, kind: Kind, uses: KeyUses, record: &[u8]) {
    out.extend_from_slice(b"{\"sequence\":");
    push_number(out, sequence);
    out.extend_from_slice(b",\"kind\":\"");
    out.extend_from_slice(kind.name().as_bytes());
    out.extend_from_slice(b"\",");
    for (name, count) in [("\"uses\":", uses.certain), ("\"unsure\":", uses.unsure)] {
        if count > 0 {
            out.extend_from_slice(name.as_bytes());
            push_number(out, count.into());
            out.push(b',');
        }
    }
    out.extend_from_slice(b"\"record\":");
    out.extend_from_slice(record);
    out.extend_from_slice(b"}\n");
}

/// The digits of the largest number.
const DIGITS_MAX: usize = 20;

/// Appends a number, without the formatting machinery: every line has one.
fn push_number(out: &mut Vec<u8>, number: u64) {
    let (mut digits, mut at, mut rest) = ([0; DIGITS_MAX], DIGITS_MAX, number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The bytes that [`append_line`] adds to a record at most.
pub(crate) const ENVELOPE_BYTES_MAX: usize = 104;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_known_answer_and_envelope_size() {
        let mut out = Vec::new();
        append_line(&mut out, 7, Kind::Event, KeyUses::default(), b"{}");
        assert_eq!(out, b"{\"sequence\":7,\"kind\":\"event\",\"record\":{}}\n");
        let envelope = Envelope::read(&out).unwrap();
        assert_eq!((envelope.sequence, envelope.kind), (7, Kind::Event));
        assert!(envelope.uses().is_none());
        let most = KeyUses { certain: u16::MAX, unsure: u16::MAX };
        let mut longest = Vec::new();
        append_line(&mut longest, u64::MAX, Kind::Correction, most, b"");
        assert!(longest.len() <= ENVELOPE_BYTES_MAX);
        let text =
            br#"{"sequence":18446744073709551615,"kind":"correction","uses":65535,"unsure":65535,"record":}"#;
        assert_eq!(longest, [&text[..], b"\n"].concat());
    }

    #[test]
    fn line_tells_uses_of_keys() {
        let mut out = Vec::new();
        let uses = KeyUses { certain: 2, unsure: 1 };
        append_line(&mut out, 7, Kind::Event, uses, b"{}");
        assert_eq!(out, b"{\"sequence\":7,\"kind\":\"event\",\"uses\":2,\"unsure\":1,\"record\":{}}\n");
        assert_eq!(Envelope::read(&out).unwrap().uses(), uses);
    }

    #[test]
    fn head_is_what_the_whole_line_says() {
        for kind in [Kind::Event, Kind::Correction] {
            for (certain, unsure) in [(0, 0), (1, 0), (0, 1), (2, u16::MAX)] {
                let uses = KeyUses { certain, unsure };
                let mut line = Vec::new();
                append_line(&mut line, 12, kind, uses, b"{\"a\":1}");
                let (head, whole) = (Head::read(&line).unwrap(), Envelope::read(&line).unwrap());
                assert_eq!((head.sequence, head.kind, head.uses), (12, kind, uses));
                assert_eq!((whole.sequence, whole.kind, whole.uses()), (12, kind, uses));
            }
        }
        for kind in [Kind::Intent, Kind::Gap] {
            let mut line = Vec::new();
            append_line(&mut line, 12, kind, KeyUses::default(), b"{}");
            assert!(Head::read(&line).is_none(), "{kind:?} is read whole");
        }
        assert!(Head::read(b"{\"sequence\":,\"kind\":\"event\",\"record\":{}}").is_none());
    }

    #[test]
    fn gap_says_what_is_known() {
        let gap = Gap { reason: "x".to_owned(), from: Some(3), ..Gap::default() };
        assert_eq!(serde_json::to_string(&gap).unwrap(), r#"{"reason":"x","from":3}"#);
        assert_eq!(gap.bounds(), "");
        let sized = Gap {
            uses: Some(5),
            uses_in_doubt: Some(2),
            since: Some("2026-11-25T16:03:10Z".to_owned()),
            after: Some(41),
            uses_at_least: Some(3),
            bytes: Some(17),
            ..gap
        };
        let text = serde_json::to_string(&sized).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"reason":"x","from":3,"uses":5,"usesInDoubt":2,"since":"2026-11-25T16:03:10Z","after":41,"#,
                r#""usesAtLeast":3,"bytes":17}"#
            )
        );
        assert_eq!(serde_json::from_str::<Gap>(&text).unwrap(), sized);
        assert_eq!(
            sized.bounds(),
            concat!(
                ", 2 of them on lines that may be there, last checkpoint 2026-11-25T16:03:10Z, after record 41, ",
                "at least 3 uses of keys, 17 bytes of torn lines"
            )
        );
    }

    #[test]
    fn intent_batch_id_round_trip() {
        let intent = Intent::new(RequestId::from_random([1; 16]), [0xab; 16], 9, "CreateKey");
        assert_eq!(intent.batch(), Some([0xab; 16]));
        assert_eq!(Intent { batch_id: "zz".to_owned(), ..intent }.batch(), None);
    }

    #[test]
    fn intent_of_an_act_says_what_is_asked_and_names_no_batch() {
        let parameters = serde_json::json!({ "name": "case 7" });
        let intent =
            Intent::of_act(RequestId::from_random([1; 16]), 9, "OperatorRemoveAuditHold", parameters);
        let text = serde_json::to_string(&intent).unwrap();
        assert!(
            text.contains(r#""batchId":"","headRevision":9"#) && text.contains(r#"{"name":"case 7"}"#),
            "{text}"
        );
        let read: Intent = serde_json::from_str(&text).unwrap();
        assert_eq!((read.batch(), &read), (None, &intent));
        let change = Intent::new(RequestId::from_random([1; 16]), [0xab; 16], 9, "CreateKey");
        assert!(!serde_json::to_string(&change).unwrap().contains("requestParameters"));
    }

    #[test]
    fn intent_says_who_calls_and_one_without_it_is_read_still() {
        let of_nobody = Intent::new(RequestId::from_random([1; 16]), [0xab; 16], 9, "CreateKey");
        let text = serde_json::to_string(&of_nobody).unwrap();
        assert!(!text.contains("caller"), "{text}");
        assert_eq!(serde_json::from_str::<Intent>(&text).unwrap(), of_nobody);
        let intent = of_nobody.of_caller(IntentCaller {
            arn: "arn:aws:iam::111122223333:user/Alice".to_owned(),
            account_id: "111122223333".to_owned(),
            access_key_id: "AKIAEXAMPLE".to_owned(),
            source_ip_address: "192.0.2.7".to_owned(),
        });
        let text = serde_json::to_string(&intent).unwrap();
        let caller = r#""caller":{"arn":"arn:aws:iam::111122223333:user/Alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","sourceIPAddress":"192.0.2.7"}"#;
        assert!(text.contains(caller), "{text}");
        assert_eq!(serde_json::from_str::<Intent>(&text).unwrap(), intent);
    }
}
