//! PutRolePermissionsBoundary: a managed policy limits what a role may do.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutRolePermissionsBoundary, PutRolePermissionsBoundaryInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for PutRolePermissionsBoundary {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutRolePermissionsBoundaryInput) -> Result<NoOutput, Fault> {
        let role = role::authorized(
            call,
            &input.role_name,
            "iam:PutRolePermissionsBoundary",
            RequestFacts::default(),
        )?;
        attachments::put_boundary(call, &*role, &input.permissions_boundary).await
    }
}
