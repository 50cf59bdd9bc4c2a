//! ListAttachedUserPolicies: the managed policies attached to a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    ListAttachedUserPolicies, ListAttachedUserPoliciesInput, ListAttachedUserPoliciesOutput,
};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListAttachedUserPolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListAttachedUserPoliciesInput,
    ) -> Result<ListAttachedUserPoliciesOutput, Fault> {
        let user = user::authorized(
            call,
            &input.user_name,
            "iam:ListAttachedUserPolicies",
            RequestFacts::default(),
        )?;
        let (prefix, marker) = (input.path_prefix.as_ref(), input.marker.as_ref());
        let operation = "ListAttachedUserPolicies";
        let page = attachments::list_attached(call, &*user, operation, prefix, marker, input.max_items)?;
        Ok(ListAttachedUserPoliciesOutput {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
