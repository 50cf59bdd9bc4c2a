//! Who administers a key does not read what is under it, and who gives himself the right to is on the record
//! (threat T-30).

use crate::plaintext::SECRET;
use crate::scenario::{Caller, Key, Scenario, caller, policy};
use serde_json::{Value, json};

/// What AWS's console lets a key's administrators do, but for `kms:Create*`, which has CreateGrant in it.
const ADMINISTRATION: [&str; 14] = [
    "kms:Describe*",
    "kms:Enable*",
    "kms:List*",
    "kms:Put*",
    "kms:Update*",
    "kms:Revoke*",
    "kms:Disable*",
    "kms:Get*",
    "kms:Delete*",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:RotateKeyOnDemand",
];

/// What a key's users may do there, and the grants of its services.
const USE: [&str; 5] =
    ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant"];

fn lets(principal: &str, actions: &[&str]) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": actions, "Resource": "*" })
}

/// Another user of the account, whom nothing names yet.
async fn bob(s: &Scenario) -> Caller {
    let arn = s.iam("CreateUser", &[("UserName", "bob")]).await.ok().get("Arn");
    let made = s.iam("CreateAccessKey", &[("UserName", "bob")]).await.ok();
    caller(arn, &made.get("AccessKeyId"), made.get("SecretAccessKey").as_bytes())
}

/// Every use of a key: the operation, the action that is asked for, and the input.
fn uses(key: &Key, blob: &Value, grantee: &str) -> Vec<(&'static str, &'static str, Value)> {
    let grant = json!({ "KeyId": key.arn, "GranteePrincipal": grantee, "Operations": ["Decrypt"] });
    let data_key = json!({ "KeyId": key.arn, "KeySpec": "AES_256" });
    let re_encrypt = json!({ "CiphertextBlob": blob, "SourceKeyId": key.arn, "DestinationKeyId": key.arn });
    vec![
        ("Encrypt", "kms:Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })),
        ("Decrypt", "kms:Decrypt", json!({ "CiphertextBlob": blob, "KeyId": key.arn })),
        ("GenerateDataKey", "kms:GenerateDataKey", data_key.clone()),
        ("GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext", data_key),
        ("ReEncrypt", "kms:ReEncrypt", re_encrypt),
        ("CreateGrant", "kms:CreateGrant", grant),
    ]
}

#[tokio::test]
async fn t30_who_administers_a_key_cannot_use_it_and_who_uses_it_cannot_administer_it() {
    let s = Scenario::start().await;
    let bob = bob(&s).await;
    let key = s.key_with(&[lets(&s.alice.arn, &ADMINISTRATION), lets(&bob.arn, &USE)]).await;
    let blob = s.blob(&key, SECRET).await;
    for (operation, action, input) in uses(&key, &blob, &bob.arn) {
        let answer = s.alice(operation, input.clone()).await;
        assert!(!answer.text.contains(SECRET));
        answer.refused_with("AccessDeniedException", action);
        s.call(&bob, operation, input).await.succeeded();
    }
    let id = json!({ "KeyId": key.arn });
    for operation in ["GetKeyPolicy", "ListGrants", "EnableKeyRotation", "DisableKey", "EnableKey"] {
        s.alice(operation, id.clone()).await.succeeded();
        s.call(&bob, operation, id.clone()).await.refused_with("AccessDeniedException", operation);
    }
}

#[tokio::test]
async fn t30_administrator_who_lets_himself_read_is_on_the_record() {
    let s = Scenario::start().await;
    let key = s.key_with(&[lets(&s.alice.arn, &ADMINISTRATION)]).await;
    let blob = s.blob(&key, SECRET).await;
    let decrypt = || s.alice("Decrypt", json!({ "CiphertextBlob": blob, "KeyId": key.arn }));
    decrypt().await.refused_with("AccessDeniedException", "kms:Decrypt");
    let both = policy(&[lets(&s.alice.arn, &ADMINISTRATION), lets(&s.alice.arn, &["kms:Decrypt"])]);
    s.alice("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": both })).await.empty();
    let put = s.last_record();
    assert_eq!(decrypt().await.ok()["Plaintext"], SECRET);
    for (record, name) in [(put, "PutKeyPolicy"), (s.last_record(), "Decrypt")] {
        assert_eq!(record["eventName"], name);
        assert_eq!(record["userIdentity"]["arn"], s.alice.arn);
        assert_eq!(record["resources"][0]["ARN"], key.arn);
    }
}
