//! CreateGroup: a group without users and policies.

use crate::bootstrap::group_unique_id;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group, listing, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, GroupRecord, Policies, iam_arn};
use serde_json::json;
use strongroom_api::iam::operation::{CreateGroup, CreateGroupInput, CreateGroupOutput};
use strongroom_policy::RequestFacts;

/// The most groups of an account.
const GROUPS_MAX: usize = 300;

impl QueryBehaviour for CreateGroup {
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreateGroupInput) -> Result<CreateGroupOutput, Fault> {
        let (account, name) = (call.account(), input.group_name.as_str());
        let path = input.path.as_deref().unwrap_or("/");
        let arn = iam_arn(account, "group", path, name);
        call.authorize_resource(&arn, "iam:CreateGroup", RequestFacts::default(), None)?;
        group::free(call, name, None)?;
        if listing::own(&call.snapshot.directory.groups, account).count() >= GROUPS_MAX {
            return Err(attachments::quota("GroupsPerAccount", GROUPS_MAX));
        }
        call.room()?;
        let record = GroupRecord {
            unique_id: group_unique_id(call.service.random_id()),
            created_ms: call.now.millis(),
            path: path.to_owned(),
            policies: Policies::default(),
            unknown: serde_json::Map::new(),
        };
        let mut changes = Changes::new();
        let place = || layout::iam(account, IamKind::Group, name);
        changes.absent(place()).and_then(|changes| changes.put(place(), &record)).map_err(change_fault)?;
        user::names_as_read(call, &mut changes)?;
        call.commit(changes).await?;
        created(call, name)
    }
}

/// The group as it is in force now.
fn created(call: &Call<'_>, name: &str) -> Result<CreateGroupOutput, Fault> {
    let snapshot = call.service.snapshot();
    let made = snapshot.directory.group(call.account(), name);
    let made = made.ok_or(Fault::Internal("The group was created and is gone."))?;
    let shown = group::shown(made);
    call.note_response(
        "group",
        json!({ "arn": shown.arn, "path": shown.path, "groupId": shown.group_id, "groupName": shown.group_name }),
    );
    Ok(CreateGroupOutput { group: Some(shown) })
}
