//! UntagPolicy.

use crate::iam::permission::permission;
use crate::iam::policy::{lister, not_of_aws, unknown, with_policy};

const ACTION: &str = "UntagPolicy";

#[tokio::test]
async fn tags_are_taken_away_whatever_their_case() {
    let s = with_policy().await;
    let policy = lister();
    let tags =
        [("PolicyArn", policy.as_str()), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    s.iam("TagPolicy", &tags).await.ok();
    let params = [("PolicyArn", policy.as_str()), ("TagKeys.member.1", "TEAM"), ("TagKeys.member.2", "none")];
    unknown(&s, ACTION, &params[1..]).await;
    not_of_aws(&s, ACTION, &params[1..]).await;
    permission(&s, ACTION, &policy, &params).await;
    let listed = s.iam("ListPolicyTags", &[("PolicyArn", &policy)]).await.ok();
    assert!(listed.all("Key").is_empty());
}
