//! DeletePolicy.

use crate::iam::permission::permission;
use crate::iam::policy::{lister, not_of_aws, unknown, version, with_policy};

const ACTION: &str = "DeletePolicy";

#[tokio::test]
async fn policy_in_use_stays() {
    let s = with_policy().await;
    let policy = lister();
    let delete = async || s.iam(ACTION, &[("PolicyArn", &policy)]).await;
    let attached = [("UserName", "alice"), ("PolicyArn", policy.as_str())];
    let in_use = "Cannot delete a policy attached to entities.";
    s.iam("AttachUserPolicy", &attached).await.ok();
    delete().await.refused("DeleteConflict", in_use);
    s.iam("DetachUserPolicy", &attached).await.ok();
    let boundary = [("UserName", "alice"), ("PermissionsBoundary", policy.as_str())];
    s.iam("PutUserPermissionsBoundary", &boundary).await.ok();
    delete().await.refused("DeleteConflict", in_use);
    s.iam("DeleteUserPermissionsBoundary", &boundary[..1]).await.ok();
    version(&s, "kms:ListKeys", true).await.ok();
    delete().await.refused("DeleteConflict", "This policy has more than one version.");
    s.iam("DeletePolicyVersion", &[("PolicyArn", &policy), ("VersionId", "v1")]).await.ok();
    delete().await.ok();
    delete().await.refused("NoSuchEntity", "was not found.");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    unknown(&s, ACTION, &[]).await;
    not_of_aws(&s, ACTION, &[]).await;
    permission(&s, ACTION, &policy, &[("PolicyArn", &policy)]).await;
}
