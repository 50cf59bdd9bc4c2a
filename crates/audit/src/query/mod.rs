//! Finding records: what is asked for, and whether a record is it.
//!
//! `walk` goes through the segments, by their indexes where they have any; `page` gathers what it finds. The answer is the
//! same with and without indexes.

mod page;
mod walk;

pub use page::{Bounds, Page, page};
pub use walk::{Flow, Hit, Position, Stop, visit};

use crate::record::event_seconds;
use crate::view::{RecordView, key_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The outcome of calls that were denied.
pub(crate) const DENIED: &str = "denied";

/// The outcome of calls that failed and were not denied.
pub(crate) const ERROR: &str = "error";

/// The outcome of calls that went well.
const OK: &str = "ok";

/// Which records are asked for: those for which all that is given holds. An empty text holds for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Query {
    /// A key's id or ARN, an alias's name or ARN: one of the record's resources. A name is found in every account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who called: the ARN of a principal, of a session or of its role; a unique id; an access key's id; of the operator's
    /// acts, who acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The operation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Pairs of one of the request's encryption contexts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, String>,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The account of the caller or of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The first second that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The first second that is not asked for any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// The newest first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reverse: bool,
}

/// How a call went: `ok`, `denied`, `error` (failed, and was not denied), or the name of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcome(String);

impl Outcome {
    /// Any text that is none of the three words is an error's name.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.0 == OK
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a call with this error code, empty if it went well, is one.
    fn holds(&self, error_code: &str) -> bool {
        match self.0.as_str() {
            OK => error_code.is_empty(),
            DENIED => is_denied(error_code),
            ERROR => !error_code.is_empty() && !is_denied(error_code),
            name => !name.is_empty() && error_code == name,
        }
    }
}

/// Whether an error code says that somebody was not allowed.
pub(crate) fn is_denied(error_code: &str) -> bool {
    matches!(error_code, "AccessDenied" | "AccessDeniedException")
}

impl Query {
    /// Whether a record is asked for.
    pub fn matches(&self, record: &RecordView<'_>) -> bool {
        is(&self.operation, &record.event_name)
            && is(&self.request_id, &record.request_id)
            && self.outcome.as_ref().is_none_or(|outcome| outcome.holds(&record.error_code))
            && self.time_holds(record)
            && self.key.as_ref().is_none_or(|key| names_key(record, key))
            && self.principal.as_ref().is_none_or(|principal| names_principal(record, principal))
            && self.account.as_ref().is_none_or(|account| names_account(record, account))
            && self.context_holds(record)
    }

    /// Whether any record of these seconds, the last included, may be asked for.
    pub(crate) fn may_be_within(&self, earliest: u64, latest: u64) -> bool {
        earliest <= latest
            && self.since.is_none_or(|since| since <= latest)
            && self.until.is_none_or(|until| earliest < until)
    }

    /// Whether times are asked for.
    pub(crate) fn has_times(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    fn time_holds(&self, record: &RecordView<'_>) -> bool {
        !self.has_times()
            || event_seconds(&record.event_time).is_some_and(|second| self.may_be_within(second, second))
    }

    fn context_holds(&self, record: &RecordView<'_>) -> bool {
        if self.context.is_empty() {
            return true;
        }
        let pairs = record.context_pairs();
        self.context.iter().all(|(name, value)| pairs.iter().any(|(n, v)| n == name && v == value))
    }
}

fn is(wanted: &Option<String>, actual: &str) -> bool {
    wanted.as_ref().is_none_or(|wanted| !wanted.is_empty() && wanted == actual)
}

fn names_key(record: &RecordView<'_>, key: &str) -> bool {
    let (by_arn, name) = key_asked(key);
    !name.is_empty()
        && record.resources.iter().any(|resource| match by_arn {
            true => resource.arn == key,
            false => key_name(&resource.arn) == name,
        })
}

/// Whether a key is asked for by its ARN, and the name it is found by.
pub(crate) fn key_asked(key: &str) -> (bool, &str) {
    if key.starts_with("arn:") { (true, key_name(key)) } else { (false, key) }
}

fn names_principal(record: &RecordView<'_>, principal: &str) -> bool {
    let identity = &record.user_identity;
    let names = [
        &identity.arn,
        &identity.session_context.session_issuer.arn,
        &identity.principal_id,
        &identity.access_key_id,
        &identity.invoked_by,
    ];
    !principal.is_empty() && names.into_iter().any(|name| name == principal)
}

fn names_account(record: &RecordView<'_>, account: &str) -> bool {
    let owners = record.resources.iter().map(|resource| &resource.account_id);
    !account.is_empty()
        && owners
            .chain([&record.recipient_account_id, &record.user_identity.account_id])
            .any(|owner| owner == account)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
