//! UpdateGroup: another name or path. A new name goes into the records of all its users, in the same batch.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{ChangeError, Changes, GroupEntry, GroupRecord, iam_arn};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UpdateGroup, UpdateGroupInput};
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:UpdateGroup";

/// The most users of a group that is renamed: a batch has room for that many records.
const RENAMED_USERS_MAX: usize = 90;

impl QueryBehaviour for UpdateGroup {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UpdateGroupInput) -> Result<NoOutput, Fault> {
        let found = group::authorized(call, &input.group_name, ACTION, RequestFacts::default())?;
        let name = input.new_group_name.as_deref().unwrap_or(&found.name);
        let mut record = found.record.clone();
        record.path = input.new_path.clone().unwrap_or(record.path);
        // Authority over what it is, and over what it becomes.
        let target = iam_arn(call.account(), "group", &record.path, name);
        call.authorize_resource(&target, ACTION, RequestFacts::default(), None)?;
        if name != found.name {
            group::free(call, name, Some(&found.name))?;
            if group::members(call, &found).count() > RENAMED_USERS_MAX {
                return Err(attachments::quota("UsersPerRenamedGroup", RENAMED_USERS_MAX));
            }
        }
        call.room()?;
        let mut changes = Changes::new();
        moved(call, &mut changes, &found, name, &record).map_err(change_fault)?;
        user::names_as_read(call, &mut changes)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}

/// The record under its new name, and the name in its users' records.
fn moved(
    call: &Call<'_>,
    changes: &mut Changes,
    group: &GroupEntry,
    name: &str,
    record: &GroupRecord,
) -> Result<(), ChangeError> {
    let place = |name: &str| layout::iam(call.account(), IamKind::Group, name);
    changes.unchanged(place(&group.name), group.revision)?;
    if name == group.name {
        changes.put(place(name), record)?;
        return Ok(());
    }
    changes.absent(place(name))?.delete(place(&group.name))?.put(place(name), record)?;
    for user in group::members(call, group) {
        let mut record = user.record.clone();
        record.groups.remove(&group.name);
        record.groups.insert(name.to_owned());
        let place = || layout::iam(call.account(), IamKind::User, &user.name);
        changes.unchanged(place(), user.revision)?.put(place(), &record)?;
    }
    Ok(())
}
