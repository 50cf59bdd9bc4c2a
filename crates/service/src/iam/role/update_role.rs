//! UpdateRole: description and longest session; what is not given stays.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::role::create_role::max_session_s;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{UpdateRole, UpdateRoleInput, UpdateRoleOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for UpdateRole {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UpdateRoleInput) -> Result<UpdateRoleOutput, Fault> {
        let found = role::authorized(call, &input.role_name, "iam:UpdateRole", RequestFacts::default())?;
        call.room()?;
        let changes = attachments::change(&*found, |record| {
            if let Some(description) = &input.description {
                record.description.clone_from(description);
            }
            record.max_session_s = max_session_s(input.max_session_duration).unwrap_or(record.max_session_s);
        })?;
        call.commit(changes).await?;
        Ok(UpdateRoleOutput {})
    }
}
