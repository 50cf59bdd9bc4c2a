//! What an entry says: CloudTrail's record of a KMS call (kms-contract.md section 7).

use crate::line::KeyUses;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::RawValue;
use std::borrow::Cow;
use strongroom_types::Timestamp;

/// One call, allowed, denied or invalid. Never holds plaintext, ciphertext, tokens, signatures or key material:
/// the caller chooses what goes into `request_parameters` by the contract's section 7.2.
///
/// Texts are borrowed where the call has them anyway: a record is made for every call, and most of it is known
/// beforehand.
///
/// `requestParameters` and `responseElements` are `null` when there is nothing; `additionalEventData`, the error fields,
/// `sharedEventID`, `serviceEventDetails` and `tlsDetails` are left out. docs/audit-records.md compares with AWS's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record<'a> {
    /// The version of the shape: `1.11`.
    pub event_version: Cow<'a, str>,
    /// Who called.
    pub user_identity: UserIdentity<'a>,
    /// When, see [`event_time`].
    pub event_time: Cow<'a, str>,
    /// `kms.amazonaws.com`, or the service of an operator's act.
    pub event_source: Cow<'a, str>,
    /// The operation's name.
    pub event_name: Cow<'a, str>,
    /// The Region in the signature's scope.
    pub aws_region: Cow<'a, str>,
    /// The caller's address.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: Cow<'a, str>,
    /// The caller's `User-Agent`, empty if it sent none.
    pub user_agent: Cow<'a, str>,
    /// What may be told of the request.
    pub request_parameters: Option<Json>,
    /// What may be told of the answer.
    pub response_elements: Option<Json>,
    /// For example `keyMaterialId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_event_data: Option<Json>,
    /// The error's name, on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Cow<'a, str>>,
    /// The error's text, on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<Cow<'a, str>>,
    /// The same as the answer's `x-amzn-RequestId`.
    #[serde(rename = "requestID")]
    pub request_id: Cow<'a, str>,
    /// A fresh UUID.
    #[serde(rename = "eventID")]
    pub event_id: Cow<'a, str>,
    /// True for reads and for every cryptographic operation.
    pub read_only: bool,
    /// The keys concerned; for ReEncrypt source, then destination.
    pub resources: Vec<Resource<'a>>,
    /// A call, or an act of the service itself.
    pub event_type: EventType,
    /// Always true: KMS calls are management events.
    pub management_event: bool,
    /// The account that gets the copy.
    pub recipient_account_id: Cow<'a, str>,
    /// The same in both copies of a call across accounts.
    #[serde(rename = "sharedEventID", skip_serializing_if = "Option::is_none")]
    pub shared_event_id: Option<Cow<'a, str>>,
    /// Of service events only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_event_details: Option<Json>,
    /// `Management`.
    pub event_category: Cow<'a, str>,
    /// Absent on a plaintext listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_details: Option<TlsDetails<'a>>,
    /// How many uses of keys it stands for. It is written beside the record, not in it.
    #[serde(skip)]
    pub key_uses: KeyUses,
}

/// Room for most such parts: a text that grows is copied, and wiped where it was.
const JSON_BYTES_USUAL: usize = 512;

/// A part of a record whose shape differs from call to call, written once: it goes into the line as it is. Members in
/// another order make another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(String);

impl Json {
    /// The JSON of a value. Fails if it has none, such as a map whose keys are no texts.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let mut text = Vec::with_capacity(JSON_BYTES_USUAL);
        serde_json::to_writer(&mut text, value)?;
        String::from_utf8(text).map(Self).map_err(ser::Error::custom)
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an object without members.
    pub fn is_empty_object(&self) -> bool {
        self.0 == "{}"
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self(raw.get().to_owned()))
    }
}

/// Who called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity<'a> {
    /// What kind of principal; the service's own acts have none.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub identity_type: Option<IdentityType>,
    /// Its unique id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<Cow<'a, str>>,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<Cow<'a, str>>,
    /// Its account; a web identity has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Cow<'a, str>>,
    /// The access key that signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<Cow<'a, str>>,
    /// A user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Cow<'a, str>>,
    /// The provider of a web identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<Cow<'a, str>>,
    /// A role's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<Json>,
    /// The service that called on somebody's behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<Cow<'a, str>>,
}

/// The kinds of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentityType {
    /// A user of an account.
    #[serde(rename = "IAMUser")]
    IamUser,
    /// A role's session.
    AssumedRole,
    /// An account's root.
    Root,
    /// Somebody of another account.
    #[serde(rename = "AWSAccount")]
    AwsAccount,
    /// A service of AWS: no record of ours has it.
    #[serde(rename = "AWSService")]
    AwsService,
    /// A federated session.
    FederatedUser,
    /// Somebody with a token of an identity provider.
    WebIdentityUser,
}

/// A call or a service event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// Somebody called.
    AwsApiCall,
    /// The service acted by itself (rotation, deletion).
    AwsServiceEvent,
}

