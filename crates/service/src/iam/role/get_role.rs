//! GetRole: one role, with its trust policy as it stands.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetRole, GetRoleInput, GetRoleOutput};
use strongroom_api::iam::shape::Role;
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetRole {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetRoleInput) -> Result<GetRoleOutput, Fault> {
        let found = role::authorized(call, &input.role_name, "iam:GetRole", RequestFacts::default())?;
        let role_last_used = Some(role::last_used(call, &found));
        Ok(GetRoleOutput { role: Some(Role { role_last_used, ..role::shown(call, &found, true) }) })
    }
}
