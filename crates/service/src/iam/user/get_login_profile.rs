//! GetLoginProfile: nobody has one, there is no console.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetLoginProfile, GetLoginProfileInput, GetLoginProfileOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetLoginProfile {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetLoginProfileInput) -> Result<GetLoginProfileOutput, Fault> {
        let name = user::name_or_own(call, input.user_name.as_ref())?;
        let found = user::authorized(call, name, "iam:GetLoginProfile", RequestFacts::default())?;
        Err(user::no_login_profile(&found))
    }
}
