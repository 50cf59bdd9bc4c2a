//! CreateKey.

use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, Key, Scenario, policy, statement};
use serde_json::{Value, json};
use strongroom_types::Clock;

#[tokio::test]
async fn answer_is_the_metadata_of_a_usable_key() {
    let s = Scenario::start().await;
    let input = json!({
        "Description": "payroll", "Tags": [{ "TagKey": "team", "TagValue": "blue" }],
        "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": false,
    });
    let answer = s.root("CreateKey", input).await.ok();
    let metadata = &answer["KeyMetadata"];
    let id = metadata["KeyId"].as_str().unwrap();
    let material = metadata["CurrentKeyMaterialId"].as_str().unwrap();
    assert_eq!((id.len(), material.len()), (36, 64));
    assert_eq!(
        answer,
        json!({ "KeyMetadata": {
            "AWSAccountId": ACCOUNT, "KeyId": id, "Arn": crate::scenario::key_arn(id),
            "CreationDate": s.clock().now().millis() as f64 / 1_000.0, "Enabled": true, "Description": "payroll",
            "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT", "MultiRegion": false,
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "CurrentKeyMaterialId": material,
        } })
    );
    let key = Key { id: id.to_owned(), arn: crate::scenario::key_arn(id) };
    assert_eq!(s.metadata(&key).await, *metadata);
    s.blob(&key, SECRET).await;
    let tags = s.root("ListResourceTags", json!({ "KeyId": id })).await.ok();
    assert_eq!(tags["Tags"], json!([{ "TagKey": "team", "TagValue": "blue" }]));
}

#[tokio::test]
async fn every_member_may_be_absent_and_no_two_keys_are_the_same() {
    let s = Scenario::start().await;
    let (one, other) = (s.key().await, s.key().await);
    assert_ne!(one.id, other.id);
    let (one, other) = (s.metadata(&one).await, s.metadata(&other).await);
    assert_ne!(one["CurrentKeyMaterialId"], other["CurrentKeyMaterialId"]);
    assert_eq!(one["Description"], "");
}

#[tokio::test]
async fn user_is_denied_whatever_a_key_policy_says() {
    let s = Scenario::start().await;
    s.key_for_alice("kms:*").await;
    let text = format!(
        "User: {} is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows \
         the kms:CreateKey action",
        s.alice.arn
    );
    s.alice("CreateKey", json!({})).await.refused("AccessDeniedException", &*text);
    assert_eq!(s.root("ListKeys", json!({})).await.ok()["Keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_built_or_does_not_fit_is_refused() {
    let s = Scenario::start().await;
    let with = |input: Value| s.root("CreateKey", input);
    with(json!({ "KeySpec": "RSA_2048" })).await.refused(
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    );
    with(json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" }))
        .await
        .refused_with("UnsupportedOperationException", "KeySpec RSA_2048");
    with(json!({ "KeyUsage": "SIGN_VERIFY" })).await.refused(
        "ValidationException",
        "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT",
    );
    let both = json!({ "KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT" });
    with(both).await.refused_with("ValidationException", "CustomerMasterKeySpec is deprecated");
    with(json!({ "Origin": "EXTERNAL" })).await.refused_with("UnsupportedOperationException", "EXTERNAL");
    with(json!({ "MultiRegion": true })).await.refused_with("UnsupportedOperationException", "Multi-Region");
    with(json!({ "CustomKeyStoreId": "cks-1" })).await.refused("CustomKeyStoreNotFoundException", None);
    for mut input in [json!({}), json!({ "Origin": "AWS_KMS" }), json!({ "Origin": "AWS_CLOUDHSM" })] {
        input["XksKeyId"] = json!("x");
        with(input)
            .await
            .refused("ValidationException", "XksKeyId is valid with Origin EXTERNAL_KEY_STORE only.");
    }
    with(json!({ "Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "x" }))
        .await
        .refused_with("UnsupportedOperationException", "EXTERNAL_KEY_STORE");
    with(json!({ "KeySpec": "NOTHING" })).await.refused_with("ValidationException", "enum value set");
    with(json!({ "Description": "d".repeat(8_193) }))
        .await
        .refused_with("ValidationException", "less than or equal to 8192");
    assert_eq!(s.root("ListKeys", json!({})).await.ok()["Keys"], json!([]), "nothing was made");
    with(json!({ "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT" })).await.succeeded();
}

#[tokio::test]
async fn tags_that_are_refused() {
    let s = Scenario::start().await;
    let tag = |key: &str| json!({ "TagKey": key, "TagValue": "v" });
    let with = |tags: Vec<Value>| s.root("CreateKey", json!({ "Tags": tags }));
    with(vec![tag("a"), tag("a")]).await.refused("TagException", "Duplicate tag keys");
    with(vec![tag("AWS:a")]).await.refused("TagException", "Tags beginning with aws: are reserved");
    let many: Vec<_> = (0..51).map(|n| tag(&n.to_string())).collect();
    with(many).await.refused("TagException", "Too many tags");
}

#[tokio::test]
async fn policy_is_in_force_or_the_key_is_not_made() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:Encrypt").await;
    s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })).await.succeeded();
    let with = |policy: String| s.root("CreateKey", json!({ "Policy": policy }));
    with("{".to_owned()).await.refused("MalformedPolicyDocumentException", "Policy is not valid JSON.");
    let nobody = statement("Allow", &format!("arn:aws:iam::{ACCOUNT}:user/nobody"), "kms:*");
    with(policy(&[nobody])).await.refused(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    );
    let lockout =
        json!({ "Version": "2012-10-17", "Statement": [statement("Allow", &s.alice.arn, "kms:*")] });
    with(lockout.to_string()).await.refused(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    );
    with(policy(&[statement("Deny", "*", &format!("kms:{}", "x".repeat(32_768)))]))
        .await
        .refused_with("LimitExceededException", "32768 bytes");
    let input = json!({ "Policy": lockout.to_string(), "BypassPolicyLockoutSafetyCheck": true });
    s.root("CreateKey", input).await.succeeded();
}

#[tokio::test]
async fn vault_is_away() {
    let s = Scenario::start().await;
    s.key().await;
    s.stand.take_away(&s.vault).await.unwrap();
    s.root("CreateKey", json!({}))
        .await
        .refused_with("DependencyTimeoutException", "Key material cannot be used now");
}

#[tokio::test]
async fn record_has_the_metadata() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let lines = s.audit_lines();
    let [.., intent, event] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!((&intent["kind"], &event["kind"]), (&json!("intent"), &json!("event")));
    assert_eq!(intent["record"]["requestID"], event["record"]["requestID"]);
    let told = &event["record"]["responseElements"]["keyMetadata"];
    assert_eq!((&told["arn"], &told["keyId"]), (&json!(key.arn), &json!(key.id)));
    assert_eq!((&told["AWSAccountId"], &told["enabled"]), (&json!(ACCOUNT), &json!(true)));
    assert_eq!(told["creationDate"], "Jan 15, 2026, 12:00:00 PM");
    let members = told.as_object().unwrap().len();
    assert_eq!(members, s.metadata(&key).await.as_object().unwrap().len(), "{told}");
    assert_eq!(event["record"]["resources"][0]["ARN"], json!(key.arn));
    assert_eq!(event["record"]["readOnly"], false);
    let revision = s.revision().await;
    s.disk.fail(true);
    s.root("CreateKey", json!({})).await.refused_with("KMSInternalException", "audit record");
    assert_eq!(s.revision().await, revision, "nothing is changed without a record");
}
