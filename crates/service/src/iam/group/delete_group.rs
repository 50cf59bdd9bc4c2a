//! DeleteGroup: once it has no users and no policies.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group, user};
use crate::ops::Plane;
use crate::state::Changes;
use crate::state::layout::{self, IamKind};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteGroup, DeleteGroupInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeleteGroup {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteGroupInput) -> Result<NoOutput, Fault> {
        let found = group::authorized(call, &input.group_name, "iam:DeleteGroup", RequestFacts::default())?;
        if group::members(call, &found).next().is_some() {
            return Err(attachments::conflict("must remove users from group first"));
        }
        attachments::without_policies(&found.record.policies)?;
        let place = || layout::iam(call.account(), IamKind::Group, &found.name);
        let mut changes = Changes::new();
        let built = changes.unchanged(place(), found.revision).and_then(|changes| changes.delete(place()));
        built.map_err(change_fault)?;
        // A user that joins writes its own record only.
        user::names_as_read(call, &mut changes)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
