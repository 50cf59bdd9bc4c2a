//! UntagUser: takes tags from a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UntagUser, UntagUserInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for UntagUser {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UntagUserInput) -> Result<NoOutput, Fault> {
        let keys: Vec<&str> = input.tag_keys.iter().map(String::as_str).collect();
        let facts = RequestFacts { tag_keys: &keys, ..RequestFacts::default() };
        let user = user::authorized(call, &input.user_name, "iam:UntagUser", facts)?;
        attachments::untag(call, &*user, &input.tag_keys).await
    }
}
