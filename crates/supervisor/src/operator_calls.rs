//! Operator requests that the front has not answered yet.

use crate::operator_socket::OperatorAnswer;
use std::collections::HashMap;
use std::sync::mpsc::SyncSender;

/// So many are passed on at the same time.
const WAITING_MAX: usize = 8;

/// One who waits for an answer.
pub(crate) struct Waiting {
    pub(crate) operator: SyncSender<OperatorAnswer>,
    /// Whether the answer goes behind what is still to be done about root access keys.
    pub(crate) behind_root_keys: bool,
}

/// Who waits for an answer, by the number of his request.
#[derive(Default)]
pub(crate) struct OperatorCalls {
    waiting: HashMap<u64, Waiting>,
    last: u64,
}

impl OperatorCalls {
    /// Whether no other request may be passed on.
    pub(crate) fn are_full(&self) -> bool {
        self.waiting.len() >= WAITING_MAX
    }

    /// The number of another message to the front that it answers.
    pub(crate) fn new_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Somebody waits for the answer to this number, which may have to go behind what is to be done about root access keys.
    pub(crate) fn wait(&mut self, id: u64, operator: SyncSender<OperatorAnswer>, behind_root_keys: bool) {
        self.waiting.insert(id, Waiting { operator, behind_root_keys });
    }

    /// Who waits for the answer to this number, and does so no more.
    pub(crate) fn take(&mut self, id: u64) -> Option<Waiting> {
        self.waiting.remove(&id)
    }

    /// Answers, if somebody waits.
    pub(crate) fn answer(&mut self, id: u64, answer: OperatorAnswer) {
        if let Some(waiting) = self.take(id) {
            let _ = waiting.operator.send(answer);
        }
    }

    /// Tells everybody that no answer will come.
    pub(crate) fn refuse_all(&mut self, why: &str) {
        for (_, waiting) in self.waiting.drain() {
            let _ = waiting.operator.send(Err(why.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn each_answer_goes_to_who_asked_and_the_rest_is_refused() {
        let mut calls = OperatorCalls::default();
        let (one, ones) = sync_channel(1);
        let (other, others) = sync_channel(1);
        let (first, second) = (calls.new_id(), calls.new_id());
        calls.wait(first, one, false);
        calls.wait(second, other, true);
        calls.answer(second, Ok(json!("done")));
        calls.answer(second, Ok(json!("twice")));
        calls.refuse_all("the front died");
        assert_eq!(ones.try_recv().unwrap(), Err("the front died".to_owned()));
        assert_eq!(others.try_recv().unwrap(), Ok(json!("done")));
        assert!(others.try_recv().is_err(), "once");
    }

    #[test]
    fn only_so_many_wait() {
        let mut calls = OperatorCalls::default();
        for _ in 0..WAITING_MAX {
            assert!(!calls.are_full());
            let id = calls.new_id();
            calls.wait(id, sync_channel(1).0, false);
        }
        assert!(calls.are_full());
    }
}
