//! Roles.

mod attach_role_policy;
mod create_role;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod detach_role_policy;
mod get_role;
mod get_role_policy;
mod list_attached_role_policies;
mod list_instance_profiles_for_role;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod put_role_permissions_boundary;
mod put_role_policy;
mod tag_role;
mod untag_role;
mod update_assume_role_policy;
mod update_role;
mod update_role_description;

use crate::iam::holder::Holder;
use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Scenario};
use serde_json::json;

/// The role of every scenario here.
pub(crate) const ROLE: Holder = Holder { title: "Role", word: "role", name: "reader", inline_max: 10_240 };

/// A trust policy that names one principal.
pub(crate) fn trusting(principal: &str) -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "sts:AssumeRole"
    });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// A trust policy that leaves it to the account.
pub(crate) fn trust() -> String {
    trusting(&format!("arn:aws:iam::{ACCOUNT}:root"))
}

/// Makes a role that the account trusts.
pub(crate) async fn create(s: &Scenario, name: &str) -> XmlAnswer {
    let trust = trust();
    s.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)]).await.ok()
}

/// A service with the role `reader`.
pub(crate) async fn with_role() -> Scenario {
    let s = Scenario::start().await;
    create(&s, ROLE.name).await;
    s
}
