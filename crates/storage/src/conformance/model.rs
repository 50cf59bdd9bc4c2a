//! Random operations against a plain map that says what must be there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{caller_records, id, is_conflict, key};
use crate::batch::{Batch, Require, Write};
use crate::key::{Key, Prefix, Value};
use crate::store::{Revision, Store};

type Model = BTreeMap<Key, (Revision, Value)>;

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, good enough to pick test inputs.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn key(&mut self) -> Key {
        let stems: [&[u8]; 4] = [b"a/", b"a/b/", &[0, b'/'], &[0xff, b'/']];
        let stem = stems[usize::try_from(self.below(4)).unwrap()];
        let digit = u8::try_from(self.below(4)).unwrap();
        key([stem, &[b'0' + digit]].concat())
    }
}

pub(super) async fn random_operations(store: Arc<dyn Store>, seed: u64) {
    let mut dice = Dice(seed);
    let mut model = Model::new();
    let mut head = Revision::ZERO;
    let (mut applied, mut refused) = (0, 0);
    for number in 0..150 {
        let batch = random_batch(&mut dice, &model, head, number);
        let holds = batch.require.iter().all(|require| holds(&model, require));
        let result = store.commit(batch.clone()).await;
        if holds {
            head = result.expect("its preconditions hold");
            apply(&mut model, &batch, head);
            applied += 1;
        } else {
            assert!(is_conflict(&result), "{batch:?}: {result:?}");
            refused += 1;
        }
        if number % 10 == 9 {
            let snapshot = caller_records(&store).await;
            assert_eq!((snapshot.revision, &snapshot.records), (head, &model), "seed {seed}, batch {number}");
        }
    }
    assert!(applied > 10 && refused > 10, "seed {seed}: {applied} applied, {refused} refused");
}

fn random_batch(dice: &mut Dice, model: &Model, head: Revision, number: u64) -> Batch {
    let first = dice.key();
    // Often what is true, sometimes not.
    let now = model.get(&first).map(|(revision, _)| *revision);
    let mut require = vec![match (now, dice.below(4)) {
        (Some(at), 0..=2) => Require::Unchanged { key: first.clone(), at },
        (None, 3) => Require::Unchanged { key: first.clone(), at: head },
        _ => Require::Absent { key: first.clone() },
    }];
    if dice.below(3) == 0 {
        let prefix = Prefix::new(&first.as_bytes()[..2]).unwrap();
        require
            .push(Require::NoneNewer { prefix, at: Revision::new(head.get().saturating_sub(dice.below(6))) });
    }
    let delete = matches!(require[0], Require::Unchanged { .. }) && dice.below(2) == 0;
    let mut write = vec![if delete {
        Write::Delete { key: first.clone() }
    } else {
        Write::Put { key: first.clone(), value: Value::new(number.to_be_bytes()) }
    }];
    let second = dice.key();
    if second != first {
        write.push(if dice.below(3) == 0 {
            Write::Delete { key: second }
        } else {
            Write::Put {
                key: second,
                value: Value::new(vec![7_u8; usize::try_from(dice.below(2_000)).unwrap()]),
            }
        });
    }
    Batch { id: id(number), require, write }
}

fn holds(model: &Model, require: &Require) -> bool {
    match require {
        Require::Unchanged { key, at } => model.get(key).is_some_and(|(revision, _)| revision == at),
        Require::Absent { key } => !model.contains_key(key),
        Require::NoneNewer { prefix, at } => {
            !model.iter().any(|(key, (revision, _))| key.starts_with(prefix) && revision > at)
        }
    }
}

fn apply(model: &mut Model, batch: &Batch, revision: Revision) {
    for write in &batch.write {
        match write {
            Write::Put { key, value } => model.insert(key.clone(), (revision, value.clone())),
            Write::Delete { key } => model.remove(key),
        };
    }
}
