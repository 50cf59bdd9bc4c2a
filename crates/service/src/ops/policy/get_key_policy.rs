//! GetKeyPolicy: the policy as it was put, or the default one.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::States;
use strongroom_api::operation::{GetKeyPolicy, GetKeyPolicyInput, GetKeyPolicyOutput};
use strongroom_policy::{RequestFacts, rewrite_deleted};

impl Behaviour for GetKeyPolicy {
    const ACTION: &'static str = "kms:GetKeyPolicy";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetKeyPolicyInput) -> Result<GetKeyPolicyOutput, Fault> {
        let located = call.locate(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let name = Some(input.policy_name.as_deref().unwrap_or(super::DEFAULT_NAME));
        let facts = RequestFacts { policy_name: name, ..RequestFacts::default() };
        let key = call.authorize_request(located, Self::ACTION, facts)?.usable(States::Any)?;
        super::default_name(input.policy_name.as_ref())?;
        let directory = &call.snapshot.directory;
        let text = match &key.key().policy_text {
            Some(text) => {
                let names = key.key().policy.bindings();
                rewrite_deleted(&text.record, names, |arn| directory.unique_id(arn))
                    .unwrap_or_else(|_| text.record.to_string())
            }
            None => strongroom_policy::default_policy_text(&key.key().arn.account),
        };
        Ok(GetKeyPolicyOutput { policy: Some(text), policy_name: Some(super::DEFAULT_NAME.to_owned()) })
    }
}
