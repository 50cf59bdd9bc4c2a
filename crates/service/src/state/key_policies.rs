//! Key policies, compiled. To compile one costs as much as 160 decisions, and whoever makes keys by a template gives
//! thousands of them the same: those that are equal share text and document.
//!
//! A document rests on its text and on whom the names in it stood for, on nothing of the key. At a start every different
//! one is compiled before anything is served, on all cores.

use super::directory::BoundPolicy;
use super::record::{KeyPolicyRecord, Record, RecordError};
use std::sync::{Arc, Weak};
use std::thread;
use strongroom_policy::{Document, DocumentKind};
use strongroom_storage::Value;

/// As many records are worth a thread.
const RECORDS_A_THREAD: usize = 64;

/// The fewest texts that are looked through for those that no key has any more.
const FEWEST_SWEPT: usize = 64;

/// A policy's text, and what decisions read.
pub(super) type Compiled = (Arc<str>, Arc<Document>);

/// The policies of the keys by their texts, for those that come. It keeps none: those that no key has any more end.
///
/// Callers choose the texts, so it hashes as std does.
#[derive(Clone, Default)]
pub(super) struct KeyPolicies {
    known: imbl::HashMap<Arc<str>, Weak<Document>>,
    /// At how many texts those that ended are looked for.
    swept_at: usize,
}

impl KeyPolicies {
    /// The policy, shared with a key that has the same.
    pub(super) fn compiled(&mut self, policy: &BoundPolicy) -> Result<Compiled, RecordError> {
        let names = policy.names()?;
        if let Some((text, document)) = self.known.get_key_value(policy.text.as_str())
            && let Some(document) = document.upgrade()
            // Under one name there may be somebody else today.
            && *document.bindings() == names
        {
            return Ok((text.clone(), document));
        }
        let document = Arc::new(policy.compile(DocumentKind::KeyPolicy)?);
        let text: Arc<str> = Arc::from(policy.text.as_str());
        self.remember(text.clone(), &document);
        Ok((text, document))
    }

    fn remember(&mut self, text: Arc<str>, document: &Arc<Document>) {
        if self.known.len() >= self.swept_at {
            self.known.retain(|_, document| document.strong_count() > 0);
            self.swept_at = FEWEST_SWEPT.max(self.known.len().saturating_mul(2));
        }
        self.known.insert(text, Arc::downgrade(document));
    }

    /// Compiles the policies of many records at once; they are known as long as the answer is held. What cannot be
    /// compiled is left out: it is met again where the record is taken in.
    pub(super) fn compile_ahead(&mut self, records: &[&Value]) -> Vec<Compiled> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let each = records.len().div_ceil(cores).max(RECORDS_A_THREAD);
        let compiled = thread::scope(|scope| {
            let started = records
                .chunks(each)
                .map(|share| thread::Builder::new().spawn_scoped(scope, move || compile_each(share)));
            // Where no thread is to be had, the policies are compiled as the records are taken in.
            let threads: Vec<_> = started.filter_map(Result::ok).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect::<Vec<_>>()
        });
        for (text, document) in &compiled {
            if !self.known.contains_key(text) {
                self.remember(text.clone(), document);
            }
        }
        compiled
    }
}

