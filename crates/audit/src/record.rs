//! What an entry says: CloudTrail's record of a KMS call (kms-contract.md section 7).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strongroom_types::Timestamp;

/// One call, allowed, denied or invalid. Never holds plaintext, ciphertext, tokens, signatures or key material:
/// the caller chooses what goes into `request_parameters` by the contract's section 7.2.
///
/// `requestParameters`, `responseElements` and `additionalEventData` are `null` when there is nothing; the error
/// fields, `sharedEventID`, `serviceEventDetails` and `tlsDetails` are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The version of the shape: `1.11`.
    pub event_version: String,
    /// Who called.
    pub user_identity: UserIdentity,
    /// When, see [`event_time`].
    pub event_time: String,
    /// `kms.amazonaws.com`, or the service of an operator's act.
    pub event_source: String,
    /// The operation's name.
    pub event_name: String,
    /// The Region in the signature's scope.
    pub aws_region: String,
    /// The caller's address.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: String,
    /// The caller's `User-Agent`, empty if it sent none.
    pub user_agent: String,
    /// What may be told of the request.
    pub request_parameters: Option<Value>,
    /// What may be told of the answer.
    pub response_elements: Option<Value>,
    /// For example `keyMaterialId`.
    pub additional_event_data: Option<Value>,
    /// The error's name, on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The error's text, on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The same as the answer's `x-amzn-RequestId`.
    #[serde(rename = "requestID")]
    pub request_id: String,
    /// A fresh UUID.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// True for reads and for every cryptographic operation.
    pub read_only: bool,
    /// The keys concerned; for ReEncrypt source, then destination.
    pub resources: Vec<Resource>,
    /// A call, or an act of the service itself.
    pub event_type: EventType,
    /// Always true: KMS calls are management events.
    pub management_event: bool,
    /// The account that gets the copy.
    pub recipient_account_id: String,
    /// The same in both copies of a call across accounts.
    #[serde(rename = "sharedEventID", skip_serializing_if = "Option::is_none")]
    pub shared_event_id: Option<String>,
    /// Of service events only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_event_details: Option<Value>,
    /// `Management`.
    pub event_category: String,
    /// Absent on a plaintext listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_details: Option<TlsDetails>,
}

/// Who called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// What kind of principal.
    #[serde(rename = "type")]
    pub identity_type: IdentityType,
    /// Its unique id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Its account.
    pub account_id: String,
    /// The access key that signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// A user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// A role's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<Value>,
    /// The service that called on somebody's behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
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
    /// The service itself.
    #[serde(rename = "AWSService")]
    AwsService,
    /// A federated session.
    FederatedUser,
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
pub struct Resource {
    /// The owner.
    #[serde(rename = "accountId")]
    pub account_id: String,
    /// `AWS::KMS::Key`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The ARN of the key or alias.
    #[serde(rename = "ARN")]
    pub arn: String,
}

impl Resource {
    /// A key or an alias.
    pub fn kms_key(account_id: impl Into<String>, arn: impl Into<String>) -> Self {
        let resource_type = "AWS::KMS::Key".to_owned();
        Self { account_id: account_id.into(), resource_type, arn: arn.into() }
    }
}

/// The connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsDetails {
    /// `TLSv1.3`.
    pub tls_version: String,
    /// The suite's IANA name.
    pub cipher_suite: String,
    /// The `Host` header or `:authority`.
    pub client_provided_host_header: String,
    /// The key exchange's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_exchange: Option<String>,
}

/// A time as CloudTrail writes it: `2026-11-25T16:03:10Z`.
pub fn event_time(at: Timestamp) -> String {
    let (days, second) = (at.seconds() / 86_400, at.seconds() % 86_400);
    // Days to civil date, H. Hinnant, "chrono-compatible low-level date algorithms", eras of 400 years from March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
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
    }
}
