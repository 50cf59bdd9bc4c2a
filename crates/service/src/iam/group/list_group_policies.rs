//! ListGroupPolicies: the names of a group's inline policies.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListGroupPolicies, ListGroupPoliciesInput, ListGroupPoliciesOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListGroupPolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListGroupPoliciesInput,
    ) -> Result<ListGroupPoliciesOutput, Fault> {
        let group =
            group::authorized(call, &input.group_name, "iam:ListGroupPolicies", RequestFacts::default())?;
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = attachments::list_inline(call, &*group, "ListGroupPolicies", marker, max_items)?;
        Ok(ListGroupPoliciesOutput {
            policy_names: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
