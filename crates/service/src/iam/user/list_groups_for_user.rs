//! ListGroupsForUser: in the order of their names.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, group, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListGroupsForUser, ListGroupsForUserInput, ListGroupsForUserOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListGroupsForUser {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListGroupsForUserInput,
    ) -> Result<ListGroupsForUserOutput, Fault> {
        let action = "iam:ListGroupsForUser";
        let user = user::authorized(call, &input.user_name, action, RequestFacts::default())?;
        let asked = Asked {
            request: &["ListGroupsForUser", &user.name],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let directory = &call.snapshot.directory;
        let groups = user.record.groups.iter().filter_map(|name| directory.group(call.account(), name));
        let page = listed(call, &asked, groups.map(|group| (group.name.clone(), group::shown(group))))?;
        Ok(ListGroupsForUserOutput {
            groups: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
