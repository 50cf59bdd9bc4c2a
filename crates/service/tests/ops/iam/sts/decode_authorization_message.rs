//! DecodeAuthorizationMessage: the request id of a denial, decoded for who may know it.

use super::{allow, document, let_alice, role, trust};
use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Caller, Scenario, caller, statement};
use serde_json::{Value, json};
use strongroom_service::RootCredentials;

const OPERATION: &str = "DecodeAuthorizationMessage";
const INVALID: &str = "InvalidAuthorizationMessageException";
const OTHER: &str = "210987654321";
const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

fn root_of(made: &RootCredentials) -> Caller {
    caller(format!("arn:aws:iam::{}:root", made.account), &made.access_key_id, made.secret.expose())
}

async fn decode(s: &Scenario, who: &Caller, id: &str) -> XmlAnswer {
    s.query(who, "sts", OPERATION, &[("EncodedMessage", id)]).await
}

async fn decoded(s: &Scenario, who: &Caller, id: &str) -> Value {
    serde_json::from_str(&decode(s, who, id).await.ok().get("DecodedMessage")).unwrap()
}

/// The id of a request that is denied.
async fn denied(s: &Scenario, who: &Caller, operation: &str, input: Value) -> String {
    let request = s.signed(who, operation, input.to_string().as_bytes());
    let answer = s.send(&request).await;
    assert_eq!(answer.error, Some("AccessDeniedException"), "{}", answer.text);
    request.request_id.to_string()
}

async fn denied_encrypt(s: &Scenario) -> (String, String) {
    let mut deny = statement("Deny", &s.alice.arn, "kms:Encrypt");
    deny["Sid"] = json!("NoSecretsOfAlice");
    deny["Condition"] = json!({ "StringEquals": { "kms:EncryptionContext:app": "x" } });
    let key = s.key_with(&[statement("Allow", &s.alice.arn, "kms:Encrypt"), deny]).await;
    let input = json!({ "KeyId": key.arn, "Plaintext": "AAAA", "EncryptionContext": { "app": "x" } });
    (denied(s, &s.alice, "Encrypt", input).await, key.arn)
}

#[tokio::test]
async fn message_has_the_members_of_aws_and_the_operators_explanation() {
    let s = Scenario::start().await;
    let (id, key) = denied_encrypt(&s).await;
    let message = decoded(&s, &s.root, &id.to_uppercase()).await;
    assert_eq!((&message["allowed"], &message["explicitDeny"]), (&json!(false), &json!(true)), "{message:#}");
    let matched = message["matchedStatements"]["items"].as_array().unwrap();
    let deny = matched.iter().find(|one| one["effect"] == "DENY").unwrap();
    assert_eq!(deny["statementId"], "NoSecretsOfAlice");
    let app = json!({ "key": "kms:EncryptionContext:app", "values": { "items": [{ "value": "x" }] } });
    assert_eq!(deny["conditions"], json!({ "items": [app] }));
    assert_eq!(message["failures"], json!({ "items": [] }));
    let context = &message["context"];
    assert_eq!((&context["action"], &context["resource"]), (&json!("kms:Encrypt"), &json!(key)));
    assert_eq!(
        (&context["principal"]["name"], &context["principal"]["arn"]),
        (&json!("alice"), &json!(s.alice.arn))
    );
    assert!(context["principal"]["id"].as_str().unwrap().starts_with("AIDA"));
    let conditions = context["conditions"]["items"].as_array().unwrap();
    assert!(conditions.contains(&app), "{conditions:#?}");
    let operator = s.service.explain_denial(&id, 0).await.unwrap();
    assert_eq!(message["explanation"], serde_json::to_value(operator).unwrap());
    assert!(!message["explanation"]["decisions"][0]["changes"].as_array().unwrap().is_empty());
    assert!(!message.to_string().contains("AAAA"), "no plaintext is kept");
}

#[tokio::test]
async fn permission_of_its_own_and_the_record_shows_the_id() {
    let s = Scenario::start().await;
    let (id, _) = denied_encrypt(&s).await;
    let text = format!("User: {} is not authorized to perform: sts:{OPERATION}", s.alice.arn);
    decode(&s, &s.alice, &id).await.refused("AccessDenied", &text);
    assert_eq!(s.last_record()["requestParameters"], json!({ "encodedMessage": id }));
    let_alice(&s, &allow("sts:DecodeAuthorizationMessage", "*")).await;
    assert_eq!(decoded(&s, &s.alice, &id).await["context"]["action"], "kms:Encrypt");
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["readOnly"]), (&json!(OPERATION), &json!(true)));
    assert_eq!(record["requestParameters"], json!({ "encodedMessage": id }));
    assert_eq!(record["responseElements"], json!({ "requestId": id }));
}

