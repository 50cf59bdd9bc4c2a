//! UpdateUser: another name or path. The unique id stays, and with it everything that key policies and grants give; the
//! access keys go along.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{ChangeError, Changes, Owner, UserEntry, UserRecord, iam_arn};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UpdateUser, UpdateUserInput};
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:UpdateUser";

impl QueryBehaviour for UpdateUser {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UpdateUserInput) -> Result<NoOutput, Fault> {
        let found = user::authorized(call, &input.user_name, ACTION, RequestFacts::default())?;
        let name = input.new_user_name.as_deref().unwrap_or(&found.name);
        let mut record = found.record.clone();
        record.path = input.new_path.clone().unwrap_or(record.path);
        // Authority over what it is, and over what it becomes.
        let target = iam_arn(call.account(), "user", &record.path, name);
        call.authorize_resource(&target, ACTION, RequestFacts::default(), Some(&record.tags))?;
        if name != found.name {
            user::free(call, name, Some(&found.name))?;
        }
        call.room()?;
        let mut changes = Changes::new();
        moved(call, &mut changes, &found, name, &record).map_err(change_fault)?;
        user::names_as_read(call, &mut changes)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}

/// The record under its new name, and its access keys.
fn moved(
    call: &Call<'_>,
    changes: &mut Changes,
    user: &UserEntry,
    name: &str,
    record: &UserRecord,
) -> Result<(), ChangeError> {
    let place = |name: &str| layout::iam(call.account(), IamKind::User, name);
    changes.unchanged(place(&user.name), user.revision)?;
    if name == user.name {
        changes.put(place(name), record)?;
        return Ok(());
    }
    // The old record first: it takes the unique id with it.
    changes.absent(place(name))?.delete(place(&user.name))?.put(place(name), record)?;
    for key in call.snapshot.directory.access_keys_of(call.account(), Some(&user.name)) {
        let mut record = key.record.clone();
        record.owner = Owner::User(name.to_owned());
        let place = || layout::access_key(&key.id);
        changes.unchanged(place(), key.revision)?.put(place(), &record)?;
    }
    Ok(())
}
