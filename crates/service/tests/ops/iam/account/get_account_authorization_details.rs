//! GetAccountAuthorizationDetails.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, permission};
use crate::iam::policy::{lister, with_policy};
use crate::iam::role;
use crate::query_answer::document;
use serde_json::json;

const ACTION: &str = "GetAccountAuthorizationDetails";

#[tokio::test]
async fn principals_and_policies_with_all_their_documents() {
    let s = with_policy().await;
    role::create(&s, "reader").await;
    s.iam("CreateGroup", &[("GroupName", "devs")]).await.ok();
    s.iam("AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", MANAGED)]).await.ok();
    s.iam("AddUserToGroup", &[("UserName", "alice"), ("GroupName", "devs")]).await.ok();
    let inline = allow(json!("kms:ListKeys"), "*");
    let params = [("RoleName", "reader"), ("PolicyName", "p"), ("PolicyDocument", inline.as_str())];
    s.iam("PutRolePolicy", &params).await.ok();
    let details = s.iam(ACTION, &[]).await.ok();
    assert_eq!(details.get("UserDetailList/member/UserName"), "alice");
    assert_eq!(details.get("UserDetailList/member/GroupList/member"), "devs");
    assert_eq!(details.get("UserDetailList/member/AttachedManagedPolicies/member/PolicyArn"), MANAGED);
    assert_eq!(details.get("GroupDetailList/member/GroupName"), "devs");
    let shown = details.get("RoleDetailList/member/RolePolicyList/member/PolicyDocument");
    assert_eq!(document(&shown), inline);
    let trust = details.get("RoleDetailList/member/AssumeRolePolicyDocument");
    assert_eq!(document(&trust), role::trust());
    assert_eq!(details.get("Policies/member/Arn"), lister());
    let version = details.get("Policies/member/PolicyVersionList/member/Document");
    assert_eq!(document(&version), inline);
}

#[tokio::test]
async fn filter_and_pages() {
    let s = with_policy().await;
    role::create(&s, "reader").await;
    let filter = [("Filter.member.1", "Role"), ("Filter.member.2", "LocalManagedPolicy")];
    let only = s.iam(ACTION, &filter).await.ok();
    assert!(only.all("UserName").is_empty());
    assert_eq!((only.get("RoleName"), only.all("PolicyId").len()), ("reader".to_owned(), 1));
    let first = s.iam(ACTION, &[filter[0], filter[1], ("MaxItems", "1")]).await.ok();
    assert_eq!((first.get("RoleName"), first.get("IsTruncated")), ("reader".to_owned(), "true".to_owned()));
    let marker = first.get("Marker");
    let second = s.iam(ACTION, &[filter[0], filter[1], ("Marker", &marker)]).await.ok();
    assert!(second.all("RoleName").is_empty());
    assert_eq!(second.get("Policies/member/Arn"), lister());
    s.iam(ACTION, &[("Marker", &marker)]).await.refused("ValidationError", "The marker is not valid");
}

#[tokio::test]
async fn permission_is_needed() {
    permission(&with_policy().await, ACTION, "*", &[]).await;
}
