//! Looks of an operator that take several requests and are on the record once: pages of a query, the seconds of a watch.

use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many looks may go on with their tickets; the oldest is put on the record anew if it goes on.
const TICKETS_MAX: usize = 64;

/// The looks that are on the record, with what was asked: a ticket is good for that alone.
#[derive(Default)]
pub(crate) struct Looks(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: u64,
    looks: VecDeque<(u64, Value)>,
}

impl Looks {
    /// The ticket, if it is one for what is asked.
    pub(crate) fn has(&self, ticket: Option<u64>, asked: &Value) -> Option<u64> {
        let open = self.open_ones();
        let known = open.looks.iter().find(|(known, what)| Some(*known) == ticket && what == asked);
        known.map(|(known, _)| *known)
    }

    /// A ticket for a look that is on the record now.
    pub(crate) fn open(&self, asked: &Value) -> u64 {
        let mut open = self.open_ones();
        if open.looks.len() >= TICKETS_MAX {
            open.looks.pop_front();
        }
        open.last += 1;
        let ticket = open.last;
        open.looks.push_back((ticket, asked.clone()));
        ticket
    }

    fn open_ones(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ticket_is_good_for_what_was_asked_with_it_and_not_for_ever() {
        let looks = Looks::default();
        let (one, other) = (json!({ "key": "a" }), json!({ "key": "b" }));
        let ticket = looks.open(&one);
        assert_eq!(looks.has(Some(ticket), &one), Some(ticket));
        assert_eq!(looks.has(Some(ticket), &other), None);
        assert_eq!((looks.has(None, &one), looks.has(Some(ticket + 1), &one)), (None, None));
        for _ in 0..TICKETS_MAX {
            looks.open(&other);
        }
        assert_eq!(looks.has(Some(ticket), &one), None);
    }
}
