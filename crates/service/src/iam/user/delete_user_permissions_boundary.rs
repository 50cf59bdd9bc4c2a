//! DeleteUserPermissionsBoundary: nothing but its policies limits a user from now on.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteUserPermissionsBoundary, DeleteUserPermissionsBoundaryInput};

impl QueryBehaviour for DeleteUserPermissionsBoundary {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteUserPermissionsBoundaryInput) -> Result<NoOutput, Fault> {
        let user =
            user::authorized_within(call, &input.user_name, "iam:DeleteUserPermissionsBoundary", None)?;
        attachments::delete_boundary(call, &*user).await
    }
}
