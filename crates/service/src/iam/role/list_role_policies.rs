//! ListRolePolicies: the names of a role's inline policies.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListRolePolicies, ListRolePoliciesInput, ListRolePoliciesOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListRolePolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListRolePoliciesInput) -> Result<ListRolePoliciesOutput, Fault> {
        let role = role::authorized(call, &input.role_name, "iam:ListRolePolicies", RequestFacts::default())?;
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = attachments::list_inline(call, &*role, "ListRolePolicies", marker, max_items)?;
        Ok(ListRolePoliciesOutput {
            policy_names: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
