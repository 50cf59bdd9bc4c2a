//! GetPolicy.

use crate::iam::holder::MANAGED;
use crate::iam::permission::permission;
use crate::iam::policy::{lister, unknown, with_policy};

#[tokio::test]
async fn uses_are_counted() {
    let s = with_policy().await;
    for policy in [lister(), MANAGED.to_owned()] {
        s.iam("AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", &policy)]).await.ok();
        let boundary = [("UserName", "alice"), ("PermissionsBoundary", policy.as_str())];
        s.iam("PutUserPermissionsBoundary", &boundary).await.ok();
        let shown = s.iam("GetPolicy", &[("PolicyArn", &policy)]).await.ok();
        assert_eq!(shown.get("Arn"), policy);
        assert_eq!(shown.get("AttachmentCount"), "1");
        assert_eq!(shown.get("PermissionsBoundaryUsageCount"), "1");
    }
}

#[tokio::test]
async fn policy_of_aws_has_its_unique_id() {
    let s = with_policy().await;
    let shown = s.iam("GetPolicy", &[("PolicyArn", MANAGED)]).await.ok();
    assert_eq!(shown.get("PolicyId"), "ANPAJKSO7NDY4T57MWDSQ");
    assert_eq!(shown.get("PolicyName"), "IAMReadOnlyAccess");
    assert_eq!(shown.get("CreateDate"), "2015-02-06T18:39:46Z");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    permission(&s, "GetPolicy", &policy, &[("PolicyArn", &policy)]).await;
    unknown(&s, "GetPolicy", &[]).await;
}
