//! Operations on key policies.

mod get_key_policy;
mod list_key_policies;
mod put_key_policy;

use crate::call::Call;
use crate::fault::Fault;
use strongroom_policy::KeyPolicy;
use strongroom_types::{KeyArn, PrincipalArn};

/// The most bytes of a policy.
const POLICY_BYTES_MAX: usize = 32_768;

/// The one name a key policy has.
const DEFAULT_NAME: &str = "default";

/// Checks a policy that is to be put: size, form, principals, and that it does not lock its author out.
pub(super) fn check(call: &Call<'_>, text: &str, key: &KeyArn, bypass: Option<bool>) -> Result<(), Fault> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(Fault::Limit(format!("The policy is longer than {POLICY_BYTES_MAX} bytes.")));
    }
    let policy = KeyPolicy::parse(text, &key.account).map_err(|error| Fault::Policy(error.to_string()))?;
    if !policy.principals().all(|principal| exists(call, principal)) {
        return Err(Fault::Policy(strongroom_policy::PolicyError::InvalidPrincipal.to_string()));
    }
    if bypass != Some(true) && !strongroom_policy::allows_put_key_policy(call.principal(), key, &policy) {
        return Err(Fault::Policy(strongroom_policy::PolicyError::Lockout.to_string()));
    }
    Ok(())
}

/// A principal of this service must exist; an account elsewhere cannot be looked up.
fn exists(call: &Call<'_>, principal: &PrincipalArn) -> bool {
    match principal {
        PrincipalArn::Root(_) => true,
        PrincipalArn::User(..) => call.snapshot.user(principal).is_some(),
    }
}

/// `PolicyName` must be `default`, or absent.
fn default_name(name: Option<&String>) -> Result<(), Fault> {
    match name.map(String::as_str) {
        None | Some(DEFAULT_NAME) => Ok(()),
        Some(name) => Err(Fault::NotFound(format!("No such policy exists: {name}"))),
    }
}
