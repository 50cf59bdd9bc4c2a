//! GetUser: one user, by default the caller.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetUser, GetUserInput, GetUserOutput};
use strongroom_policy::{CallerKind, RequestFacts};
use strongroom_types::PrincipalArn;

const ACTION: &str = "iam:GetUser";

impl QueryBehaviour for GetUser {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetUserInput) -> Result<GetUserOutput, Fault> {
        if input.user_name.is_none() && *call.caller.caller().kind() == CallerKind::Root {
            let root = PrincipalArn::Root(call.account().clone()).to_string();
            call.authorize_resource(&root, ACTION, RequestFacts::default(), None)?;
            return Ok(GetUserOutput { user: Some(user::root(call.account())) });
        }
        let name = user::name_or_own(call, input.user_name.as_ref())?;
        let found = user::authorized(call, name, ACTION, RequestFacts::default())?;
        Ok(GetUserOutput { user: Some(user::shown(&found, true)) })
    }
}
