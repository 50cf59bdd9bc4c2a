//! Delegation within a boundary: who may make users and roles, but none that may do more than the boundary allows; and
//! the other condition keys of IAM, where they exist.

use crate::iam::holder::{MANAGED as LIMIT, OTHER_MANAGED as ADMINISTRATOR};
use crate::iam::permission::arn;
use crate::iam::role::{create, trust};
use crate::query_answer::XmlAnswer;
use crate::scenario::Scenario;
use serde_json::{Value, json};

/// The managed policy that may be attached.
const ATTACHABLE: &str = "arn:aws:iam::aws:policy/IAMFullAccess";

/// A statement on everything.
fn statement(effect: &str, actions: &[&str], condition: Value) -> Value {
    json!({ "Effect": effect, "Action": actions, "Resource": "*", "Condition": condition })
}

/// Alice may what these statements say.
async fn alice_may(s: &Scenario, statements: &[Value]) {
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let params = [("UserName", "alice"), ("PolicyName", "delegated"), ("PolicyDocument", document.as_str())];
    s.iam("PutUserPolicy", &params).await.ok();
}

async fn alice(s: &Scenario, action: &str, params: &[(&str, &str)]) -> XmlAnswer {
    s.query(&s.alice, "iam", action, params).await
}

/// Alice is denied this action.
async fn denied(s: &Scenario, action: &str, params: &[(&str, &str)]) {
    let text = format!("is not authorized to perform: iam:{action}");
    alice(s, action, params).await.refused("AccessDenied", &text);
}

/// Everything under one condition key, with the value that the limit is.
fn within_limit(actions: &[&str]) -> Value {
    statement("Allow", actions, json!({ "StringEquals": { "iam:PermissionsBoundary": LIMIT } }))
}

#[tokio::test]
async fn principals_are_made_with_the_boundary_only() {
    let s = Scenario::start().await;
    alice_may(&s, &[within_limit(&["iam:CreateUser", "iam:CreateRole"])]).await;
    let trust = trust();
    for (action, fixed) in [
        ("CreateUser", vec![("UserName", "made")]),
        ("CreateRole", vec![("RoleName", "made"), ("AssumeRolePolicyDocument", trust.as_str())]),
    ] {
        let with = |boundary| [fixed.clone(), vec![("PermissionsBoundary", boundary)]].concat();
        denied(&s, action, &fixed).await;
        denied(&s, action, &with(ADMINISTRATOR)).await;
        alice(&s, action, &with(LIMIT)).await.ok();
    }
}

