//! PutKeyPolicy: replaces the whole policy, in force when it is acknowledged.

use super::Governed;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::state::{Changes, KeyPolicyRecord, layout};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{PutKeyPolicy, PutKeyPolicyInput};
use strongroom_policy::RequestFacts;

impl Behaviour for PutKeyPolicy {
    const ACTION: &'static str = "kms:PutKeyPolicy";
    const PLANE: Plane = Plane::Change;

    fn complete(input: &mut PutKeyPolicyInput) {
        input.policy_name.get_or_insert_with(|| super::DEFAULT_NAME.to_owned());
    }

    async fn answer(call: &Call<'_>, input: &PutKeyPolicyInput) -> Result<NoOutput, Fault> {
        let facts = RequestFacts {
            bypass_policy_lockout_safety_check: input.bypass_policy_lockout_safety_check,
            policy_name: input.policy_name.as_deref(),
            ..RequestFacts::default()
        };
        let key = lifecycle::changeable_by(call, &input.key_id, Self::ACTION, States::Any, facts)?;
        match input.policy_name.as_deref() {
            None | Some(super::DEFAULT_NAME) => {}
            Some("AWS_RAM") => {
                let text = "The AWS_RAM policy can only be managed by the RAM service";
                return Err(Fault::Invalid(text.to_owned()));
            }
            Some(_) => return Err(Fault::Invalid("PolicyName must be default.".to_owned())),
        }
        let arn = &key.key().arn;
        let bypass = input.bypass_policy_lockout_safety_check;
        let policy = super::check(call, &input.policy, arn, Governed::Key(key.key()), bypass)?;
        let mut changes = Changes::new();
        changes.unchanged(layout::key(arn), key.key().revision).map_err(change_fault)?;
        lifecycle::rest_on_policy(&mut changes, key.key())?;
        changes.put(layout::policy(arn), &KeyPolicyRecord::Bound(policy)).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
