//! DeleteRolePermissionsBoundary: nothing but its policies limits a role from now on.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteRolePermissionsBoundary, DeleteRolePermissionsBoundaryInput};

impl QueryBehaviour for DeleteRolePermissionsBoundary {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteRolePermissionsBoundaryInput) -> Result<NoOutput, Fault> {
        let role =
            role::authorized_within(call, &input.role_name, "iam:DeleteRolePermissionsBoundary", None)?;
        attachments::delete_boundary(call, &*role).await
    }
}
