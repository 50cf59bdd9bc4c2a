//! ListPolicyTags.

use crate::iam::pages::pages;
use crate::iam::permission::permission;
use crate::iam::policy::{lister, unknown, with_policy};

const ACTION: &str = "ListPolicyTags";

#[tokio::test]
async fn tags_page_by_page() {
    let s = with_policy().await;
    let policy = lister();
    for key in ["b", "a", "c"] {
        let tags = [("PolicyArn", policy.as_str()), ("Tags.member.1.Key", key), ("Tags.member.1.Value", "")];
        s.iam("TagPolicy", &tags).await.ok();
    }
    assert_eq!(s.iam(ACTION, &[("PolicyArn", &policy)]).await.ok().all("Key"), ["a", "b", "c"]);
    pages(&s, ACTION, &[("PolicyArn", &policy)], "Tags/member", 3).await;
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    permission(&s, ACTION, &policy, &[("PolicyArn", &policy)]).await;
    unknown(&s, ACTION, &[]).await;
}
