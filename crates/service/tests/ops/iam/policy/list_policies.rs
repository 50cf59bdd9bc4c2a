//! ListPolicies.

use crate::iam::holder::MANAGED;
use crate::iam::pages::pages;
use crate::iam::permission::{allow, permission};
use crate::iam::policy::{lister, with_policy};
use serde_json::json;

#[tokio::test]
async fn filters_choose_policies() {
    let s = with_policy().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let other = [("PolicyName", "other"), ("PolicyDocument", document.as_str())];
    s.iam("CreatePolicy", &other).await.ok();
    let names = async |params: &[(&str, &str)]| s.iam("ListPolicies", params).await.ok().all("PolicyName");
    assert_eq!(names(&[("Scope", "Local")]).await, ["lister", "other"]);
    assert_eq!(names(&[("Scope", "AWS")]).await.len(), 4);
    assert_eq!(names(&[]).await.len(), 6);
    assert_eq!(names(&[("PathPrefix", "/team/")]).await, ["lister"]);
    let policy = lister();
    s.iam("AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", &policy)]).await.ok();
    let boundary = [("UserName", "alice"), ("PermissionsBoundary", MANAGED)];
    s.iam("PutUserPermissionsBoundary", &boundary).await.ok();
    assert_eq!(names(&[("OnlyAttached", "true")]).await, ["lister"]);
    assert_eq!(names(&[("PolicyUsageFilter", "PermissionsPolicy")]).await, ["lister"]);
    assert_eq!(names(&[("PolicyUsageFilter", "PermissionsBoundary")]).await, ["IAMReadOnlyAccess"]);
    s.iam("ListPolicies", &[("Scope", "Mine")]).await.refused("ValidationError", "'scope'");
    pages(&s, "ListPolicies", &[], "Policies/member", 6).await;
}

#[tokio::test]
async fn marker_continues_the_same_list_only() {
    let s = with_policy().await;
    let first = s.iam("ListPolicies", &[("MaxItems", "2")]).await.ok();
    let marker = first.get("Marker");
    let other = [("Marker", marker.as_str()), ("Scope", "AWS")];
    s.iam("ListPolicies", &other)
        .await
        .refused("ValidationError", "The marker is not valid for this request.");
    s.iam("ListPolicies", &other[..1]).await.ok();
}

#[tokio::test]
async fn permission_is_needed() {
    permission(&with_policy().await, "ListPolicies", "*", &[]).await;
}
