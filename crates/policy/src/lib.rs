//! Key policies: reading a document, deciding a request, and saying why.
//!
//! A document is compiled once ([`KeyPolicy::parse`]) into patterns and principals; [`decide`] then answers a
//! [`Question`] by the algorithm of KMS contract section 6.1, restricted to what exists: key policies,
//! account roots and users without identity policies. What a document uses beyond that is refused when it is
//! stored, with a text that names it; nothing is silently ignored. Pure: no IO, no clock.

mod decide;
mod decision;
mod default_policy;
mod error;
mod json;
mod key_policy;
mod pattern;
mod principal;
mod statement;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use decide::{AccountQuestion, Evidence, Question, allows_put_key_policy, decide, decide_account};
pub use decision::{Decision, Denial, Path, Reason, StatementName};
pub use default_policy::default_policy_text;
pub use error::PolicyError;
pub use key_policy::KeyPolicy;
