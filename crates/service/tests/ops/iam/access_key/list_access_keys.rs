//! ListAccessKeys.

use crate::iam::pages::pages;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

#[tokio::test]
async fn keys_with_their_states_and_no_secrets() {
    let s = Scenario::start().await;
    let second = s.second_key_of_alice().await;
    let params =
        [("UserName", "alice"), ("AccessKeyId", second.access_key_id.as_str()), ("Status", "Inactive")];
    s.iam("UpdateAccessKey", &params).await.ok();
    let listed = s.iam("ListAccessKeys", &[("UserName", "alice")]).await.ok();
    let mut ids = vec![s.alice.access_key_id.clone(), second.access_key_id.clone()];
    ids.sort();
    assert_eq!(listed.all("AccessKeyId"), ids);
    let mut states = listed.all("Status");
    states.sort();
    assert_eq!(states, ["Active", "Inactive"]);
    assert!(listed.all("SecretAccessKey").is_empty());
    pages(&s, "ListAccessKeys", &[("UserName", "alice")], "AccessKeyMetadata/member", 2).await;
    assert_eq!(
        s.iam("ListAccessKeys", &[]).await.ok().all("AccessKeyId"),
        std::slice::from_ref(&s.root.access_key_id)
    );
}

#[tokio::test]
async fn needs_permission() {
    permission(&Scenario::start().await, "ListAccessKeys", &arn("user/alice"), &[]).await;
}
