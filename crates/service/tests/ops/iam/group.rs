//! Operations on groups.

mod add_user_to_group;
mod attach_group_policy;
mod create_group;
mod delete_group;
mod delete_group_policy;
mod detach_group_policy;
mod get_group;
mod get_group_policy;
mod list_attached_group_policies;
mod list_group_policies;
mod list_groups;
mod put_group_policy;
mod remove_user_from_group;
mod update_group;

use crate::iam::holder::Holder;
use crate::scenario::Scenario;

/// A group that is there.
const DEVELOPERS: Holder = Holder { title: "Group", word: "group", name: "developers", inline_max: 5_120 };

/// A service with the group developers, without users.
async fn start() -> Scenario {
    let s = Scenario::start().await;
    s.iam("CreateGroup", &[("GroupName", "developers")]).await.ok();
    s
}

impl Scenario {
    /// Puts a user into developers.
    async fn join(&self, user: &str) {
        self.iam("AddUserToGroup", &[("GroupName", "developers"), ("UserName", user)]).await.ok();
    }
}
