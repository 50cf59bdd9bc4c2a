//! What callers bring by themselves: values of condition keys that a call has because of how it is signed. Where a
//! condition on such a key stands in the way, the caller is to bring the value before a policy is changed.

use crate::{CallerKind, Context, Question};

/// Something that a caller can bring.
pub(crate) struct Brought {
    /// Condition keys, each with the value that the call has then.
    pub(crate) values: &'static [(&'static str, &'static str)],
    /// How it is done.
    pub(crate) how: &'static str,
    /// Whether the caller of a question can.
    by: fn(&Question<'_>) -> bool,
}

/// Everything that can be brought.
static ALL: [Brought; 1] = [Brought {
    values: &[("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", "0")],
    how: "sign with a session that was made with a fresh code of an MFA device (GetSessionToken or AssumeRole with \
          SerialNumber and TokenCode)",
    by: can_give_a_code,
}];

/// The actions of STS that are asked for when a session of a user calls: all of them by AssumeRole.
const OF_USER_SESSIONS: [&str; 3] = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];

/// Whether the value of a condition key is up to the caller, who can bring another.
pub fn can_bring(question: &Question<'_>, key: &str) -> bool {
    let mut values = of(question).flat_map(|brought| brought.values);
    values.any(|(name, _)| name.eq_ignore_ascii_case(key))
}

/// What the caller of a question can bring.
pub(crate) fn of(question: &Question<'_>) -> impl Iterator<Item = &'static Brought> {
    ALL.iter().filter(move |brought| (brought.by)(question))
}

impl Brought {
    /// Asks the same question with these values.
    pub(crate) fn ask<T>(&self, question: &Question<'_>, ask: impl FnOnce(&Question<'_>) -> T) -> T {
        let mut given = question.context.given.cloned().unwrap_or_default();
        for (key, value) in self.values {
            given.insert(key.to_ascii_lowercase(), vec![(*value).to_owned()]);
        }
        let context = Context { given: Some(&given), ..*question.context };
        ask(&Question { context: &context, ..*question })
    }
}

/// Users have devices, roots and federated users have none. A role is assumed with a code, or with a provider's token
/// and without one. Of STS a user's session reaches AssumeRole only.
fn can_give_a_code(question: &Question<'_>) -> bool {
    let action = question.action.as_str();
    match question.caller.kind() {
        CallerKind::User(_) => !action.starts_with("sts:") || OF_USER_SESSIONS.contains(&action),
        CallerKind::RoleSession(_) => question.context.session.web_identity.is_none(),
        CallerKind::Root | CallerKind::FederatedUser(_) => false,
    }
}
