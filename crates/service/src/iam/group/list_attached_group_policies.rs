//! ListAttachedGroupPolicies: the managed policies attached to a group.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    ListAttachedGroupPolicies, ListAttachedGroupPoliciesInput, ListAttachedGroupPoliciesOutput,
};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListAttachedGroupPolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListAttachedGroupPoliciesInput,
    ) -> Result<ListAttachedGroupPoliciesOutput, Fault> {
        let group = group::authorized(
            call,
            &input.group_name,
            "iam:ListAttachedGroupPolicies",
            RequestFacts::default(),
        )?;
        let (prefix, marker) = (input.path_prefix.as_ref(), input.marker.as_ref());
        let operation = "ListAttachedGroupPolicies";
        let page = attachments::list_attached(call, &*group, operation, prefix, marker, input.max_items)?;
        Ok(ListAttachedGroupPoliciesOutput {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
