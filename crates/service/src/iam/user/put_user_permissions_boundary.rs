//! PutUserPermissionsBoundary: a managed policy limits what a user may do.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutUserPermissionsBoundary, PutUserPermissionsBoundaryInput};
use strongroom_policy::{IamFacts, RequestFacts};

impl QueryBehaviour for PutUserPermissionsBoundary {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutUserPermissionsBoundaryInput) -> Result<NoOutput, Fault> {
        // Decided by the boundary that is asked for, not by the one in force.
        let iam = IamFacts { permissions_boundary: Some(&input.permissions_boundary), policy_arn: None };
        let facts = RequestFacts { iam, ..RequestFacts::default() };
        let user = user::authorized(call, &input.user_name, "iam:PutUserPermissionsBoundary", facts)?;
        attachments::put_boundary(call, &*user, &input.permissions_boundary).await
    }
}
