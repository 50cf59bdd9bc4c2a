//! SetDefaultPolicyVersion.

use crate::iam::permission::permission;
use crate::iam::policy::{lister, not_of_aws, unknown, version, with_policy};
use serde_json::json;

const ACTION: &str = "SetDefaultPolicyVersion";

#[tokio::test]
async fn version_is_in_force_at_once() {
    let s = with_policy().await;
    let policy = lister();
    s.iam("AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", &policy)]).await.ok();
    version(&s, "kms:ListAliases", false).await.ok();
    let set = async |id: &str| s.iam(ACTION, &[("PolicyArn", &policy), ("VersionId", id)]).await;
    set("v2").await.ok();
    s.alice("ListKeys", json!({})).await.refused_with("AccessDeniedException", "no identity-based policy");
    set("v1").await.ok();
    s.alice("ListKeys", json!({})).await.succeeded();
    set("v3").await.refused("NoSuchEntity", "version v3 does not exist or is not attachable.");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    let params = [("PolicyArn", policy.as_str()), ("VersionId", "v1")];
    permission(&s, ACTION, &policy, &params).await;
    unknown(&s, ACTION, &params[1..]).await;
    not_of_aws(&s, ACTION, &params[1..]).await;
}
