//! The last check before an answer leaves: was it decided on what is in force now? (docs/order-of-checks.md, F6)

use crate::authenticate::Authenticated;
use crate::call::{About, Notes};
use crate::fault::Fault;
use crate::ops::Plane;
use crate::service::Service;
use crate::state::KeyEntry;
use std::sync::Arc;

/// Something that may leave. Made by [`release`] only; the encoder's caller takes nothing else.
pub(crate) struct Released<T>(T);

impl<T> Released<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

/// Releases an outcome if what it was decided on still holds. A change carries its own proof: its commit named
/// the records it rests on, and by now they may well have changed through itself.
pub(crate) fn release<T>(
    service: &Service,
    caller: &Authenticated,
    notes: &Notes,
    outcome: T,
    plane: Plane,
) -> Result<Released<T>, Fault> {
    if plane.changes() || holds(service, caller, notes) {
        return Ok(Released(outcome));
    }
    Err(stale())
}

/// What was decided no longer holds.
pub(crate) fn stale() -> Fault {
    Fault::Internal("The key or its policy changed while the request was served.")
}

/// Whether authority still stands: the caller's credentials; the principals, groups and policies of its account; state,
/// policy, tags, grants and aliases of every key that decided; and where aliases led. Whatever else a decision comes to
/// rest on must be compared here too.
pub(crate) fn holds(service: &Service, caller: &Authenticated, notes: &Notes) -> bool {
    let now = service.projection().look();
    let same_caller = caller.holds(&now);
    // The caller was authenticated on an earlier snapshot than the decision's: that is never taken for granted. A call
    // that was refused before anything was decided rests on nothing else.
    if !same_caller || notes.revision.is_none_or(|decided| decided == now.revision) {
        return same_caller;
    }
    let same_authority =
        |used: &Arc<KeyEntry>| now.key(&used.arn).is_some_and(|entry| entry.authority == used.authority);
    let same_principals = notes.principals.is_none_or(|at| now.directory.changed(caller.account()) == at);
    same_principals
        && notes.accounts.iter().all(|(account, changed)| now.directory.changed(account) == *changed)
        && notes.about.iter().filter_map(About::key).all(same_authority)
        && notes.aliases.iter().all(|(arn, key)| now.alias(arn).is_some_and(|entry| entry.key == *key))
}
