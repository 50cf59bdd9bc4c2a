//! ListUsers: in the order of their names.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, authorized, listed, own};
use crate::iam::{QueryBehaviour, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListUsers, ListUsersInput, ListUsersOutput};

impl QueryBehaviour for ListUsers {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListUsersInput) -> Result<ListUsersOutput, Fault> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        authorized(call, "iam:ListUsers", "user", prefix)?;
        let asked = Asked {
            request: &["ListUsers", prefix],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let users = own(&call.snapshot.directory.users, call.account());
        let users = users.filter(|(_, user)| user.record.path.starts_with(prefix));
        let page = listed(call, &asked, users.map(|(name, user)| (name.clone(), user::shown(user, false))))?;
        Ok(ListUsersOutput { users: Some(page.items), is_truncated: page.is_truncated, marker: page.marker })
    }
}
