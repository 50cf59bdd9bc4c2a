//! PutRolePermissionsBoundary: a managed policy limits what a role may do.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutRolePermissionsBoundary, PutRolePermissionsBoundaryInput};
use strongroom_policy::{IamFacts, RequestFacts};

impl QueryBehaviour for PutRolePermissionsBoundary {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutRolePermissionsBoundaryInput) -> Result<NoOutput, Fault> {
        // Decided by the boundary that is asked for, not by the one in force.
        let iam = IamFacts { permissions_boundary: Some(&input.permissions_boundary), policy_arn: None };
        let facts = RequestFacts { iam, ..RequestFacts::default() };
        let role = role::authorized(call, &input.role_name, "iam:PutRolePermissionsBoundary", facts)?;
        attachments::put_boundary(call, &*role, &input.permissions_boundary).await
    }
}
