//! ListUserTags: in the order of their keys.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListUserTags, ListUserTagsInput, ListUserTagsOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListUserTags {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListUserTagsInput) -> Result<ListUserTagsOutput, Fault> {
        let user = user::authorized(call, &input.user_name, "iam:ListUserTags", RequestFacts::default())?;
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = attachments::list_tags(call, &*user, "ListUserTags", marker, max_items)?;
        Ok(ListUserTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
