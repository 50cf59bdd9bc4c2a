//! Encryption contexts at random (threat T-09): a ciphertext opens under the context it was made under and under no
//! other, however little the other differs. `PROPTEST_CASES` says how many contexts; each is changed in every way.

use super::{Fault, Reply, Request, SentKey, Worker, decrypt, generate, open_worker, sent};
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_types::EncryptionContext;
use strongroom_vault_protocol::VaultError;

type Pairs = BTreeMap<String, String>;

/// The same text to the eye, and other bytes: a letter as Unicode normalises it one way and another.
const SPELLINGS: [(&str, &str); 5] = [
    ("\u{e9}", "e\u{301}"),
    ("\u{c5}", "A\u{30a}"),
    ("\u{212b}", "\u{c5}"),
    ("\u{fb01}", "fi"),
    ("\u{ac00}", "\u{1100}\u{1161}"),
];

/// Puts a pair back otherwise than it was, into the context that it was taken out of.
type Change = fn(&mut Pairs, &str, &str);

/// Every way in which a context is changed.
const CHANGES: [(&str, Change); 15] = [
    ("pair removed", |_, _, _| {}),
    ("pair added", |others, name, value| {
        put(others, name, value);
        put(others, &format!("{name}x"), value);
    }),
    ("name longer", |others, name, value| put(others, &format!("{name}x"), value)),
    ("value longer", |others, name, value| put(others, name, &format!("{value}\0"))),
    ("value gone", |others, name, _| put(others, name, "")),
    ("name in another case", |others, name, value| put(others, &other_case(name), value)),
    ("value in another case", |others, name, value| put(others, name, &other_case(value))),
    ("name normalised otherwise", |others, name, value| put(others, &other_spelling(name), value)),
    ("value normalised otherwise", |others, name, value| put(others, name, &other_spelling(value))),
    ("letter moved to the name", |others, name, value| {
        let mut letters = value.chars();
        let moved = letters.next().map(String::from).unwrap_or_default();
        put(others, &format!("{name}{moved}"), letters.as_str());
    }),
    ("letter moved to the value", |others, name, value| {
        let mut letters = name.chars();
        let moved = letters.next_back().map(String::from).unwrap_or_default();
        put(others, letters.as_str(), &format!("{moved}{value}"));
    }),
    ("name and value exchanged", |others, name, value| put(others, value, name)),
    ("values of two pairs exchanged", |others, name, value| {
        if let Some((other, its)) = others.pop_first() {
            put(others, &other, value);
            put(others, name, &its);
        } else {
            put(others, name, value);
        }
    }),
    ("two pairs joined", |others, name, value| {
        let (other, its) = others.pop_first().unwrap_or_default();
        put(others, name, &format!("{value}{other}{its}"));
    }),
    ("pair as the canonical form writes it", |others, name, value| {
        put(others, name, &format!("{value}\0\u{1}{name}\0\u{1}{value}"));
    }),
];

fn put(pairs: &mut Pairs, name: &str, value: &str) {
    pairs.insert(name.to_owned(), value.to_owned());
}

fn other_case(text: &str) -> String {
    let other = |letter: char| {
        if letter.is_uppercase() {
            letter.to_lowercase().to_string()
        } else {
            letter.to_uppercase().to_string()
        }
    };
    text.chars().map(other).collect()
}

fn other_spelling(text: &str) -> String {
    let mut both = SPELLINGS.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]);
    let found = both.find(|(one, _)| text.contains(one));
    found.map_or_else(|| text.to_owned(), |(one, other)| text.replacen(one, other, 1))
}

fn canonical(pairs: &Pairs) -> Vec<u8> {
    EncryptionContext::canonical_of(pairs).unwrap()
}

/// Names and values: short ones that meet each other, letters of two spellings, anything that is text.
fn text() -> impl Strategy<Value = String> {
    let spelled = select(SPELLINGS.iter().flat_map(|(one, other)| [*one, *other]).collect::<Vec<_>>());
    prop_oneof![
        3 => "[a-cA-C]{0,3}",
        2 => ("[a-c]{0,2}", spelled).prop_map(|(before, spelled)| format!("{before}{spelled}")),
        2 => "\\PC{0,12}",
        1 => any::<String>(),
    ]
}

/// A vault with a key.
struct Stand {
    worker: RefCell<Worker>,
    key: SentKey<'static>,
    /// The changes that gave another context, at least once.
    seen: RefCell<BTreeSet<&'static str>>,
}

impl Stand {
    fn new() -> Self {
        let mut worker = open_worker();
        let key = sent(&generate(&mut worker));
        Self { worker: RefCell::new(worker), key, seen: RefCell::default() }
    }

    fn sealed(&self, pairs: &Pairs) -> Vec<u8> {
        let request = Request::Encrypt { key: self.key, context: &canonical(pairs), plaintext: b"text" };
        match self.worker.borrow_mut().execute(request).unwrap() {
            Reply::Blob(blob) => blob,
            other => panic!("{other:?}"),
        }
    }

    fn opened(&self, pairs: &Pairs, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        decrypt(&mut self.worker.borrow_mut(), self.key, &canonical(pairs), sealed)
    }

    /// One context, changed in every way at one of its pairs, and against none at all.
    fn check(&self, pairs: &Pairs, at: prop::sample::Index) -> Result<(), TestCaseError> {
        let (sealed, sealed_bare) = (self.sealed(pairs), self.sealed(&Pairs::new()));
        prop_assert_eq!(self.opened(pairs, &sealed), Ok(b"text".to_vec()), "the same context opens");
        let invalid: Result<Vec<u8>, Fault> = Err(Fault::Answer(VaultError::InvalidCiphertext));
        prop_assert_eq!(self.opened(&Pairs::new(), &sealed), invalid.clone(), "stripped");
        prop_assert_eq!(self.opened(pairs, &sealed_bare), invalid.clone(), "added to none");
        let (name, value) = pairs.iter().nth(at.index(pairs.len())).unwrap();
        for (kind, change) in CHANGES {
            let mut changed = pairs.clone();
            changed.remove(name);
            change(&mut changed, name, value);
            if changed == *pairs {
                continue;
            }
            self.seen.borrow_mut().insert(kind);
            prop_assert_eq!(self.opened(&changed, &sealed), invalid.clone(), "{}: {:?}", kind, changed);
        }
        Ok(())
    }
}

#[test]
fn t09_changed_context_never_opens_and_the_same_one_always_does() {
    let stand = Stand::new();
    // The default number of cases, so that the environment may raise it.
    let config = Config { failure_persistence: None, ..Config::default() };
    let cases = (btree_map(text(), text(), 1..5), any::<prop::sample::Index>());
    let check = |(pairs, at): (Pairs, prop::sample::Index)| stand.check(&pairs, at);
    TestRunner::new(config).run(&cases, check).unwrap();
    assert_eq!(stand.seen.borrow().len(), CHANGES.len(), "{:?}", stand.seen.borrow());
}
