//! Operations on key policies.

mod get_key_policy;
mod list_key_policies;
mod put_key_policy;

use crate::call::Call;
use crate::evidence::Asked;
use crate::fault::Fault;
use crate::state::{BoundPolicy, KeyEntry, Pairs};
use std::sync::Arc;
use strongroom_policy::{DocumentKind, KeyFacts, PolicyError, RequestFacts, Resource, decide};
use strongroom_types::KeyArn;

/// The most bytes of a policy.
const POLICY_BYTES_MAX: usize = 32_768;

/// The action that the lockout safety check asks for.
const PUT: &str = "kms:PutKeyPolicy";

/// The one name a key policy has.
const DEFAULT_NAME: &str = "default";

/// What a policy that is put is to govern.
#[derive(Clone, Copy)]
pub(super) enum Governed<'a> {
    /// A key, as it is.
    Key(&'a Arc<KeyEntry>),
    /// One that is to be made, as it will be, and its tags.
    New(KeyFacts<'a>, &'a Pairs),
}

impl<'a> Governed<'a> {
    /// The question whether the author may put the policy again.
    fn put_again(self, asked: Asked<'a>) -> Asked<'a> {
        match self {
            Self::Key(key) => Asked { key: Some(key), ..asked },
            Self::New(facts, tags) => Asked { asked_for: Some(facts), resource_tags: Some(tags), ..asked },
        }
    }
}

/// Checks a policy that is to be put: size, form, principals, and that it does not lock its author out.
pub(super) fn check(
    call: &Call<'_>,
    text: &str,
    arn: &KeyArn,
    governed: Governed<'_>,
    bypass: Option<bool>,
) -> Result<BoundPolicy, Fault> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(Fault::Limit(format!("The policy is longer than {POLICY_BYTES_MAX} bytes.")));
    }
    let malformed = |error: PolicyError| Fault::Policy(error.to_string());
    let directory = &call.snapshot.directory;
    let replaced = match governed {
        Governed::Key(key) => Some(&*key.policy),
        Governed::New(..) => None,
    };
    let bound = BoundPolicy::put(DocumentKind::KeyPolicy, text, directory, replaced);
    let (policy, document) = bound.map_err(malformed)?;
    directory.refuse_unknown_accounts(&document, replaced).map_err(malformed)?;
    for warning in document.warnings(Some(arn)) {
        let request_id = call.request_id;
        tracing::info!(%request_id, key = %arn, warning, "a key policy says what can never apply");
    }
    let facts = RequestFacts {
        bypass_policy_lockout_safety_check: bypass,
        policy_name: Some(DEFAULT_NAME),
        ..RequestFacts::default()
    };
    let asked = Asked { policy: Some(&document), ..Asked::about(PUT, Resource::Key(arn), facts) };
    let asked = governed.put_again(asked);
    let kept = bypass == Some(true)
        || call.with_evidence(&asked, |question, evidence| decide(question, evidence).is_allowed());
    if kept { Ok(policy) } else { Err(malformed(PolicyError::Lockout)) }
}

/// `PolicyName` must be `default`, or absent.
fn default_name(name: Option<&String>) -> Result<(), Fault> {
    match name.map(String::as_str) {
        None | Some(DEFAULT_NAME) => Ok(()),
        Some(name) => Err(Fault::NotFound(format!("No such policy exists: {name}"))),
    }
}
