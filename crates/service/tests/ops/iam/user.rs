//! Operations on users.

mod attach_user_policy;
mod create_user;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_user_policy;
mod get_user;
mod get_user_policy;
mod list_attached_user_policies;
mod list_groups_for_user;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod put_user_permissions_boundary;
mod put_user_policy;
mod tag_user;
mod untag_user;
mod update_user;

use crate::iam::holder::Holder;
use crate::scenario::Scenario;

/// A user that is there.
const BOB: Holder = Holder { title: "User", word: "user", name: "bob", inline_max: 2_048 };

/// A service with the users alice and bob.
async fn start() -> Scenario {
    let s = Scenario::start().await;
    s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    s
}
