//! UntagRole: takes tags from a role.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UntagRole, UntagRoleInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for UntagRole {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UntagRoleInput) -> Result<NoOutput, Fault> {
        let keys: Vec<&str> = input.tag_keys.iter().map(String::as_str).collect();
        let facts = RequestFacts { tag_keys: &keys, ..RequestFacts::default() };
        let role = role::authorized(call, &input.role_name, "iam:UntagRole", facts)?;
        attachments::untag(call, &*role, &input.tag_keys).await
    }
}
