//! SimulatePrincipalPolicy.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, arn, permission};
use crate::iam::role;
use crate::iam::simulation::{decision, document, key, statement};
use crate::query_answer::XmlAnswer;
use crate::scenario::Scenario;
use serde_json::json;

async fn simulated(s: &Scenario, holder: &str, action: &str, params: &[(&str, &str)]) -> XmlAnswer {
    let mut all = vec![("PolicySourceArn", holder), ("ActionNames.member.1", action)];
    all.extend_from_slice(params);
    s.iam("SimulatePrincipalPolicy", &all).await
}

#[tokio::test]
async fn policies_of_a_user_of_its_groups_and_of_the_request() {
    let s = Scenario::start().await;
    let alice = s.alice.arn.clone();
    assert_eq!(decision(simulated(&s, &alice, "kms:Encrypt", &[]).await), "implicitDeny");
    s.allow_alice(json!("kms:Encrypt"), "*").await;
    let answer = simulated(&s, &alice, "kms:Encrypt", &[]).await.ok();
    assert_eq!(answer.get("EvalDecision"), "allowed");
    assert_eq!(answer.get("SourcePolicyId"), "allowed");
    assert_eq!(answer.get("SourcePolicyType"), "user");
    s.iam("CreateGroup", &[("GroupName", "devs")]).await.ok();
    s.iam("AddUserToGroup", &[("UserName", "alice"), ("GroupName", "devs")]).await.ok();
    let deny = document(&[statement("Deny", "kms:Encrypt")]);
    let params = [("GroupName", "devs"), ("PolicyName", "allowed"), ("PolicyDocument", deny.as_str())];
    s.iam("PutGroupPolicy", &params).await.ok();
    let answer = simulated(&s, &alice, "kms:Encrypt", &[]).await.ok();
    assert_eq!(answer.get("EvalDecision"), "explicitDeny");
    assert_eq!(answer.all("SourcePolicyType"), ["group"], "two policies of one name are told apart");
    let group = arn("group/devs");
    assert_eq!(decision(simulated(&s, &group, "kms:Encrypt", &[]).await), "explicitDeny");
    let more = document(&[statement("Allow", "kms:Decrypt")]);
    let added = [("PolicyInputList.member.1", more.as_str())];
    let answer = simulated(&s, &group, "kms:Decrypt", &added).await.ok();
    assert_eq!(
        (answer.get("EvalDecision"), answer.get("SourcePolicyId")),
        ("allowed".into(), "PolicyInputList.1".into())
    );
}

#[tokio::test]
async fn answer_is_the_one_that_a_request_gets_of_identity_policies() {
    let s = Scenario::start().await;
    let alice = s.alice.arn.clone();
    for (actions, wanted) in [(json!("iam:ListUsers"), "allowed"), (json!("iam:ListRoles"), "implicitDeny")] {
        s.allow_alice(actions, "*").await;
        assert_eq!(decision(simulated(&s, &alice, "iam:ListUsers", &[]).await), wanted);
        let asked = s.query(&s.alice, "iam", "ListUsers", &[]).await;
        assert_eq!(asked.status == 200, wanted == "allowed", "{}", asked.text);
    }
}

#[tokio::test]
async fn managed_policies_and_boundaries() {
    let s = Scenario::start().await;
    let alice = s.alice.arn.clone();
    s.iam("AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", MANAGED)]).await.ok();
    let answer = simulated(&s, &alice, "iam:ListUsers", &[]).await.ok();
    assert_eq!(
        (answer.get("EvalDecision"), answer.get("SourcePolicyType")),
        ("allowed".into(), "aws-managed".into())
    );
    assert!(answer.all("PermissionsBoundaryDecisionDetail").is_empty());
    let document = allow(json!("kms:ListKeys"), "*");
    s.iam("CreatePolicy", &[("PolicyName", "edge"), ("PolicyDocument", &document)]).await.ok();
    let edge = arn("policy/edge");
    let params = [("UserName", "alice"), ("PermissionsBoundary", edge.as_str())];
    s.iam("PutUserPermissionsBoundary", &params).await.ok();
    let answer = simulated(&s, &alice, "iam:ListUsers", &[]).await.ok();
    assert_eq!(answer.get("EvalDecision"), "implicitDeny");
    assert_eq!(answer.get("AllowedByPermissionsBoundary"), "false");
    let wide = allow(json!("*"), "*");
    let instead = [("PermissionsBoundaryPolicyInputList.member.1", wide.as_str())];
    let answer = simulated(&s, &alice, "iam:ListUsers", &instead).await.ok();
    assert_eq!(answer.get("EvalDecision"), "allowed");
}

#[tokio::test]
async fn role_is_asked_in_a_session_with_its_tags() {
    let s = Scenario::start().await;
    role::create(&s, "reader").await;
    let tags = [("RoleName", "reader"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "a")];
    s.iam("TagRole", &tags).await.ok();
    let mut allowing = statement("Allow", "kms:Decrypt");
    allowing["Condition"] = json!({
        "StringEquals": { "aws:PrincipalTag/team": "a" },
        "ArnEquals": { "aws:PrincipalArn": arn("role/reader") },
    });
    let policy = document(&[allowing]);
    let params = [("RoleName", "reader"), ("PolicyName", "p"), ("PolicyDocument", policy.as_str())];
    s.iam("PutRolePolicy", &params).await.ok();
    let key = key();
    let on_key = [("ResourceArns.member.1", key.as_str())];
    let reader = arn("role/reader");
    assert_eq!(decision(simulated(&s, &reader, "kms:Decrypt", &on_key).await), "allowed");
    let as_alice = [on_key[0], ("CallerArn", s.alice.arn.as_str())];
    assert_eq!(decision(simulated(&s, &reader, "kms:Decrypt", &as_alice).await), "implicitDeny");
}

#[tokio::test]
async fn holder_has_to_be_there_and_of_the_account() {
    let s = Scenario::start().await;
    for none in
        [arn("user/none"), arn("group/none"), arn("role/none"), "arn:aws:iam::210987654321:user/x".into()]
    {
        simulated(&s, &none, "kms:Encrypt", &[]).await.refused("NoSuchEntity", &none);
    }
    for wrong in ["arn:aws:sts::111122223333:assumed-role/r/s", "not-an-arn-but-long-enough"] {
        simulated(&s, wrong, "kms:Encrypt", &[]).await.refused("InvalidInput", "user, group or role");
    }
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let alice = s.alice.arn.clone();
    let params = [("PolicySourceArn", alice.as_str()), ("ActionNames.member.1", "kms:Encrypt")];
    permission(&s, "SimulatePrincipalPolicy", &alice, &params).await;
}
