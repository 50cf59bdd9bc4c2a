//! ListRoles: in the order of their names.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, authorized, listed, own};
use crate::iam::{QueryBehaviour, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListRoles, ListRolesInput, ListRolesOutput};

impl QueryBehaviour for ListRoles {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListRolesInput) -> Result<ListRolesOutput, Fault> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        authorized(call, "iam:ListRoles", "role", prefix)?;
        let asked = Asked {
            request: &["ListRoles", prefix],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let roles = own(&call.snapshot.directory.roles, call.account());
        let roles = roles.filter(|(_, role)| role.record.path.starts_with(prefix));
        let page =
            listed(call, &asked, roles.map(|(name, role)| (name.clone(), role::shown(call, role, false))))?;
        Ok(ListRolesOutput { roles: Some(page.items), is_truncated: page.is_truncated, marker: page.marker })
    }
}
