//! PutUserPermissionsBoundary: a managed policy limits what a user may do.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutUserPermissionsBoundary, PutUserPermissionsBoundaryInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for PutUserPermissionsBoundary {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutUserPermissionsBoundaryInput) -> Result<NoOutput, Fault> {
        let user = user::authorized(
            call,
            &input.user_name,
            "iam:PutUserPermissionsBoundary",
            RequestFacts::default(),
        )?;
        attachments::put_boundary(call, &*user, &input.permissions_boundary).await
    }
}
