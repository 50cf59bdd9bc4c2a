//! The answer: allowed or denied, by which statement, and the text that the caller sees.

use crate::{AccountQuestion, Question};
use std::sync::Arc;
use strongroom_types::PrincipalArn;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The caller may.
    Allowed(Reason),
    /// The caller may not.
    Denied(Denial),
}

impl Decision {
    /// Whether the caller may.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// The statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementName {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its `Sid`, when it has one.
    pub sid: Option<Arc<str>>,
}

/// How an allowing statement reached the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// It names the caller (or `*`), and that is enough.
    Direct,
    /// It lets the caller's account decide, and the account's identity permissions allow.
    Delegated,
}

/// Why a call is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A statement of the key policy.
    KeyPolicy {
        /// Which.
        statement: StatementName,
        /// By what way.
        path: Path,
    },
    /// An account's root may do everything that is not about a key.
    AccountRoot,
}

/// Why a call is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A statement of the key policy denies.
    ExplicitDeny {
        /// Which.
        statement: StatementName,
    },
    /// The key policy allows neither the caller nor its account.
    NoResourcePolicyAllows,
    /// The caller's account may decide, and gives the caller nothing.
    NoIdentityPolicyAllows,
    /// The key is another account's; the caller does not learn which of all reasons it was.
    OtherAccount,
}

impl Denial {
    /// The text of AccessDeniedException for a key (contract section 6.9).
    pub fn message(&self, question: &Question<'_>) -> String {
        self.text(question.principal, question.action, &question.key.to_string())
    }

    /// The text of AccessDeniedException for an operation without a key.
    pub fn account_message(&self, question: &AccountQuestion<'_>) -> String {
        self.text(question.principal, question.action, "*")
    }

    fn text(&self, principal: &PrincipalArn, action: &str, resource: &str) -> String {
        let start = format!("User: {principal} is not authorized to perform: {action} on");
        match self {
            Self::ExplicitDeny { .. } => {
                format!("{start} resource: {resource} with an explicit deny in a resource-based policy")
            }
            Self::NoResourcePolicyAllows => {
                format!(
                    "{start} resource: {resource} because no resource-based policy allows the {action} action"
                )
            }
            Self::NoIdentityPolicyAllows => {
                format!(
                    "{start} resource: {resource} because no identity-based policy allows the {action} action"
                )
            }
            Self::OtherAccount => format!(
                "{start} this resource because the resource does not exist in this Region, no resource-based \
                 policies allow access, or a resource-based policy explicitly denies access"
            ),
        }
    }
}
