//! Operations on users.

mod attach_user_policy;
mod create_user;
mod delete_login_profile;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_user_policy;
mod get_login_profile;
mod get_user;
mod get_user_policy;
mod list_attached_user_policies;
mod list_groups_for_user;
mod list_service_specific_credentials;
mod list_signing_certificates;
mod list_ssh_public_keys;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod put_user_permissions_boundary;
mod put_user_policy;
mod tag_user;
mod untag_user;
mod update_user;

use crate::iam::holder::Holder;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;
use serde_json::json;

/// A user that is there.
const BOB: Holder = Holder { title: "User", word: "user", name: "bob", inline_max: 2_048 };

/// A service with the users alice and bob.
async fn start() -> Scenario {
    let s = Scenario::start().await;
    s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    s
}

/// A list of what users here never have, of bob, of the caller, and of nobody.
async fn there_are_none(action: &str, list: &str) {
    let s = start().await;
    for params in [&[("UserName", "bob")][..], &[][..]] {
        let listed = s.iam(action, params).await.ok();
        assert_eq!(listed.get("IsTruncated"), "false");
        assert!(listed.all(&format!("{list}/member")).is_empty());
    }
    let unknown = "The user with name none cannot be found.";
    s.iam(action, &[("UserName", "none")]).await.refused("NoSuchEntity", unknown);
    permission(&s, action, &arn("user/bob"), &[("UserName", "bob")]).await;
    permission(&s, action, &arn("user/alice"), &[]).await;
    assert_eq!(s.last_record()["readOnly"], true);
}

/// An operation on a login profile, which nobody has. Only who may ask is told so, or who is no user.
async fn there_is_no_login_profile(action: &str) {
    let s = start().await;
    let (bob, none) = ([("UserName", "bob")], "Login Profile for User bob cannot be found.");
    s.iam(action, &bob).await.refused("NoSuchEntity", none);
    let unknown = "The user with name none cannot be found.";
    s.iam(action, &[("UserName", "none")]).await.refused("NoSuchEntity", unknown);
    s.iam(action, &[]).await.refused("ValidationError", "Must specify userName");
    let denied = format!("is not authorized to perform: iam:{action}");
    s.allow_alice(json!("iam:GetAccountSummary"), "*").await;
    s.query(&s.alice, "iam", action, &bob).await.refused("AccessDenied", &denied);
    s.allow_alice(json!(format!("iam:{action}")), &arn("user/alice")).await;
    s.query(&s.alice, "iam", action, &bob).await.refused("AccessDenied", &denied);
    s.query(&s.alice, "iam", action, &[]).await.refused("NoSuchEntity", "Login Profile for User alice");
    let record = s.last_record();
    assert_eq!(
        (&record["eventName"], &record["readOnly"]),
        (&json!(action), &json!(action.starts_with("Get")))
    );
    assert_eq!(record["errorCode"], "NoSuchEntity");
}