#[tokio::test]
async fn tags_of_who_is_made_are_not_under_the_key_of_boundaries() {
    let s = Scenario::start().await;
    let tagged = [
        ("UserName", "made"),
        ("PermissionsBoundary", LIMIT),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    alice_may(&s, &[within_limit(&["iam:CreateUser", "iam:TagUser"])]).await;
    let text = "is not authorized to perform: iam:TagUser";
    alice(&s, "CreateUser", &tagged).await.refused("AccessDenied", text);
    alice_may(&s, &[within_limit(&["iam:CreateUser"]), statement("Allow", &["iam:TagUser"], json!({}))])
        .await;
    alice(&s, "CreateUser", &tagged).await.ok();
}

/// A service with a user and a role under the limit, and a user and a role without a boundary.
async fn limited_and_free() -> Scenario {
    let s = Scenario::start().await;
    for name in ["limited", "free"] {
        s.iam("CreateUser", &[("UserName", name)]).await.ok();
        create(&s, name).await;
    }
    for (action, name) in
        [("PutUserPermissionsBoundary", "UserName"), ("PutRolePermissionsBoundary", "RoleName")]
    {
        s.iam(action, &[(name, "limited"), ("PermissionsBoundary", LIMIT)]).await.ok();
    }
    s
}

#[tokio::test]
async fn policies_of_who_has_the_boundary_are_changed_and_no_others() {
    let s = limited_and_free().await;
    let document =
        json!({ "Version": "2012-10-17", "Statement": [statement("Allow", &["kms:ListKeys"], json!({}))] });
    let document = document.to_string();
    for (kind, name) in [("User", "UserName"), ("Role", "RoleName")] {
        let attached = ("PolicyArn", ATTACHABLE);
        let inline = ("PolicyName", "p");
        for (verb, more) in [
            ("Attach", vec![attached]),
            ("Detach", vec![attached]),
            ("Put", vec![inline, ("PolicyDocument", document.as_str())]),
            ("Delete", vec![inline]),
        ] {
            let action = format!("{verb}{kind}Policy");
            let of = |who| [vec![(name, who)], more.clone()].concat();
            alice_may(&s, &[within_limit(&[&format!("iam:{action}")])]).await;
            denied(&s, &action, &of("free")).await;
            denied(&s, &action, &of("nobody")).await;
            alice(&s, &action, &of("limited")).await.ok();
        }
    }
}

#[tokio::test]
async fn boundary_is_put_by_what_is_asked_for_and_deleted_by_what_is_there() {
    let s = limited_and_free().await;
    for (kind, name) in [("User", "UserName"), ("Role", "RoleName")] {
        let (put, delete) =
            (format!("Put{kind}PermissionsBoundary"), format!("Delete{kind}PermissionsBoundary"));
        let with = |who, boundary| [(name, who), ("PermissionsBoundary", boundary)];
        alice_may(&s, &[within_limit(&[&format!("iam:{put}")])]).await;
        denied(&s, &put, &with("limited", ADMINISTRATOR)).await;
        alice(&s, &put, &with("free", LIMIT)).await.ok();
        s.iam(&put, &with("free", ADMINISTRATOR)).await.ok();
        alice_may(&s, &[within_limit(&[&format!("iam:{delete}")])]).await;
        denied(&s, &delete, &[(name, "free")]).await;
        alice(&s, &delete, &[(name, "limited")]).await.ok();
        denied(&s, &delete, &[(name, "limited")]).await;
    }
}

#[tokio::test]
async fn deny_of_a_policy_by_its_arn_applies_to_users_groups_and_roles() {
    let s = limited_and_free().await;
    s.iam("CreateGroup", &[("GroupName", "limited")]).await.ok();
    for (kind, name) in [("User", "UserName"), ("Group", "GroupName"), ("Role", "RoleName")] {
        for verb in ["Attach", "Detach"] {
            let action = format!("{verb}{kind}Policy");
            let named = format!("iam:{action}");
            let with = |policy| [(name, "limited"), ("PolicyArn", policy)];
            let allow = statement("Allow", &[&named], json!({}));
            let arns = json!({ "ArnEquals": { "iam:PolicyARN": ADMINISTRATOR } });
            alice_may(&s, &[allow.clone(), statement("Deny", &[&named], arns)]).await;
            let text = "with an explicit deny";
            alice(&s, &action, &with(ADMINISTRATOR)).await.refused("AccessDenied", text);
            alice(&s, &action, &with(ATTACHABLE)).await.ok();
            // Without the Deny it is allowed.
            alice_may(&s, &[allow]).await;
            alice(&s, &action, &with(ADMINISTRATOR)).await.ok();
        }
    }
}

#[tokio::test]
async fn tags_by_the_name_of_iam_are_those_of_users_and_roles_only() {
    let s = limited_and_free().await;
    let document =
        json!({ "Version": "2012-10-17", "Statement": [statement("Allow", &["kms:ListKeys"], json!({}))] });
    let document = document.to_string();
    s.iam("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", document.as_str())]).await.ok();
    let policy = arn("policy/p");
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    for (kind, name, who) in [
        ("User", "UserName", "limited"),
        ("Role", "RoleName", "limited"),
        ("Policy", "PolicyArn", policy.as_str()),
    ] {
        let params = [vec![(name, who)], tag.to_vec()].concat();
        s.iam(&format!("Tag{kind}"), &params).await.ok();
    }
    let get = ["iam:GetUser", "iam:GetRole", "iam:GetPolicy"];
    for (key, of_policies) in [("iam:ResourceTag/team", false), ("aws:ResourceTag/team", true)] {
        alice_may(&s, &[statement("Allow", &get, json!({ "StringEquals": { key: "red" } }))]).await;
        for (action, name) in [("GetUser", "UserName"), ("GetRole", "RoleName")] {
            denied(&s, action, &[(name, "free")]).await;
            alice(&s, action, &[(name, "limited")]).await.ok();
        }
        let got = alice(&s, "GetPolicy", &[("PolicyArn", &policy)]).await;
        assert_eq!(got.status == 200, of_policies, "{key}: {}", got.text);
    }
}

#[tokio::test]
async fn key_without_a_source_is_missing_in_allow_and_deny() {
    let s = limited_and_free().await;
    let condition = json!({ "StringEquals": { "iam:PassedToService": "ec2.amazonaws.com" } });
    alice_may(&s, &[statement("Allow", &["iam:GetUser"], condition.clone())]).await;
    denied(&s, "GetUser", &[("UserName", "free")]).await;
    let allow = statement("Allow", &["iam:GetUser"], json!({}));
    alice_may(&s, &[allow, statement("Deny", &["iam:GetUser"], condition)]).await;
    alice(&s, "GetUser", &[("UserName", "free")]).await.ok();
}
