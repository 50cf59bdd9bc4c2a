//! Operations on key policies.

mod get_key_policy;
mod list_key_policies;
mod put_key_policy;

use crate::call::Call;
use crate::evidence::Asked;
use crate::fault::Fault;
use crate::state::{BoundPolicy, KeyEntry};
use std::sync::Arc;
use strongroom_policy::{DocumentKind, PolicyError, RequestFacts, Resource, decide};
use strongroom_types::KeyArn;

/// The most bytes of a policy.
const POLICY_BYTES_MAX: usize = 32_768;

/// The action that the lockout safety check asks for.
const PUT: &str = "kms:PutKeyPolicy";

/// The one name a key policy has.
const DEFAULT_NAME: &str = "default";

/// Checks a policy that is to be put: size, form, principals, and that it does not lock its author out. `key` is the key
/// as it is, if it exists.
pub(super) fn check(
    call: &Call<'_>,
    text: &str,
    arn: &KeyArn,
    key: Option<&Arc<KeyEntry>>,
    bypass: Option<bool>,
) -> Result<BoundPolicy, Fault> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(Fault::Limit(format!("The policy is longer than {POLICY_BYTES_MAX} bytes.")));
    }
    let malformed = |error: PolicyError| Fault::Policy(error.to_string());
    let directory = &call.snapshot.directory;
    let replaced = key.map(|key| &*key.policy);
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
    let asked = Asked { key, policy: Some(&document), ..Asked::about(PUT, Resource::Key(arn), facts) };
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
