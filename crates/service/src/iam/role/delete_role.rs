//! DeleteRole: once it has no policies. Its sessions end; whoever gets the name later is somebody else.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use crate::state::Changes;
use crate::state::layout::{self, IamKind, Used};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteRole, DeleteRoleInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeleteRole {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteRoleInput) -> Result<NoOutput, Fault> {
        let found = role::authorized(call, &input.role_name, "iam:DeleteRole", RequestFacts::default())?;
        attachments::without_policies(&found.record.policies)?;
        let place = || layout::iam(call.account(), IamKind::Role, &found.name);
        let used = Used::Role(found.unique_id.to_string());
        let mut changes = Changes::new();
        let built = changes
            .unchanged(place(), found.revision)
            .and_then(|changes| changes.delete(place()))
            .and_then(|changes| changes.delete(layout::last_use(&used)));
        built.map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
