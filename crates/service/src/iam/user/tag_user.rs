//! TagUser: adds tags to a user, or changes their values.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{TagUser, TagUserInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for TagUser {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &TagUserInput) -> Result<NoOutput, Fault> {
        let tags = attachments::pairs(&input.tags);
        let facts = RequestFacts { tags: Some(&tags), ..RequestFacts::default() };
        let user = user::authorized(call, &input.user_name, "iam:TagUser", facts)?;
        attachments::tag(call, &*user, &input.tags).await
    }
}
