//! CreateRole.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{arn, permission};
use crate::iam::role::{create, trust, trusting};
use crate::query_answer::document;
use crate::scenario::Scenario;
use serde_json::json;

const TAGGED: [(&str, &str); 2] = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];

#[tokio::test]
async fn role_is_made_as_it_was_asked_for() {
    let s = Scenario::start().await;
    let trust = trust();
    let mut params = vec![
        ("RoleName", "reader"),
        ("AssumeRolePolicyDocument", trust.as_str()),
        ("Path", "/team/"),
        ("Description", "reads"),
        ("MaxSessionDuration", "43200"),
        ("PermissionsBoundary", MANAGED),
    ];
    params.extend_from_slice(&TAGGED);
    let made = s.iam("CreateRole", &params).await.ok();
    assert_eq!(made.get("Role/Arn"), arn("role/team/reader"));
    assert!(made.get("Role/RoleId").starts_with("AROA"));
    assert_eq!(document(&made.get("Role/AssumeRolePolicyDocument")), trust);
    let shown = s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    for (name, value) in [
        ("Path", "/team/"),
        ("Description", "reads"),
        ("MaxSessionDuration", "43200"),
        ("PermissionsBoundaryArn", MANAGED),
        ("Tags/member/Value", "red"),
    ] {
        assert_eq!(shown.get(name), value);
    }
    assert_eq!(s.last_record()["eventSource"], "iam.amazonaws.com");
}

#[tokio::test]
async fn role_has_one_hour_and_the_root_path_by_default() {
    let s = Scenario::start().await;
    let made = create(&s, "reader").await;
    assert_eq!((made.get("MaxSessionDuration"), made.get("Path")), ("3600".to_owned(), "/".to_owned()));
}

#[tokio::test]
async fn name_is_taken_whatever_its_case() {
    let s = Scenario::start().await;
    create(&s, "reader").await;
    let trust = trust();
    let params = [("RoleName", "READER"), ("AssumeRolePolicyDocument", trust.as_str())];
    let taken = "Role with name READER already exists.";
    s.iam("CreateRole", &params).await.refused("EntityAlreadyExists", taken);
}

#[tokio::test]
async fn trust_policy_is_checked() {
    let s = Scenario::start().await;
    let create = async |trust: &str| {
        s.iam("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", trust)]).await
    };
    let with_resource = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole", "Resource": "*"
    }] });
    for bad in ["{", "[]", &trusting(&arn("user/nobody")), &with_resource.to_string()] {
        create(bad).await.refused("MalformedPolicyDocument", "");
    }
    let long = trusting(&arn("root"))
        .replace("\"Version\"", &format!("\"Id\":\"{}\",\"Version\"", "i".repeat(2_048)));
    create(&long).await.refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048");
    let spaced = trust().replace('[', &format!("[{}", " ".repeat(2_048)));
    create(&spaced).await.ok();
}

#[tokio::test]
async fn other_parameters_are_checked() {
    let s = Scenario::start().await;
    let trust = trust();
    let with = async |name: &'static str, value: &'static str| {
        let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", trust.as_str()), (name, value)];
        s.iam("CreateRole", &params).await
    };
    with("MaxSessionDuration", "3599").await.refused("ValidationError", "'maxSessionDuration'");
    with("MaxSessionDuration", "43201").await.refused("ValidationError", "'maxSessionDuration'");
    with("Path", "team").await.refused("ValidationError", "'path'");
    let unknown = "Scope ARN: arn:aws:iam::aws:policy/None does not exist or is not attachable.";
    with("PermissionsBoundary", "arn:aws:iam::aws:policy/None").await.refused("NoSuchEntity", unknown);
    s.iam("GetRole", &[("RoleName", "r")])
        .await
        .refused("NoSuchEntity", "The role with name r cannot be found.");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let trust = trust();
    let params = [("RoleName", "new"), ("AssumeRolePolicyDocument", trust.as_str())];
    permission(&s, "CreateRole", &arn("role/new"), &params).await;
}

#[tokio::test]
async fn tags_need_their_own_permission() {
    let s = Scenario::start().await;
    let trust = trust();
    let mut params = vec![("RoleName", "new"), ("AssumeRolePolicyDocument", trust.as_str())];
    params.extend_from_slice(&TAGGED);
    s.allow_alice(json!("iam:CreateRole"), "*").await;
    let denied = "is not authorized to perform: iam:TagRole";
    s.query(&s.alice, "iam", "CreateRole", &params).await.refused("AccessDenied", denied);
    s.allow_alice(json!(["iam:CreateRole", "iam:TagRole"]), "*").await;
    s.query(&s.alice, "iam", "CreateRole", &params).await.ok();
}
