//! A key of the simplest kind: one call after another, nothing at the same time.

/// A call. Alice makes the first two, the account's root the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Decrypt,
    DisableAsAlice,
    Disable,
    Enable,
    Schedule,
    Cancel,
    /// PutKeyPolicy with alice's right.
    Allow,
    /// PutKeyPolicy without it.
    Forbid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion,
}

/// All that answers depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    key: KeyState,
    alice_may: bool,
}

const DENIED: Option<&str> = Some("AccessDeniedException");
const DISABLED: Option<&str> = Some("DisabledException");
const INVALID: Option<&str> = Some("KMSInvalidStateException");

impl State {
    /// Of a key that was just made and lets alice.
    pub(super) const NEW: Self = Self { key: KeyState::Enabled, alice_may: true };

    /// The state after a call, and the error that it is answered with.
    pub(super) fn after(self, act: Act) -> (Self, Option<&'static str>) {
        let pending = self.key == KeyState::PendingDeletion;
        let to = |key| (Self { key, ..self }, None);
        match act {
            Act::Decrypt | Act::DisableAsAlice if !self.alice_may => (self, DENIED),
            Act::Cancel if pending => to(KeyState::Disabled),
            Act::Cancel => (self, INVALID),
            Act::Allow => (Self { alice_may: true, ..self }, None),
            Act::Forbid => (Self { alice_may: false, ..self }, None),
            _ if pending => (self, INVALID),
            Act::Decrypt if self.key == KeyState::Disabled => (self, DISABLED),
            Act::Decrypt => (self, None),
            Act::DisableAsAlice | Act::Disable => to(KeyState::Disabled),
            Act::Enable => to(KeyState::Enabled),
            Act::Schedule => to(KeyState::PendingDeletion),
        }
    }
}
