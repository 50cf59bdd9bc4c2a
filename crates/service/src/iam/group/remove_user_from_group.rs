//! RemoveUserFromGroup: a group's policies speak for a user no longer. One that is not in it is no error.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group, no_such};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{RemoveUserFromGroup, RemoveUserFromGroupInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for RemoveUserFromGroup {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &RemoveUserFromGroupInput) -> Result<NoOutput, Fault> {
        let action = "iam:RemoveUserFromGroup";
        let group = group::authorized(call, &input.group_name, action, RequestFacts::default())?;
        let name = &input.user_name;
        let user = call.snapshot.directory.user(call.account(), name).ok_or_else(|| no_such("user", name))?;
        if !user.record.groups.contains(&group.name) {
            return Ok(NoOutput);
        }
        let mut changes = attachments::change(&**user, |record| {
            record.groups.remove(&group.name);
        })?;
        let place = layout::iam(call.account(), IamKind::Group, &group.name);
        changes.unchanged(place, group.revision).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
