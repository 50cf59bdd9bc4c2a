//! DeletePolicyVersion.

use crate::iam::permission::permission;
use crate::iam::policy::{lister, not_of_aws, unknown, version, with_policy};

const ACTION: &str = "DeletePolicyVersion";

#[tokio::test]
async fn version_in_force_stays() {
    let s = with_policy().await;
    version(&s, "kms:ListAliases", false).await.ok();
    let policy = lister();
    let delete = async |id: &str| s.iam(ACTION, &[("PolicyArn", &policy), ("VersionId", id)]).await;
    delete("v1").await.refused("DeleteConflict", "Cannot delete the default version of a policy.");
    delete("v2").await.ok();
    for gone in ["v2", "v3", "v99999999999"] {
        let text = format!("Policy {policy} version {gone} does not exist or is not attachable.");
        delete(gone).await.refused("NoSuchEntity", &text);
    }
    delete("2").await.refused("ValidationError", "'versionId'");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    version(&s, "kms:ListAliases", false).await.ok();
    let policy = lister();
    let params = [("PolicyArn", policy.as_str()), ("VersionId", "v2")];
    unknown(&s, ACTION, &params[1..]).await;
    not_of_aws(&s, ACTION, &params[1..]).await;
    permission(&s, ACTION, &policy, &params).await;
}
