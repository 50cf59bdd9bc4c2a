//! CreatePolicyVersion.

use crate::iam::permission::{allow, permission};
use crate::iam::policy::{lister, not_of_aws, unknown, version, with_policy};
use serde_json::json;

const ACTION: &str = "CreatePolicyVersion";

#[tokio::test]
async fn version_that_is_set_as_default_is_in_force_at_once() {
    let s = with_policy().await;
    let policy = lister();
    s.iam("AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", &policy)]).await.ok();
    s.alice("ListKeys", json!({})).await.succeeded();
    let made = version(&s, "kms:ListAliases", false).await.ok();
    let seen = (made.get("VersionId"), made.get("IsDefaultVersion"));
    assert_eq!(seen, ("v2".to_owned(), "false".to_owned()));
    s.alice("ListKeys", json!({})).await.succeeded();
    let made = version(&s, "kms:ListAliases", true).await.ok();
    assert_eq!(made.get("IsDefaultVersion"), "true");
    s.alice("ListKeys", json!({})).await.refused_with("AccessDeniedException", "no identity-based policy");
    s.alice("ListAliases", json!({})).await.succeeded();
    let s = s.restart().await;
    s.alice("ListAliases", json!({})).await.succeeded();
}

#[tokio::test]
async fn versions_are_five_at_most_and_numbers_are_not_used_again() {
    let s = with_policy().await;
    for _ in 2..=5 {
        version(&s, "kms:ListKeys", false).await.ok();
    }
    let full = "A managed policy can have up to 5 versions.";
    version(&s, "kms:ListKeys", false).await.refused("LimitExceeded", full);
    let policy = lister();
    s.iam("DeletePolicyVersion", &[("PolicyArn", &policy), ("VersionId", "v5")]).await.ok();
    assert_eq!(version(&s, "kms:ListKeys", false).await.ok().get("VersionId"), "v6");
}

#[tokio::test]
async fn document_is_checked() {
    let s = with_policy().await;
    let policy = lister();
    let create =
        async |document: &str| s.iam(ACTION, &[("PolicyArn", &policy), ("PolicyDocument", document)]).await;
    create("[]").await.refused("MalformedPolicyDocument", "Policy is not valid JSON.");
    let long = allow(json!("kms:ListKeys"), &format!("arn:{}", "k".repeat(6_144)));
    create(&long).await.refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let policy = lister();
    let params = [("PolicyArn", policy.as_str()), ("PolicyDocument", document.as_str())];
    permission(&s, ACTION, &policy, &params).await;
    unknown(&s, ACTION, &params[1..]).await;
    not_of_aws(&s, ACTION, &params[1..]).await;
}
