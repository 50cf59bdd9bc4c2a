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

/// What goes into the hash: `about ‖ for each part: its length in eight bytes, little-endian, and the part`, in one piece. A
/// context that is given short pieces takes longer for each than the hash itself.
fn write_text(text: &mut Vec<u8>, about: About, parts: &[&str]) {
    text.clear();
    text.push(about as u8);
    for part in parts {
        text.extend_from_slice(&(part.len() as u64).to_le_bytes());
        text.extend_from_slice(part.as_bytes());
    }
}

fn hash(text: &[u8]) -> Term {
    let mut first = [0; 8];
    first.copy_from_slice(&digest(&SHA256, text).as_ref()[..8]);
    u64::from_le_bytes(first)
}

fn term(about: About, parts: &[&str]) -> Term {
    let mut text = Vec::new();
    write_text(&mut text, about, parts);
    hash(&text)
}

/// So many hashes are remembered: two to the power of this.
const KNOWN_BITS: u32 = 12;

/// The longest text whose hash is remembered.
const KNOWN_BYTES_MAX: usize = 256;

/// The terms of one record after the other. A record has a dozen of them, and most were in the records before: the same
/// keys, principals and operations. What was hashed is remembered with its text, at a place that its last bytes give.
pub(crate) struct Terms {
    known: Vec<(Vec<u8>, Term)>,
    text: Vec<u8>,
    found: Vec<Term>,
}

impl Terms {
    pub(crate) fn new() -> Self {
        Self { known: vec![(Vec::new(), 0); 1 << KNOWN_BITS], text: Vec::new(), found: Vec::new() }
    }

    /// What a record is found by, each once.
    pub(crate) fn of_record(&mut self, record: &RecordView<'_>) -> &[Term] {
        self.found.clear();
        let identity = &record.user_identity;
        for resource in &record.resources {
            self.add(About::Key, &[key_name(&resource.arn)]);
            self.add(About::Account, &[&resource.account_id]);
        }
        self.add(About::Principal, &[&identity.arn]);
        self.add(About::Principal, &[&identity.session_context.session_issuer.arn]);
        self.add(About::Principal, &[&identity.principal_id]);
        self.add(About::Principal, &[&identity.access_key_id]);
        self.add(About::Principal, &[&identity.invoked_by]);
        self.add(About::Operation, &[&record.event_name]);
        self.add(About::Request, &[&record.request_id]);
        self.add(About::Account, &[&record.recipient_account_id]);
        self.add(About::Account, &[&identity.account_id]);
        if !record.error_code.is_empty() {
            self.add(About::Outcome, &[&record.error_code]);
            self.add(About::Outcome, &[if is_denied(&record.error_code) { DENIED } else { ERROR }]);
        }
        for (name, value) in record.context_pairs() {
            self.add(About::ContextPair, &[&name, &value]);
        }
        &self.found
    }

    /// Adds a term, unless it is there or of nothing.
    fn add(&mut self, about: About, parts: &[&str]) {
        if let [""] = parts {
            return;
        }
        write_text(&mut self.text, about, parts);
        // No two requests have the same id.
        let fleeting = matches!(about, About::Request) || self.text.len() > KNOWN_BYTES_MAX;
        let term = if fleeting { hash(&self.text) } else { self.known_hash() };
        if !self.found.contains(&term) {
            self.found.push(term);
        }
    }

    /// The hash of the text.
    fn known_hash(&mut self) -> Term {
        let place = place_of(&self.text);
        let Some((text, term)) = self.known.get_mut(place) else { return hash(&self.text) };
        if *text != self.text {
            *term = hash(&self.text);
            text.clone_from(&self.text);
        }
        *term
    }
}

/// Where the hash of a text is remembered: below two to the power of [`KNOWN_BITS`].
fn place_of(text: &[u8]) -> usize {
    let end = text.last_chunk::<8>().copied().unwrap_or_default();
    let about = text.first().copied().map_or(0, u64::from);
    // Fibonacci hashing: the high bits depend on all of them.
    let mixed = (u64::from_le_bytes(end) ^ about).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (u64::BITS - KNOWN_BITS)) as usize
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_source::{key_arn, line};
    use crate::view::LineView;

    #[test]
    fn remembered_hashes_are_those_of_the_texts() {
        let mut terms = Terms::new();
        // Keys whose names end alike share a place, and so do records that come again.
        for (key, user) in [(0, 0), (1, 0), (0, 0), (2, 3), (0, 0), (1, 3)] {
            let text = line(1, key, user, 0).to_string();
            let view = LineView::parse(text.as_bytes()).unwrap();
            let (user_id, tenant) = (format!("AIDA{user}"), format!("t{user}"));
            let found = terms.of_record(&view.record);
            let of_key = term(About::Key, &[key_name(&key_arn(key))]);
            let of_context = term(About::ContextPair, &["tenant", &tenant]);
            for expected in [of_key, of_context, term(About::Principal, &[&user_id])] {
                assert_eq!(found.iter().filter(|term| **term == expected).count(), 1);
            }
            let account = term(About::Account, &["111122223333"]);
            assert_eq!(found.iter().filter(|term| **term == account).count(), 1, "named three times");
        }
    }

    #[test]
    fn texts_that_end_alike_share_a_place() {
        assert_eq!(
            place_of(b"k-1234-00000000"),
            place_of(b"k-5678-00000000"),
            "the control of the test above"
        );
        assert_ne!(place_of(b"k-1234-00000000"), place_of(b"p-1234-00000000"));
    }

    #[test]
    fn long_texts_are_hashed_and_not_remembered() {
        let mut terms = Terms::new();
        let long = "x".repeat(KNOWN_BYTES_MAX);
        terms.add(About::Operation, &[&long]);
        assert_eq!(terms.found, [term(About::Operation, &[&long])]);
        assert!(terms.known.iter().all(|(text, _)| text.is_empty()));
        terms.add(About::Operation, &["Decrypt"]);
        assert!(terms.known.iter().any(|(text, _)| !text.is_empty()), "the control");
    }
}
