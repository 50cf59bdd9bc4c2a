//! The decision (KMS contract section 6.1), as far as its inputs exist.

use crate::principal::Match;
use crate::statement::{Effect, Statement};
use crate::{Decision, Denial, KeyPolicy, Path, Reason, StatementName};
use strongroom_types::{AccountId, KeyArn, PrincipalArn};

/// May this principal do this to this key?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who calls.
    pub principal: &'a PrincipalArn,
    /// The action with its prefix, `kms:Decrypt`.
    pub action: &'a str,
    /// The key that is acted on.
    pub key: &'a KeyArn,
}

/// May this principal do this in this account? For operations that authorise against no key.
#[derive(Clone, Copy, Debug)]
pub struct AccountQuestion<'a> {
    /// Who calls.
    pub principal: &'a PrincipalArn,
    /// The action with its prefix, `kms:CreateKey`.
    pub action: &'a str,
    /// The account that is acted in.
    pub account: &'a AccountId,
}

/// What is decided upon, all from one snapshot.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The key's policy.
    pub key_policy: &'a KeyPolicy,
}

/// Decides by the key policy.
///
/// An explicit deny wins. In the key's own account one allow is enough that names the caller, or that names
/// the account while the caller's identity permissions allow. A caller of another account needs both.
pub fn decide(question: &Question<'_>, evidence: &Evidence<'_>) -> Decision {
    let policy = evidence.key_policy;
    let foreign = question.principal.account() != &policy.account;
    let found = Found::search(question, &policy.statements);
    if let Some(statement) = found.denied {
        let denial = if foreign { Denial::OtherAccount } else { Denial::ExplicitDeny { statement } };
        return Decision::Denied(denial);
    }
    let identity_allows = has_identity_permission(question.principal);
    if foreign {
        return match found.direct.or(found.delegated) {
            Some(statement) if identity_allows => allowed(statement, Path::Delegated),
            _ => Decision::Denied(Denial::OtherAccount),
        };
    }
    match (found.direct, found.delegated) {
        (Some(statement), _) => allowed(statement, Path::Direct),
        (None, Some(statement)) if identity_allows => allowed(statement, Path::Delegated),
        (None, Some(_)) => Decision::Denied(Denial::NoIdentityPolicyAllows),
        (None, None) => Decision::Denied(Denial::NoResourcePolicyAllows),
    }
}

/// Decides an operation without a key: the root of the account may, nobody else until identity policies exist.
pub fn decide_account(question: &AccountQuestion<'_>) -> Decision {
    let in_account = question.principal.account() == question.account;
    if in_account && has_identity_permission(question.principal) {
        Decision::Allowed(Reason::AccountRoot)
    } else {
        Decision::Denied(Denial::NoIdentityPolicyAllows)
    }
}

/// The lockout safety check (contract section 4.9): may the caller change the policy again under this one?
pub fn allows_put_key_policy(principal: &PrincipalArn, key: &KeyArn, policy: &KeyPolicy) -> bool {
    let question = Question { principal, action: "kms:PutKeyPolicy", key };
    decide(&question, &Evidence { key_policy: policy }).is_allowed()
}

/// What the caller's own account grants it. Identity policies do not exist yet: a root has everything, a
/// user nothing.
fn has_identity_permission(principal: &PrincipalArn) -> bool {
    matches!(principal, PrincipalArn::Root(_))
}

fn allowed(statement: StatementName, path: Path) -> Decision {
    Decision::Allowed(Reason::KeyPolicy { statement, path })
}

/// The first statement of each kind that covers the question.
#[derive(Default)]
struct Found {
    denied: Option<StatementName>,
    direct: Option<StatementName>,
    delegated: Option<StatementName>,
}

impl Found {
    fn search(question: &Question<'_>, statements: &[Statement]) -> Self {
        let resource = question.key.to_string();
        let mut found = Self::default();
        for (index, statement) in statements.iter().enumerate() {
            let Some(by) = statement.covers(question.principal, question.action, &resource) else { continue };
            let place = match (statement.effect, by) {
                (Effect::Deny, _) => &mut found.denied,
                (Effect::Allow, Match::Direct) => &mut found.direct,
                (Effect::Allow, Match::Account) => &mut found.delegated,
            };
            if place.is_none() {
                *place = Some(StatementName { index, sid: statement.sid.clone() });
            }
        }
        found
    }
}
