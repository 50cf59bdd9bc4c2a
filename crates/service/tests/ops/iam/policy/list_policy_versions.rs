//! ListPolicyVersions.

use crate::iam::pages::pages;
use crate::iam::permission::permission;
use crate::iam::policy::{lister, unknown, version, with_policy};

const ACTION: &str = "ListPolicyVersions";

#[tokio::test]
async fn newest_version_is_first() {
    let s = with_policy().await;
    for in_force in [false, true] {
        version(&s, "kms:ListAliases", in_force).await.ok();
    }
    let policy = lister();
    let listed = s.iam(ACTION, &[("PolicyArn", &policy)]).await.ok();
    assert_eq!(listed.all("VersionId"), ["v3", "v2", "v1"]);
    assert_eq!(listed.all("IsDefaultVersion"), ["true", "false", "false"]);
    assert!(listed.all("Document").is_empty());
    pages(&s, ACTION, &[("PolicyArn", &policy)], "Versions/member", 3).await;
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    permission(&s, ACTION, &policy, &[("PolicyArn", &policy)]).await;
    unknown(&s, ACTION, &[]).await;
}
