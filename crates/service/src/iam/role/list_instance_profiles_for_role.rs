//! ListInstanceProfilesForRole: always none. Clients ask before they delete a role.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, role};
use crate::ops::Plane;
use std::iter;
use strongroom_api::iam::operation::{
    ListInstanceProfilesForRole, ListInstanceProfilesForRoleInput, ListInstanceProfilesForRoleOutput,
};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListInstanceProfilesForRole {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListInstanceProfilesForRoleInput,
    ) -> Result<ListInstanceProfilesForRoleOutput, Fault> {
        let action = "iam:ListInstanceProfilesForRole";
        let found = role::authorized(call, &input.role_name, action, RequestFacts::default())?;
        let asked = Asked {
            request: &["ListInstanceProfilesForRole", found.name.as_str()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, iter::empty())?;
        Ok(ListInstanceProfilesForRoleOutput {
            instance_profiles: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
