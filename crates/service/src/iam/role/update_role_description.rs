//! UpdateRoleDescription: what UpdateRole does with a description, and it answers with the role.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    UpdateRoleDescription, UpdateRoleDescriptionInput, UpdateRoleDescriptionOutput,
};
use strongroom_api::iam::shape::Role;
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:UpdateRoleDescription";

impl QueryBehaviour for UpdateRoleDescription {
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &UpdateRoleDescriptionInput,
    ) -> Result<UpdateRoleDescriptionOutput, Fault> {
        let found = role::authorized(call, &input.role_name, ACTION, RequestFacts::default())?;
        call.room()?;
        let description = &input.description;
        let changes = attachments::change(&*found, |record| record.description.clone_from(description))?;
        call.commit(changes).await?;
        let description = (!description.is_empty()).then(|| description.clone());
        Ok(UpdateRoleDescriptionOutput {
            role: Some(Role { description, ..role::shown(call, &found, true) }),
        })
    }
}
