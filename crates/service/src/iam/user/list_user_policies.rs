//! ListUserPolicies: the names of a user's inline policies.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListUserPolicies, ListUserPoliciesInput, ListUserPoliciesOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListUserPolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListUserPoliciesInput) -> Result<ListUserPoliciesOutput, Fault> {
        let user = user::authorized(call, &input.user_name, "iam:ListUserPolicies", RequestFacts::default())?;
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = attachments::list_inline(call, &*user, "ListUserPolicies", marker, max_items)?;
        Ok(ListUserPoliciesOutput {
            policy_names: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
