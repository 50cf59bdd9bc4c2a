//! GetPolicyVersion.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, permission};
use crate::iam::policy::{lister, unknown, version, with_policy};
use crate::query_answer::document;
use serde_json::json;

const ACTION: &str = "GetPolicyVersion";

#[tokio::test]
async fn version_is_shown_as_it_was_put() {
    let s = with_policy().await;
    version(&s, "kms:ListAliases", false).await.ok();
    let policy = lister();
    let get = async |arn: &str, id: &str| s.iam(ACTION, &[("PolicyArn", arn), ("VersionId", id)]).await;
    for (id, action, in_force) in [("v1", "kms:ListKeys", "true"), ("v2", "kms:ListAliases", "false")] {
        let shown = get(&policy, id).await.ok();
        assert_eq!(document(&shown.get("Document")), allow(json!(action), "*"));
        assert_eq!((shown.get("VersionId").as_str(), shown.get("IsDefaultVersion").as_str()), (id, in_force));
    }
    let of_aws = get(MANAGED, "v1").await.ok();
    assert!(document(&of_aws.get("Document")).contains("iam:Get*"));
    get(MANAGED, "v2").await.refused("NoSuchEntity", "version v2 does not exist or is not attachable.");
    get(&policy, "v3").await.refused("NoSuchEntity", "version v3 does not exist or is not attachable.");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    let params = [("PolicyArn", policy.as_str()), ("VersionId", "v1")];
    permission(&s, ACTION, &policy, &params).await;
    unknown(&s, ACTION, &params[1..]).await;
}
