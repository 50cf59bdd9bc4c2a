//! CreatePolicy.

use crate::iam::permission::{allow, arn, permission};
use crate::iam::policy::{lister, with_policy};
use crate::scenario::Scenario;
use serde_json::json;

const TAGGED: [(&str, &str); 2] = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];

#[tokio::test]
async fn policy_is_made_as_it_was_asked_for() {
    let s = Scenario::start().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let mut params = vec![
        ("PolicyName", "lister"),
        ("Path", "/team/"),
        ("Description", "lists"),
        ("PolicyDocument", document.as_str()),
    ];
    params.extend_from_slice(&TAGGED);
    let made = s.iam("CreatePolicy", &params).await.ok();
    assert!(made.get("Policy/PolicyId").starts_with("ANPA"));
    assert_eq!(s.last_record()["responseElements"]["policy"]["arn"], lister());
    for (name, value) in [
        ("Arn", lister().as_str()),
        ("DefaultVersionId", "v1"),
        ("AttachmentCount", "0"),
        ("PermissionsBoundaryUsageCount", "0"),
        ("IsAttachable", "true"),
        ("Path", "/team/"),
        ("Tags/member/Value", "red"),
    ] {
        assert_eq!(made.get(name), value, "{name}");
    }
    let policy = lister();
    let shown = s.iam("GetPolicy", &[("PolicyArn", &policy)]).await.ok();
    assert_eq!(shown.get("Description"), "lists");
}

#[tokio::test]
async fn name_is_taken_whatever_its_path_and_case() {
    let s = with_policy().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let params = [("PolicyName", "LISTER"), ("PolicyDocument", document.as_str())];
    let taken = "A policy called LISTER already exists.";
    s.iam("CreatePolicy", &params).await.refused("EntityAlreadyExists", taken);
}

#[tokio::test]
async fn document_is_checked() {
    let s = Scenario::start().await;
    let create = async |document: &str| {
        s.iam("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", document)]).await
    };
    let with_principal = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    for bad in ["{", "[]", r#"{"Version":"2012-10-17"}"#, with_principal] {
        create(bad).await.refused("MalformedPolicyDocument", "");
    }
    let room = 6_144 - allow(json!("kms:ListKeys"), "arn:").len();
    let long = |room: usize| allow(json!("kms:ListKeys"), &format!("arn:{}", "k".repeat(room)));
    let quota = "Cannot exceed quota for PolicySize: 6144";
    create(&long(room + 1)).await.refused("LimitExceeded", quota);
    create(&format!("{}{}", " ".repeat(500), long(room))).await.ok();
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let params = [("PolicyName", "new"), ("PolicyDocument", document.as_str())];
    permission(&s, "CreatePolicy", &arn("policy/new"), &params).await;
}

#[tokio::test]
async fn tags_need_their_own_permission() {
    let s = Scenario::start().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let mut params = vec![("PolicyName", "new"), ("PolicyDocument", document.as_str())];
    params.extend_from_slice(&TAGGED);
    s.allow_alice(json!("iam:CreatePolicy"), "*").await;
    let denied = "is not authorized to perform: iam:TagPolicy";
    s.query(&s.alice, "iam", "CreatePolicy", &params).await.refused("AccessDenied", denied);
    s.allow_alice(json!(["iam:CreatePolicy", "iam:TagPolicy"]), "*").await;
    s.query(&s.alice, "iam", "CreatePolicy", &params).await.ok();
}
