//! Operations of STS, and what their tests share: roles, policies, and callers with temporary credentials.

mod assume_role;
pub(crate) mod assume_role_with_web_identity;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;

use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Caller, Scenario};
use serde_json::{Value, json};

/// A policy document.
fn document(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// An identity policy of one statement.
fn allow(action: &str, resource: &str) -> String {
    document(&json!({ "Effect": "Allow", "Action": action, "Resource": resource }))
}

/// Gives alice a policy, in place of the one she had.
async fn let_alice(s: &Scenario, document: &str) {
    let params = [("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", document)];
    s.iam("PutUserPolicy", &params).await.ok();
}

/// A trust policy that lets a principal do these things.
fn trust(principal: &str, actions: &[&str]) -> String {
    document(&json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": actions }))
}

/// Makes a role; its ARN.
async fn role(s: &Scenario, name: &str, trust: &str) -> String {
    let params = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
    s.iam("CreateRole", &params).await.ok().get("Role/Arn")
}

/// A role that alice may assume and whose sessions may do one thing.
async fn role_of_alice(s: &Scenario, name: &str, action: &str) -> String {
    let arn =
        role(s, name, &trust(&s.alice.arn, &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]))
            .await;
    let document = allow(action, "*");
    let params = [("RoleName", name), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
    s.iam("PutRolePolicy", &params).await.ok();
    arn
}

/// What a caller is answered who assumes a role as session `s1`.
async fn assume(s: &Scenario, caller: &Caller, role: &str, more: &[(&str, &str)]) -> XmlAnswer {
    let mut params = vec![("RoleArn", role), ("RoleSessionName", "s1")];
    params.extend_from_slice(more);
    s.query(caller, "sts", "AssumeRole", &params).await
}

/// The caller that an answer's credentials make.
fn caller_of(answer: &XmlAnswer, arn: &str) -> Caller {
    answer.credentials(arn)
}

/// A session of a role.
async fn session(s: &Scenario, caller: &Caller, role: &str, more: &[(&str, &str)]) -> Caller {
    let answer = assume(s, caller, role, more).await.ok();
    caller_of(&answer, &answer.get("AssumedRoleUser/Arn"))
}

/// Who a caller is to the service.
async fn identity(s: &Scenario, caller: &Caller) -> (String, String) {
    let answer = s.query(caller, "sts", "GetCallerIdentity", &[]).await.ok();
    assert_eq!(answer.get("Account"), ACCOUNT);
    (answer.get("Arn"), answer.get("UserId"))
}
