//! ListKeyPolicies: always `default`.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::States;
use strongroom_api::operation::{ListKeyPolicies, ListKeyPoliciesInput, ListKeyPoliciesOutput};

impl Behaviour for ListKeyPolicies {
    const ACTION: &'static str = "kms:ListKeyPolicies";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListKeyPoliciesInput) -> Result<ListKeyPoliciesOutput, Fault> {
        let located = call.locate(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        call.authorize(located, Self::ACTION)?.usable(States::Any)?;
        if input.marker.is_some() {
            // One name never fills a page: no marker was ever handed out.
            return Err(Fault::InvalidMarker);
        }
        Ok(ListKeyPoliciesOutput {
            policy_names: Some(vec![super::DEFAULT_NAME.to_owned()]),
            truncated: Some(false),
            next_marker: None,
        })
    }
}
