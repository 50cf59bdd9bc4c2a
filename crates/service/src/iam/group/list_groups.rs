//! ListGroups: in the order of their names.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, authorized, listed, own};
use crate::iam::{QueryBehaviour, group};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListGroups, ListGroupsInput, ListGroupsOutput};

impl QueryBehaviour for ListGroups {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListGroupsInput) -> Result<ListGroupsOutput, Fault> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        authorized(call, "iam:ListGroups", "group", prefix)?;
        let asked = Asked {
            request: &["ListGroups", prefix],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let groups = own(&call.snapshot.directory.groups, call.account());
        let groups = groups.filter(|(_, group)| group.record.path.starts_with(prefix));
        let page = listed(call, &asked, groups.map(|(name, group)| (name.clone(), group::shown(group))))?;
        Ok(ListGroupsOutput {
            groups: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
