//! DeleteUser: once nothing hangs on it. Whoever gets the name later is somebody else.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, UserEntry};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteUser, DeleteUserInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeleteUser {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteUserInput) -> Result<NoOutput, Fault> {
        let user = user::authorized(call, &input.user_name, "iam:DeleteUser", RequestFacts::default())?;
        alone(call, &user)?;
        let place = || layout::iam(call.account(), IamKind::User, &user.name);
        let mut changes = Changes::new();
        // A new access key or MFA device writes the user's record too: none can come in between.
        let built = changes.unchanged(place(), user.revision).and_then(|changes| changes.delete(place()));
        built.map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}

/// Refuses while it has access keys, MFA devices, policies or groups.
fn alone(call: &Call<'_>, user: &UserEntry) -> Result<(), Fault> {
    let mut keys = call.snapshot.directory.access_keys_of(call.account(), Some(&user.name));
    if keys.next().is_some() {
        return Err(attachments::conflict("must delete access keys first"));
    }
    if call.snapshot.directory.mfa_devices_of(call.account(), &user.unique_id).next().is_some() {
        return Err(attachments::conflict("must delete MFA device first"));
    }
    attachments::without_policies(&user.record.policies)?;
    if !user.record.groups.is_empty() {
        return Err(attachments::conflict("must remove users from group first"));
    }
    Ok(())
}