/// The different policies of some records.
fn compile_each(records: &[&Value]) -> Vec<Compiled> {
    let mut known = KeyPolicies::default();
    let bound = records.iter().filter_map(|value| match KeyPolicyRecord::decode(value) {
        Ok(KeyPolicyRecord::Bound(policy)) => Some(policy),
        Ok(KeyPolicyRecord::Text(_)) | Err(_) => None,
    });
    // All are held until the last is compiled, or equal ones would not be met.
    bound.filter_map(|policy| known.compiled(&policy).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Nobody, Snapshot, layout};
    use std::collections::{BTreeMap, BTreeSet};
    use strongroom_storage::{Revision, Write};
    use strongroom_types::{AccountId, KeyArn, KeyId, Region};

    const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

    /// A policy that lets Alice decrypt, who is the user with an id.
    fn for_alice(sid: &str, id: &str) -> BoundPolicy {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},
            "Action":"kms:Decrypt","Resource":"*"}}]}}"#
        );
        let bindings = BTreeMap::from([(ALICE.to_owned(), id.to_owned())]);
        BoundPolicy { text, bindings, ids: BTreeSet::new() }
    }

    const FIRST: &str = "AIDAFIRSTALICE";
    const SECOND: &str = "AIDASECONDALICE";

    fn key(number: u8) -> KeyArn {
        let account = AccountId::parse("111122223333").unwrap();
        let region = Region::parse("eu-central-1").unwrap();
        KeyArn { region, account, key: KeyId::from_random([number; 16]) }
    }

    fn record(policy: BoundPolicy) -> Value {
        KeyPolicyRecord::Bound(policy).encode().unwrap()
    }

    fn put(number: u8, policy: BoundPolicy) -> Write {
        Write::Put { key: layout::policy(&key(number)).unwrap(), value: record(policy) }
    }

    fn policy_of(snapshot: &Snapshot, number: u8) -> Compiled {
        let (text, document) = snapshot.parts.get(&key(number)).unwrap().policy.clone().unwrap();
        (text.record, document)
    }

    #[test]
    fn keys_with_equal_policies_share_one_and_others_do_not() {
        let first = [put(1, for_alice("a", FIRST)), put(2, for_alice("b", FIRST))];
        let snapshot = Snapshot::default().applied(Revision::new(1), &first).unwrap();
        let later = [put(3, for_alice("a", FIRST))];
        let snapshot = snapshot.applied(Revision::new(2), &later).unwrap();
        let [one, other, equal] = [1, 2, 3].map(|number| policy_of(&snapshot, number));
        assert!(Arc::ptr_eq(&one.1, &equal.1) && Arc::ptr_eq(&one.0, &equal.0));
        assert!(!Arc::ptr_eq(&one.1, &other.1));
        assert_eq!(&*other.0, for_alice("b", FIRST).text);
    }

    #[test]
    fn one_text_that_names_somebody_else_today_is_another_policy() {
        let mut policies = KeyPolicies::default();
        let (_, before) = policies.compiled(&for_alice("a", FIRST)).unwrap();
        let (_, after) = policies.compiled(&for_alice("a", SECOND)).unwrap();
        let named = |document: &Document| document.unique_ids().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((named(&before), named(&after)), (vec![FIRST.to_owned()], vec![SECOND.to_owned()]));
        let (_, again) = policies.compiled(&for_alice("a", FIRST)).unwrap();
        assert_eq!(named(&again), [FIRST]);
    }

    #[test]
    fn policies_that_no_key_has_any_more_are_not_kept() {
        let mut policies = KeyPolicies::default();
        let (_, held) = policies.compiled(&for_alice("held", FIRST)).unwrap();
        for number in 0..10 * FEWEST_SWEPT {
            policies.compiled(&for_alice(&format!("s{number}"), FIRST)).unwrap();
        }
        assert!(policies.known.len() <= 2 * FEWEST_SWEPT, "{}", policies.known.len());
        let (_, again) = policies.compiled(&for_alice("held", FIRST)).unwrap();
        assert!(Arc::ptr_eq(&held, &again));
    }

    #[test]
    fn what_was_compiled_ahead_is_taken_and_what_cannot_be_compiled_is_left_out() {
        let count = 3 * RECORDS_A_THREAD;
        let mut records: Vec<Value> =
            (0..count).map(|number| record(for_alice(&format!("s{}", number % 5), FIRST))).collect();
        records.push(Value::new(b"\x01{\"text\":\"no policy\"}"));
        records.push(KeyPolicyRecord::Text(for_alice("t", FIRST).text).encode().unwrap());
        let mut policies = KeyPolicies::default();
        let ahead = policies.compile_ahead(&records.iter().collect::<Vec<_>>());
        assert_eq!(ahead.len(), count);
        assert_eq!(policies.known.len(), 5);
        for number in 0..5 {
            let (_, taken) = policies.compiled(&for_alice(&format!("s{number}"), FIRST)).unwrap();
            assert!(ahead.iter().any(|(_, document)| Arc::ptr_eq(document, &taken)));
        }
    }

    #[test]
    fn shared_policy_is_what_the_text_compiles_to() {
        let policy = for_alice("a", FIRST);
        let mut policies = KeyPolicies::default();
        let _held = policies.compiled(&policy).unwrap();
        let (_, shared) = policies.compiled(&policy).unwrap();
        let alone = policy.compile(DocumentKind::KeyPolicy).unwrap();
        assert_eq!(format!("{shared:?}"), format!("{alone:?}"));
        assert!(Document::parse(DocumentKind::KeyPolicy, &policy.text, &Nobody).is_err(), "the names matter");
    }
}
