//! ListRoleTags: in the order of their keys.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListRoleTags, ListRoleTagsInput, ListRoleTagsOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListRoleTags {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListRoleTagsInput) -> Result<ListRoleTagsOutput, Fault> {
        let role = role::authorized(call, &input.role_name, "iam:ListRoleTags", RequestFacts::default())?;
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = attachments::list_tags(call, &*role, "ListRoleTags", marker, max_items)?;
        Ok(ListRoleTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
