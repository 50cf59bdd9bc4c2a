//! Looks for the order that explains a history (Wing and Gong 1993), and finds histories that none explains.

use super::model::{Act, State};
use std::collections::HashSet;

/// What a caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Success, or an error of this name.
    Told(Option<&'static str>),
    /// Nothing was opened; whether a change happened is open.
    Unclear,
}

/// A call that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) act: Act,
    pub(super) began: u64,
    pub(super) ended: u64,
    pub(super) outcome: Outcome,
}

impl Event {
    /// The states that it may lead to.
    fn leads_to(&self, state: State) -> Vec<State> {
        let (after, error) = state.after(self.act);
        match self.outcome {
            Outcome::Told(told) if told == error => vec![after],
            Outcome::Told(_) => Vec::new(),
            Outcome::Unclear => vec![after, state],
        }
    }
}

/// Whether some order of the calls gives their outcomes, in which none comes before one that had ended when it began.
pub(super) fn explained(history: &[Event], start: State) -> bool {
    assert!(history.len() <= 64);
    follows(history, 0, start, &mut HashSet::new())
}

/// The same of the calls that are not in the set `done` yet.
fn follows(history: &[Event], done: u64, state: State, tried: &mut HashSet<(u64, State)>) -> bool {
    let open: Vec<usize> = (0..history.len()).filter(|at| done & (1_u64 << at) == 0).collect();
    let Some(first_end) = open.iter().map(|at| history[*at].ended).min() else { return true };
    if !tried.insert((done, state)) {
        return false;
    }
    let mut next = open.into_iter().filter(|at| history[*at].began < first_end);
    next.any(|at| {
        let states = history[at].leads_to(state);
        states.into_iter().any(|state| follows(history, done | (1_u64 << at), state, tried))
    })
}

const OK: Outcome = Outcome::Told(None);
const DENIED: Outcome = Outcome::Told(Some("AccessDeniedException"));
const DISABLED: Outcome = Outcome::Told(Some("DisabledException"));
const INVALID: Outcome = Outcome::Told(Some("KMSInvalidStateException"));

/// Whether a history of a new key is explained: act, beginning, end, outcome.
fn holds(history: &[(Act, u64, u64, Outcome)]) -> bool {
    let events = history.iter().map(|&(act, began, ended, outcome)| Event { act, began, ended, outcome });
    explained(&events.collect::<Vec<_>>(), State::NEW)
}

#[test]
fn calls_one_after_another_and_at_the_same_time_are_explained() {
    for (act, refused) in [(Act::Disable, DISABLED), (Act::Schedule, INVALID), (Act::Forbid, DENIED)] {
        assert!(holds(&[(act, 0, 1, OK), (Act::Decrypt, 2, 3, refused)]));
        for seen in [OK, refused, Outcome::Unclear] {
            assert!(holds(&[(act, 0, 3, OK), (Act::Decrypt, 1, 2, seen)]), "{act:?} {seen:?}");
        }
        assert!(holds(&[(act, 0, 1, Outcome::Unclear), (Act::Decrypt, 2, 3, OK)]));
        assert!(holds(&[(act, 0, 1, Outcome::Unclear), (Act::Decrypt, 2, 3, refused)]));
    }
    let back = [(Act::Schedule, 0, 1, OK), (Act::Cancel, 2, 3, OK), (Act::Enable, 4, 5, OK)];
    assert!(holds(&[&back[..], &[(Act::Decrypt, 6, 7, OK)]].concat()));
}

/// The control.
#[test]
fn t24_made_up_histories_are_found() {
    for (act, refused) in [(Act::Disable, DISABLED), (Act::Schedule, INVALID), (Act::Forbid, DENIED)] {
        assert!(!holds(&[(act, 0, 1, OK), (Act::Decrypt, 2, 3, OK)]), "opened after {act:?}");
        // Somebody saw the change, so it happened, and whoever calls later sees it too.
        let seen_and_forgotten = [(act, 0, 9, OK), (Act::Decrypt, 1, 2, refused), (Act::Decrypt, 3, 4, OK)];
        assert!(!holds(&seen_and_forgotten), "{act:?} was taken back");
        assert!(!holds(&[(Act::Decrypt, 0, 1, refused), (act, 2, 3, OK)]), "refused before {act:?}");
    }
    let lost = [(Act::Schedule, 0, 3, OK), (Act::Schedule, 1, 2, OK)];
    assert!(!holds(&lost), "two of two schedule one deletion");
    let stale = [(Act::Forbid, 0, 1, OK), (Act::DisableAsAlice, 2, 3, OK)];
    assert!(!holds(&stale), "a change rests on a right that is gone");
    let unlikely = [(Act::Disable, 0, 1, OK), (Act::Decrypt, 2, 3, DENIED)];
    assert!(!holds(&unlikely), "the refusal has another reason");
}
