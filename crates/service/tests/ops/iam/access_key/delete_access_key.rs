//! DeleteAccessKey.

use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

#[tokio::test]
async fn deleted_key_signs_nothing() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    s.identity(&second).await.ok();
    let params = [("UserName", "alice"), ("AccessKeyId", second.access_key_id.as_str())];
    s.iam("DeleteAccessKey", &params).await.ok();
    s.identity(&second).await.refused("InvalidClientTokenId", "");
    s.identity(&s.alice).await.ok();
    let unknown = format!("The Access Key with id {} cannot be found.", second.access_key_id);
    s.iam("DeleteAccessKey", &params).await.refused("NoSuchEntity", &unknown);
}

#[tokio::test]
async fn secret_of_a_deleted_key_leaves_the_vault_at_once() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    let unwrapped = async || s.vault.health().await.unwrap().cached_keys;
    let before = unwrapped().await;
    s.identity(&second).await.ok();
    assert_eq!(unwrapped().await, before + 1, "the control: a secret that is used is kept");
    let params = [("UserName", "alice"), ("AccessKeyId", second.access_key_id.as_str())];
    s.iam("DeleteAccessKey", &params).await.ok();
    assert_eq!(unwrapped().await, before);
}

#[tokio::test]
async fn needs_permission() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    let params = [("UserName", "alice"), ("AccessKeyId", second.access_key_id.as_str())];
    permission(&s, "DeleteAccessKey", &arn("user/alice"), &params).await;
}