#[tokio::test]
async fn what_is_no_denial_is_no_message() {
    let s = Scenario::start().await;
    let allowed = s.signed(&s.root, "ListKeys", b"{}");
    s.send(&allowed).await.succeeded();
    let id = allowed.request_id.to_string();
    let longest = "x".repeat(10_240);
    for text in [UNKNOWN, &id, "x", "SRA1.AAAA", &id[1..], &longest] {
        decode(&s, &s.root, text).await.refused(INVALID, "Message is not valid");
    }
    let (id, _) = denied_encrypt(&s).await;
    assert_eq!(decoded(&s, &s.root, &id).await["allowed"], false, "the control");
}

/// Both sides have to be the account's own, and a denial of others looks like none at all.
#[tokio::test]
async fn accounts_learn_nothing_of_each_other() {
    let s = Scenario::start().await;
    let other = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    let key = s.key().await;
    let (ours, _) = denied_encrypt(&s).await;
    let theirs_on_ours = denied(&s, &other, "DescribeKey", json!({ "KeyId": key.arn })).await;
    let made = s.call(&other, "CreateKey", json!({})).await.ok();
    let theirs = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let ours_on_theirs = denied(&s, &s.root, "DescribeKey", json!({ "KeyId": theirs })).await;
    let nothing = format!("arn:aws:kms:us-east-1:{OTHER}:key/00000000-1111-2222-3333-444444444444");
    let ours_on_nothing = denied(&s, &s.root, "DescribeKey", json!({ "KeyId": nothing })).await;
    let answer = async |who: &Caller, id: &str| {
        let answer = decode(&s, who, id).await;
        (answer.status, answer.get("Error/Code"), answer.get("Error/Message"))
    };
    for (who, id) in [
        (&other, &ours),
        (&other, &theirs_on_ours),
        (&s.root, &theirs_on_ours),
        (&s.root, &ours_on_theirs),
        (&other, &ours_on_theirs),
        (&s.root, &ours_on_nothing),
    ] {
        let code = answer(who, id.as_str()).await;
        assert_eq!(code.1, INVALID);
        assert_eq!(code, answer(who, UNKNOWN).await, "like an id that nobody knows");
    }
    assert_eq!(decoded(&s, &s.root, &ours).await["allowed"], false, "the control");
    assert!(s.service.explain_denial(&theirs_on_ours, 0).await.is_ok(), "the operator may");
}

#[tokio::test]
async fn role_that_was_not_assumed_is_decoded_in_its_own_account_only() {
    let s = Scenario::start().await;
    let other = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    let own = role(&s, "r", &trust(&s.root.arn, &["sts:AssumeRole"])).await;
    let trusting = trust(&s.root.arn, &["sts:AssumeRole"]);
    let params = [("RoleName", "theirs"), ("AssumeRolePolicyDocument", trusting.as_str())];
    let theirs = s.query(&other, "iam", "CreateRole", &params).await.ok().get("Role/Arn");
    let missing = format!("arn:aws:iam::{ACCOUNT}:role/none");
    let mut ids = Vec::new();
    for arn in [&own, &theirs, &missing] {
        let params = [("RoleArn", arn.as_str()), ("RoleSessionName", "s1")];
        let request = s.signed_query(&s.alice, "sts", "AssumeRole", &params);
        assert_eq!(s.send(&request).await.error, Some("AccessDenied"));
        ids.push(request.request_id.to_string());
    }
    let message = decoded(&s, &s.root, &ids[0]).await;
    assert_eq!(message["context"]["resource"], json!(own));
    let changes = &message["explanation"]["decisions"][0]["changes"];
    assert_eq!(changes[0]["Add"]["action"], "sts:AssumeRole", "{changes:#}");
    for id in &ids[1..] {
        decode(&s, &s.root, id).await.refused(INVALID, "");
        decode(&s, &other, id).await.refused(INVALID, "");
    }
}

#[tokio::test]
async fn everybodys_managed_policy_is_no_other_accounts() {
    let s = Scenario::start().await;
    let params = [("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")];
    let request = s.signed_query(&s.alice, "iam", "GetPolicy", &params);
    assert_eq!(s.send(&request).await.error, Some("AccessDenied"));
    let message = decoded(&s, &s.root, &request.request_id.to_string()).await;
    assert_eq!(message["context"]["action"], "iam:GetPolicy");
    let denies = json!({ "Effect": "Deny", "Action": "iam:GetPolicy", "Resource": "*" });
    let_alice(&s, &document(&denies)).await;
    let request = s.signed_query(&s.alice, "iam", "GetPolicy", &params);
    s.send(&request).await;
    assert_eq!(decoded(&s, &s.root, &request.request_id.to_string()).await["explicitDeny"], true);
}
