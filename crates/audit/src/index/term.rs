//! Terms: what a line can be found by, as the first eight bytes of a SHA-256. Two that have the same hash cost time, never
//! a wrong answer: every line that is found is compared.

use crate::query::{DENIED, ERROR, Query, is_denied, key_asked};
use crate::view::{RecordView, key_name};
use aws_lc_rs::digest::{SHA256, digest};

/// A hashed term.
pub(crate) type Term = u64;

/// What a term is about, as it goes into the hash.
#[derive(Clone, Copy)]
#[repr(u8)]
enum About {
    Key = b'k',
    Principal = b'p',
    Operation = b'o',
    Outcome = b'e',
    Request = b'r',
    Account = b'a',
    ContextPair = b'c',
}

/// `about ‖ for each part: its length in eight bytes, little-endian, and the part`, hashed in one call: a record has a dozen
/// terms, and a context that is given short pieces takes longer for each than the hash itself.
fn term(about: About, parts: &[&str]) -> Term {
    let mut text =
        Vec::with_capacity(1 + parts.iter().map(|part| size_of::<u64>() + part.len()).sum::<usize>());
    text.push(about as u8);
    for part in parts {
        text.extend_from_slice(&(part.len() as u64).to_le_bytes());
        text.extend_from_slice(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest(&SHA256, &text).as_ref()[..8]);
    u64::from_le_bytes(first)
}

/// What a record is found by; some terms twice.
pub(crate) fn of_record(record: &RecordView<'_>) -> Vec<Term> {
    let identity = &record.user_identity;
    let mut terms = Vec::with_capacity(12);
    let mut add = |about: About, text: &str| {
        if !text.is_empty() {
            terms.push(term(about, &[text]));
        }
    };
    for resource in &record.resources {
        add(About::Key, key_name(&resource.arn));
        add(About::Account, &resource.account_id);
    }
    add(About::Principal, &identity.arn);
    add(About::Principal, &identity.session_context.session_issuer.arn);
    add(About::Principal, &identity.principal_id);
    add(About::Principal, &identity.access_key_id);
    add(About::Principal, &identity.invoked_by);
    add(About::Operation, &record.event_name);
    add(About::Request, &record.request_id);
    add(About::Account, &record.recipient_account_id);
    add(About::Account, &identity.account_id);
    if !record.error_code.is_empty() {
        add(About::Outcome, &record.error_code);
        add(About::Outcome, if is_denied(&record.error_code) { DENIED } else { ERROR });
    }
    for (name, value) in record.context_pairs() {
        terms.push(term(About::ContextPair, &[name.as_str(), value.as_str()]));
    }
    terms
}

/// The terms that every record has which a query asks for. None if the query asks for nothing that is indexed.
pub(crate) fn of_query(query: &Query) -> Vec<Term> {
    let one = |about: About, text: &Option<String>| text.as_ref().map(|text| term(about, &[text.as_str()]));
    let key = query.key.as_ref().map(|key| term(About::Key, &[key_asked(key).1]));
    let outcome = query.outcome.as_ref().filter(|outcome| !outcome.is_ok());
    let outcome = outcome.map(|outcome| term(About::Outcome, &[outcome.as_str()]));
    let single = [
        one(About::Request, &query.request_id),
        key,
        one(About::Principal, &query.principal),
        outcome,
        one(About::Operation, &query.operation),
        one(About::Account, &query.account),
    ];
    let pairs =
        query.context.iter().map(|(name, value)| term(About::ContextPair, &[name.as_str(), value.as_str()]));
    single.into_iter().flatten().chain(pairs).collect()
}
