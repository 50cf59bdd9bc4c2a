//! Messages that this process may still encrypt under one backing key without asking the store.

use std::sync::atomic::{AtomicI64, Ordering};

/// Of the last half of a block, how often somebody is told that few are left.
const TELLINGS: i64 = 8;

/// What is left of the blocks that this process reserved. It is not state: a new process begins with nothing.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// Below nothing for as long as somebody takes in vain.
    left: AtomicI64,
    turn: tokio::sync::Mutex<()>,
}

/// What taking one message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// There was one.
    One,
    /// There was one, and few are left. Of all who take, one is told, and another a while later, for as long as few are left.
    OneOfFew,
    /// Nothing is left.
    Nothing,
}

/// How many are few: half a block.
fn few(block: u32) -> i64 {
    i64::from(block / 2)
}

impl Allowance {
    /// Takes one, if one is left. In one step, without looking first: all cores do it for the same key.
    pub(crate) fn take(&self, block: u32) -> Taken {
        let before = self.left.fetch_sub(1, Ordering::Relaxed);
        if before > few(block) {
            return Taken::One;
        }
        if before <= 0 {
            self.left.fetch_add(1, Ordering::Relaxed);
            return Taken::Nothing;
        }
        let told = before % (few(block) / TELLINGS).max(1) == 0;
        if told { Taken::OneOfFew } else { Taken::One }
    }

    /// Whether no more than half a block is left.
    pub(crate) fn is_low(&self, block: u32) -> bool {
        self.left.load(Ordering::Relaxed) <= few(block)
    }

    /// Adds what was reserved.
    pub(crate) fn add(&self, messages: u32) {
        self.left.fetch_add(i64::from(messages), Ordering::Relaxed);
    }

    /// The right to reserve more.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_those_who_take_hears_that_few_are_left_and_again_while_they_are() {
        let (allowance, block) = (Allowance::default(), 1 << 10);
        assert_eq!(allowance.take(block), Taken::Nothing);
        allowance.add(block);
        assert!((0..block / 2).all(|_| allowance.take(block) == Taken::One));
        assert!(allowance.is_low(block));
        let told: Vec<u32> = (0..block / 2).filter(|_| allowance.take(block) == Taken::OneOfFew).collect();
        assert_eq!(told, (0..8).map(|time| time * 64).collect::<Vec<_>>(), "at once, and seven times more");
        assert_eq!(allowance.take(block), Taken::Nothing);
    }

    #[test]
    fn whoever_hears_it_in_time_leaves_nobody_without_one() {
        let (allowance, block) = (Allowance::default(), 16);
        allowance.add(block);
        for _ in 0..1_000 {
            match allowance.take(block) {
                Taken::One => {}
                Taken::OneOfFew => allowance.add(block),
                Taken::Nothing => panic!("a message had to wait"),
            }
        }
    }
}
