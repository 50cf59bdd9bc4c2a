//! AddUserToGroup: a group's policies speak for a user from now on.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group, no_such};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{AddUserToGroup, AddUserToGroupInput};
use strongroom_policy::RequestFacts;

/// The most groups of a user.
const GROUPS_MAX: usize = 10;

impl QueryBehaviour for AddUserToGroup {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &AddUserToGroupInput) -> Result<NoOutput, Fault> {
        let action = "iam:AddUserToGroup";
        let group = group::authorized(call, &input.group_name, action, RequestFacts::default())?;
        let name = &input.user_name;
        let user = call.snapshot.directory.user(call.account(), name).ok_or_else(|| no_such("user", name))?;
        if user.record.groups.contains(&group.name) {
            return Ok(NoOutput);
        }
        if user.record.groups.len() >= GROUPS_MAX {
            return Err(attachments::quota("GroupsPerUser", GROUPS_MAX));
        }
        call.room()?;
        let mut changes = attachments::change(&**user, |record| {
            record.groups.insert(group.name.clone());
        })?;
        let place = layout::iam(call.account(), IamKind::Group, &group.name);
        changes.unchanged(place, group.revision).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
