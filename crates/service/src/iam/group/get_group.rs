//! GetGroup: a group, and page by page its users.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, group, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetGroup, GetGroupInput, GetGroupOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetGroup {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetGroupInput) -> Result<GetGroupOutput, Fault> {
        let found = group::authorized(call, &input.group_name, "iam:GetGroup", RequestFacts::default())?;
        let asked = Asked {
            request: &["GetGroup", &found.name],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let users = group::members(call, &found);
        let page = listed(call, &asked, users.map(|user| (user.name.clone(), user::shown(user, false))))?;
        Ok(GetGroupOutput {
            group: Some(group::shown(&found)),
            users: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
