//! ListEntitiesForPolicy.

use crate::iam::pages::pages;
use crate::iam::permission::permission;
use crate::iam::policy::{lister, unknown, with_policy};
use crate::iam::role;

const ACTION: &str = "ListEntitiesForPolicy";

#[tokio::test]
async fn everybody_who_uses_it_is_listed() {
    let s = with_policy().await;
    let policy = lister();
    let attached = ("PolicyArn", policy.as_str());
    role::create(&s, "reader").await;
    s.iam("CreateGroup", &[("GroupName", "devs")]).await.ok();
    s.iam("CreateUser", &[("UserName", "bob"), ("Path", "/team/")]).await.ok();
    s.iam("AttachRolePolicy", &[("RoleName", "reader"), attached]).await.ok();
    s.iam("AttachGroupPolicy", &[("GroupName", "devs"), attached]).await.ok();
    s.iam("AttachUserPolicy", &[("UserName", "alice"), attached]).await.ok();
    let boundary = [("UserName", "bob"), ("PermissionsBoundary", policy.as_str())];
    s.iam("PutUserPermissionsBoundary", &boundary).await.ok();
    let list = async |filter: &[(&str, &str)]| {
        let mut params = vec![attached];
        params.extend_from_slice(filter);
        let listed = s.iam(ACTION, &params).await.ok();
        let names = ["GroupName", "RoleName", "UserName"].map(|name| listed.all(name));
        names.concat().join(" ")
    };
    assert_eq!(list(&[]).await, "devs reader alice bob");
    assert_eq!(list(&[("EntityFilter", "Role")]).await, "reader");
    assert_eq!(list(&[("EntityFilter", "AWSManagedPolicy")]).await, "");
    assert_eq!(list(&[("PolicyUsageFilter", "PermissionsPolicy")]).await, "devs reader alice");
    assert_eq!(list(&[("PolicyUsageFilter", "PermissionsBoundary")]).await, "bob");
    assert_eq!(list(&[("PathPrefix", "/team/")]).await, "bob");
    let first = s.iam(ACTION, &[attached, ("MaxItems", "2")]).await.ok();
    let marker = first.get("Marker");
    let rest = s.iam(ACTION, &[attached, ("Marker", &marker)]).await.ok();
    assert!(rest.all("GroupName").is_empty() && rest.all("RoleName").is_empty());
    assert_eq!(rest.all("UserName"), ["alice", "bob"]);
    pages(&s, ACTION, &[attached, ("EntityFilter", "User")], "PolicyUsers/member", 2).await;
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let policy = lister();
    permission(&s, ACTION, &policy, &[("PolicyArn", &policy)]).await;
    unknown(&s, ACTION, &[]).await;
}
