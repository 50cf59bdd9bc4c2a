//! TagRole: adds tags to a role, or changes their values.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{TagRole, TagRoleInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for TagRole {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &TagRoleInput) -> Result<NoOutput, Fault> {
        let tags = attachments::pairs(&input.tags);
        let facts = RequestFacts { tags: Some(&tags), ..RequestFacts::default() };
        let role = role::authorized(call, &input.role_name, "iam:TagRole", facts)?;
        attachments::tag(call, &*role, &input.tags).await
    }
}
