//! DeleteLoginProfile: nobody has one, there is no console. Clients try before they delete a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteLoginProfile, DeleteLoginProfileInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeleteLoginProfile {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteLoginProfileInput) -> Result<NoOutput, Fault> {
        let name = user::name_or_own(call, input.user_name.as_ref())?;
        let found = user::authorized(call, name, "iam:DeleteLoginProfile", RequestFacts::default())?;
        Err(user::no_login_profile(&found))
    }
}