/// A key that a call concerns; aliases are listed under the same type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource<'a> {
    /// The owner.
    #[serde(rename = "accountId")]
    pub account_id: Cow<'a, str>,
    /// `AWS::KMS::Key`.
    #[serde(rename = "type")]
    pub resource_type: Cow<'a, str>,
    /// The ARN of the key or alias.
    #[serde(rename = "ARN")]
    pub arn: Cow<'a, str>,
}

impl<'a> Resource<'a> {
    /// A key or an alias.
    pub fn kms_key(account_id: impl Into<Cow<'a, str>>, arn: impl Into<Cow<'a, str>>) -> Self {
        let resource_type = "AWS::KMS::Key".into();
        Self { account_id: account_id.into(), resource_type, arn: arn.into() }
    }
}

/// The connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsDetails<'a> {
    /// `TLSv1.3`.
    pub tls_version: Cow<'a, str>,
    /// The suite's IANA name.
    pub cipher_suite: Cow<'a, str>,
    /// The `Host` header or `:authority`.
    pub client_provided_host_header: Cow<'a, str>,
    /// The key exchange's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_exchange: Option<Cow<'a, str>>,
}

/// A time as CloudTrail writes it, on the stack.
#[derive(Clone, Copy, Debug)]
pub struct EventTime([u8; 20]);

impl EventTime {
    /// The second of a time.
    pub fn new(at: Timestamp) -> Self {
        Self(event_time_bytes(at))
    }

    /// `2026-11-25T16:03:10Z`
    pub fn as_str(&self) -> &str {
        // Digits and punctuation only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A time as CloudTrail writes it: `2026-11-25T16:03:10Z`.
pub fn event_time(at: Timestamp) -> String {
    EventTime::new(at).as_str().to_owned()
}

/// A date of an answer as CloudTrail writes it: `Aug 10, 2022, 10:38:27 PM`.
pub fn answered_time(at: Timestamp) -> String {
    let ((year, month, day), second) = (civil_date(at.seconds() / 86_400), at.seconds() % 86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let (month, half) = (MONTHS[(month - 1) as usize], if hour < 12 { "AM" } else { "PM" });
    format!("{month} {day}, {year}, {}:{minute:02}:{second:02} {half}", (hour + 11) % 12 + 1)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month and day of a day, counted from 1970: H. Hinnant, "chrono-compatible low-level date algorithms", eras of 400
/// years from March.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn event_time_bytes(at: Timestamp) -> [u8; 20] {
    let ((year, month, day), second) = (civil_date(at.seconds() / 86_400), at.seconds() % 86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let mut text = *b"0000-00-00T00:00:00Z";
    let century_and_year = [(0, year / 100 % 100), (2, year % 100)];
    let rest = [(5, month), (8, day), (11, hour), (14, minute), (17, second)];
    for (at, number) in century_and_year.into_iter().chain(rest) {
        text[at] += (number / 10) as u8;
        text[at + 1] += (number % 10) as u8;
    }
    text
}

/// The second of a time as [`event_time`] writes it; `None` if it is no such text.
pub fn event_seconds(text: &str) -> Option<u64> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let punctuation = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
    if punctuation.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u64> {
        let digits = &bytes[from..to];
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // The inverse of the above.
    let (year, month_from_march) =
        if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_time_known_answers() {
        let at = |seconds: u64| event_time(Timestamp::from_millis(seconds * 1_000 + 999));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_767_225_599), "2025-12-31T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(at(253_402_300_799), "9999-12-31T23:59:59Z");
        // Beyond four digits there is no such text, but no panic either.
        assert_eq!(event_time(Timestamp::from_millis(u64::MAX)).len(), 20);
    }

    #[test]
    fn answered_time_known_answers() {
        let at = |seconds: u64| answered_time(Timestamp::from_millis(seconds * 1_000 + 999));
        // The date in the AWS KMS Developer Guide's log entry of CreateKey, whose eventTime is 2022-08-10T22:38:27Z.
        assert_eq!(at(1_660_171_107), "Aug 10, 2022, 10:38:27 PM");
        assert_eq!(at(0), "Jan 1, 1970, 12:00:00 AM");
        assert_eq!(at(43_200), "Jan 1, 1970, 12:00:00 PM");
        assert_eq!(at(951_782_400 + 3_600 + 61), "Feb 29, 2000, 1:01:01 AM");
        assert_eq!(at(253_402_300_799), "Dec 31, 9999, 11:59:59 PM");
    }

    #[test]
    fn event_seconds_is_the_inverse_of_event_time() {
        for day in 0..200 * 366_u64 {
            let second = day * 86_400 + day * 7_919 % 86_400;
            let text = event_time(Timestamp::from_millis(second * 1_000));
            assert_eq!(event_seconds(&text), Some(second), "{text}");
        }
        let refused = [
            "",
            "2025-12-31T23:59:59",
            "2025-12-31 23:59:59Z",
            "2025-13-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
        ];
        for text in refused {
            assert_eq!(event_seconds(text), None, "{text}");
        }
    }
}
