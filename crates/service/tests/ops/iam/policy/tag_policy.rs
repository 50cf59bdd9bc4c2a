//! TagPolicy.

use crate::iam::permission::permission;
use crate::iam::policy::{lister, not_of_aws, unknown, with_policy};

const ACTION: &str = "TagPolicy";

#[tokio::test]
async fn tags_are_added_and_replaced_whatever_their_case() {
    let s = with_policy().await;
    let policy = lister();
    let tag = async |key: &str, value: &str| {
        let params = [("PolicyArn", &*policy), ("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
        s.iam(ACTION, &params).await
    };
    tag("team", "red").await.ok();
    tag("Team", "blue").await.ok();
    let listed = s.iam("ListPolicyTags", &[("PolicyArn", &policy)]).await.ok();
    assert_eq!((listed.all("Key"), listed.get("Value")), (vec!["Team".to_owned()], "blue".to_owned()));
    tag("aws:x", "").await.refused("InvalidInput", "System tags");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    let params =
        [("PolicyArn", policy.as_str()), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    permission(&s, ACTION, &policy, &params).await;
    unknown(&s, ACTION, &params[1..]).await;
    not_of_aws(&s, ACTION, &params[1..]).await;
}
