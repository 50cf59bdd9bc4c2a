//! GetKeyPolicy: the policy as it was put, or the default one.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::States;
use strongroom_api::operation::{GetKeyPolicy, GetKeyPolicyInput, GetKeyPolicyOutput};

impl Behaviour for GetKeyPolicy {
    const ACTION: &'static str = "kms:GetKeyPolicy";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetKeyPolicyInput) -> Result<GetKeyPolicyOutput, Fault> {
        let located = call.locate(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let key = call.authorize(located, Self::ACTION)?.usable(States::Any)?;
        super::default_name(input.policy_name.as_ref())?;
        let text = match &key.key().policy_text {
            Some(text) => text.record.to_string(),
            None => strongroom_policy::default_policy_text(&key.key().arn.account),
        };
        Ok(GetKeyPolicyOutput { policy: Some(text), policy_name: Some(super::DEFAULT_NAME.to_owned()) })
    }
}
