//! The answer: allowed or denied, by which rule and statements, and the text that the caller sees.

use crate::{Question, Resource};
use serde::{Serialize, Serializer};
use std::sync::Arc;

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

    /// The rule that decided.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Allowed(reason) => reason.rule,
            Self::Denied(denial) => denial.rule,
        }
    }

    /// The statements that determined it.
    pub fn statements(&self) -> Vec<&StatementName> {
        let (deny, allow) = match self {
            Self::Allowed(reason) => (None, Some(reason)),
            Self::Denied(denial) => (denial.statement.as_ref(), None),
        };
        let allows = allow.into_iter().flat_map(|reason| {
            [&reason.resource, &reason.identity, &reason.boundary, &reason.session].into_iter().flatten()
        });
        deny.into_iter().chain(allows).collect()
    }
}

/// The rules of a decision (contract sections 6.1 and 6.2). The first that holds, in this order, decides; "limits"
/// are the permissions boundary and the session policies, which both have to allow where they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Rule {
    /// R1: some policy denies explicitly. Nothing overrides it.
    ExplicitDeny,
    /// R2: same account, the resource's policy allows the caller itself (user, one session, root). No limits.
    ResourcePolicyNamesCaller,
    /// R3: a grant to the caller itself. No limits in the same account; on another account's key within the limits.
    GrantToCaller,
    /// R4: same account, the resource's policy allows the caller's role, or everybody; within the limits.
    ResourcePolicyNamesIssuer,
    /// R5: same account, the resource's policy allows the account, and identity permissions allow; within the limits.
    ResourcePolicyDelegates,
    /// R6: a grant to the caller's role; or to its account, while identity permissions allow; within the limits.
    GrantToIssuer,
    /// R7: other account, the resource's policy allows the caller in any way, and identity permissions allow; within
    /// the limits.
    CrossAccount,
    /// R8: no key and no role is acted on, and identity permissions allow; within the limits.
    IdentityAllows,
    /// R9: nothing on the resource's side allows.
    NoResourcePolicyAllows,
    /// R10: the resource's side leaves it to identity permissions, which do not allow.
    NoIdentityPolicyAllows,
    /// R11: everything else allows; the permissions boundary does not.
    NoBoundaryAllows,
    /// R12: everything else allows; no session policy does.
    NoSessionPolicyAllows,
}

impl Rule {
    /// All of them, by number.
    pub const ALL: [Self; 12] = [
        Self::ExplicitDeny,
        Self::ResourcePolicyNamesCaller,
        Self::GrantToCaller,
        Self::ResourcePolicyNamesIssuer,
        Self::ResourcePolicyDelegates,
        Self::GrantToIssuer,
        Self::CrossAccount,
        Self::IdentityAllows,
        Self::NoResourcePolicyAllows,
        Self::NoIdentityPolicyAllows,
        Self::NoBoundaryAllows,
        Self::NoSessionPolicyAllows,
    ];

    /// `R1` to `R12`.
    pub fn number(self) -> usize {
        self as usize + 1
    }
}

/// Which policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum PolicyName {
    /// The key's policy.
    KeyPolicy,
    /// The role's trust policy.
    TrustPolicy,
    /// An identity policy, by its name or ARN.
    Identity(#[serde(serialize_with = "shared")] Arc<str>),
    /// The permissions boundary.
    Boundary,
    /// A session policy, by its place.
    Session(usize),
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StatementName {
    /// The policy it is in.
    pub policy: PolicyName,
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its `Sid`, when it has one.
    #[serde(serialize_with = "shared_option")]
    pub sid: Option<Arc<str>>,
}

fn shared<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

fn shared_option<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

/// Why a call is allowed: the rule, and everything that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// R2 to R8.
    pub rule: Rule,
    /// The statement of the key policy or trust policy.
    pub resource: Option<StatementName>,
    /// The id of the grant.
    pub grant: Option<Arc<str>>,
    /// The statement of an identity policy; absent for the root of an account, which needs none.
    pub identity: Option<StatementName>,
    /// The statement of the permissions boundary.
    pub boundary: Option<StatementName>,
    /// The statement of a session policy.
    pub session: Option<StatementName>,
}

/// Why a call is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// R1, or R9 to R12.
    pub rule: Rule,
    /// The statement that denies (R1).
    pub statement: Option<StatementName>,
    /// The resource is another account's: the caller does not learn which of all reasons it was.
    pub foreign: bool,
}

impl Denial {
    /// The text of AccessDeniedException (contract section 6.9).
    pub fn message(&self, question: &Question<'_>) -> String {
        let action = question.action;
        let start = format!("User: {} is not authorized to perform: {action} on", question.caller.arn());
        if self.foreign {
            return format!(
                "{start} this resource because the resource does not exist in this Region, no resource-based \
                 policies allow access, or a resource-based policy explicitly denies access"
            );
        }
        let resource = question.resource.to_string();
        let because = |what: &str| format!("because no {what} allows the {action} action");
        let end = match self.rule {
            Rule::ExplicitDeny => format!("with an explicit deny in {}", self.denying_policy()),
            Rule::NoIdentityPolicyAllows => because("identity-based policy"),
            Rule::NoBoundaryAllows => because("permissions boundary"),
            Rule::NoSessionPolicyAllows => because("session policy"),
            _ => because("resource-based policy"),
        };
        format!("{start} resource: {resource} {end}")
    }

    /// The text of STS's AccessDenied, which gives no reason.
    pub fn sts_message(&self, question: &Question<'_>) -> String {
        format!(
            "User: {} is not authorized to perform: {} on resource: {}",
            question.caller.arn(),
            question.action,
            question.resource
        )
    }

    /// The text of STS's AccessDenied for the holder of an identity provider's token.
    pub fn web_identity_message(action: &str) -> String {
        format!("Not authorized to perform {action}")
    }

    fn denying_policy(&self) -> &'static str {
        match self.statement.as_ref().map(|statement| &statement.policy) {
            Some(PolicyName::Identity(_)) => "an identity-based policy",
            Some(PolicyName::Boundary) => "a permissions boundary",
            Some(PolicyName::Session(_)) => "a session policy",
            Some(PolicyName::KeyPolicy | PolicyName::TrustPolicy) | None => "a resource-based policy",
        }
    }
}

impl std::fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(arn) => arn.fmt(f),
            Self::Alias(arn) => arn.fmt(f),
            Self::Other(text) => f.write_str(text),
            Self::None => f.write_str("*"),
        }
    }
}
