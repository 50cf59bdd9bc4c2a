//! Policies and grants: reading them, deciding requests by them, and saying why.
//!
//! A document is compiled once ([`Document::parse`]); [`decide`] then answers a [`Question`] upon [`Evidence`] by
//! the algorithm of KMS contract section 6, and names the [`Rule`] and the statements that decided. [`explain`] runs
//! the same code and keeps what it saw. Pure: no IO, no clock.
//!
//! The path: `json` -> `document` -> `statement` (`principal`, `condition`, `template`) -> `decide` (`request`,
//! `grant`) -> `decision`; beside it `trust`, `retire`, `explain`, `change` (`brought`), `condition_values` and `owned`.

mod action;
mod brought;
mod caller;
mod change;
mod condition;
mod condition_values;
mod context;
mod decide;
mod decision;
mod default_policy;
mod document;
mod error;
mod explain;
mod grant;
mod json;
mod observer;
mod owned;
mod pattern;
mod principal;
mod request;
mod retire;
mod statement;
mod template;
mod trust;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use action::{Action, KmsAction};
pub use brought::can_bring;
pub use caller::{BoundPrincipal, Caller, CallerKind, Match};
pub use change::{Change, smallest_change};
pub use condition_values::{ConditionValue, condition_key_names, condition_values, web_identity_values};
pub use context::{
    AssumeRoleFacts, AttestationFacts, Context, Given, GrantFacts, IamFacts, KeyFacts, NetworkFacts, Pairs,
    RequestFacts, SessionFacts, ViaFacts, WebIdentity,
};
pub use decide::{Evidence, IdentityPolicy, Question, Resource, decide, decide_with_grants};
pub use decision::{Decision, Denial, PolicyName, Reason, Rule, StatementName};
pub use default_policy::default_policy_text;
pub use document::{Bindings, Document, DocumentKind, Resolver, rewrite_deleted};
pub use error::PolicyError;
pub use explain::{
    ConditionFinding, Explanation, GrantFinding, GrantNames, RetirementFinding, RetirerFinding,
    StatementFinding, explain, explain_retire_grant, explain_trust, explain_web_identity, observe,
    observe_trust,
};
pub use grant::{Authority, Constraints, Grant, GrantMismatch, GrantOperation, GrantOperations};
pub use observer::Element;
pub use owned::{
    OwnedAssumeRole, OwnedAttestation, OwnedContext, OwnedGrant, OwnedIam, OwnedKey, OwnedNetwork,
    OwnedRequest, OwnedSession, OwnedVia, OwnedWebIdentity, Time,
};
pub use retire::{RetirerKind, decide_retire_grant};
pub use statement::Effect;
pub use trust::{decide_trust, decide_web_identity};
