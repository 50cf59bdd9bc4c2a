//! UpdateAccessKey.

use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

#[tokio::test]
async fn inactive_key_signs_nothing_until_it_is_active_again() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    s.identity(&second).await.ok();
    let set = async |status: &str| {
        let params =
            [("UserName", "alice"), ("AccessKeyId", second.access_key_id.as_str()), ("Status", status)];
        s.iam("UpdateAccessKey", &params).await
    };
    set("Inactive").await.ok();
    s.identity(&second).await.refused("InvalidClientTokenId", "");
    s.identity(&s.alice).await.ok();
    set("Active").await.ok();
    s.identity(&second).await.ok();
    set("Expired").await.refused("InvalidInput", "Expired");
    set("Off").await.refused("ValidationError", "status");
}

#[tokio::test]
async fn secret_of_an_inactive_key_leaves_the_vault_at_once() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    let unwrapped = async || s.vault.health().await.unwrap().cached_keys;
    let before = unwrapped().await;
    s.identity(&second).await.ok();
    for (status, kept) in [("Active", before + 1), ("Inactive", before)] {
        let id = second.access_key_id.as_str();
        let params = [("UserName", "alice"), ("AccessKeyId", id), ("Status", status)];
        s.iam("UpdateAccessKey", &params).await.ok();
        assert_eq!(unwrapped().await, kept, "{status}");
    }
}

#[tokio::test]
async fn key_of_somebody_else_is_not_found() {
    let s = Scenario::start().await;
    let params = [("AccessKeyId", s.alice.access_key_id.as_str()), ("Status", "Inactive")];
    let unknown = format!("The Access Key with id {} cannot be found.", s.alice.access_key_id);
    s.iam("UpdateAccessKey", &params).await.refused("NoSuchEntity", &unknown);
}

#[tokio::test]
async fn needs_permission() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    let params =
        [("UserName", "alice"), ("AccessKeyId", second.access_key_id.as_str()), ("Status", "Inactive")];
    permission(&s, "UpdateAccessKey", &arn("user/alice"), &params).await;
}
