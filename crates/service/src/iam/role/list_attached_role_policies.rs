//! ListAttachedRolePolicies: the managed policies attached to a role.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    ListAttachedRolePolicies, ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput,
};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListAttachedRolePolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListAttachedRolePoliciesInput,
    ) -> Result<ListAttachedRolePoliciesOutput, Fault> {
        let role = role::authorized(
            call,
            &input.role_name,
            "iam:ListAttachedRolePolicies",
            RequestFacts::default(),
        )?;
        let (prefix, marker) = (input.path_prefix.as_ref(), input.marker.as_ref());
        let operation = "ListAttachedRolePolicies";
        let page = attachments::list_attached(call, &*role, operation, prefix, marker, input.max_items)?;
        Ok(ListAttachedRolePoliciesOutput {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
