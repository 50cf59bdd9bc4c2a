//! The order of the checks (docs/order-of-checks.md): of several faults the caller sees the first.

use crate::answer::Answer;
use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, NO_KEY, REGION, Scenario, SignedRequest, key_arn, sign};
use serde_json::{Value, json};
use strongroom_types::{Clock, Timestamp};

fn set(request: &mut SignedRequest, name: &str, value: &str) {
    request.headers.retain(|(n, _)| n != name);
    request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
}

/// Repairs one fault after the other; each time the next one shows.
#[tokio::test]
async fn a_request_that_is_all_wrong_is_repaired_step_by_step_until_it_is_decoded() {
    let s = Scenario::start().await;
    s.root("ListKeys", json!({})).await.succeeded();
    s.disk.fail(true);
    s.root("ListKeys", json!({})).await.refused_with("KMSInternalException", "audit record");
    let mut wrong = s.signed(&s.root, "GenerateDataKey", b"no json");
    wrong.headers.retain(|(name, _)| name != "authorization");
    wrong.method = "GET".to_owned();
    set(&mut wrong, "content-type", "text/plain");

    let answer = s.send(&wrong).await; // A3
    assert_eq!((answer.status, answer.error), (403, Some("AccessDeniedException")));
    assert!(answer.text.contains("Unable to determine service/operation name to be authorized"));
    wrong.method = "POST".to_owned();
    let answer = s.send(&wrong).await; // A4
    assert_eq!((answer.status, answer.text.as_str()), (404, "<UnknownOperationException/>\n"));
    set(&mut wrong, "x-amz-target", "TrentService.Nothing");
    assert_eq!(s.send(&wrong).await.status, 403, "without a usable target as A3");
    set(&mut wrong, "content-type", "application/x-amz-json-1.1; charset=utf-8");
    s.send(&wrong).await.refused("UnknownOperationException", None); // A5
    set(&mut wrong, "x-amz-target", "TrentService.GenerateDataKey");
    s.send(&wrong).await.refused("MissingAuthenticationTokenException", "Missing Authentication Token"); // B2

    let mut stranger = s.root.clone();
    stranger.secret.replace_range(..1, if stranger.secret.starts_with('x') { "y" } else { "x" });
    let mut nobody = stranger.clone();
    nobody.access_key_id = "AKIAAAAAAAAAAAAAAAAA".to_owned();
    sign(&mut wrong, &nobody);
    s.send(&wrong).await.refused(
        "UnrecognizedClientException", // B11
        "The security token included in the request is invalid.",
    );
    sign(&mut wrong, &stranger);
    s.send(&wrong).await.refused_with("InvalidSignatureException", "does not match the signature"); // B12
    sign(&mut wrong, &s.root);
    s.send(&wrong).await.refused_with("KMSInternalException", "audit record"); // C1
    s.disk.fail(false);
    s.healed().await;
    s.send(&wrong).await.refused("SerializationException", None); // C3
}

#[tokio::test]
async fn what_is_asked_is_repaired_step_by_step_until_it_is_done() {
    let s = Scenario::start().await;
    let (hidden, key) = (s.key().await, s.key_for_alice("kms:GenerateDataKey").await);
    for key in [&hidden, &key] {
        s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    }
    s.stand.take_away(&s.vault).await.unwrap();
    let too_large = json!({ "k": "v".repeat(9_000) });
    let ask = |key: Value, size: Value, context: &Value, dry: bool| {
        let input = json!({
            "KeyId": key, "NumberOfBytes": size, "EncryptionContext": context, "DryRun": dry,
        });
        s.alice("GenerateDataKey", input)
    };
    // Signing keys come from the vault: the caller's must be there already.
    let keyring = s.service.keyring().unwrap();
    s.stand.connect(&s.vault, Some(&keyring)).await.unwrap();
    ask(json!(7), json!(0), &too_large, true).await.refused_with("SerializationException", "wrong type"); // C3
    s.stand.take_away(&s.vault).await.unwrap();

    ask(json!(""), json!(0), &too_large, true).await.refused_with(
        "ValidationException", // C4
        "2 validation errors detected: ",
    );
    ask(json!("nope"), Value::Null, &too_large, true).await.refused_with(
        "ValidationException", // C5
        "Please specify either number of bytes or key spec.",
    );
    let size = json!(32);
    ask(json!("nope"), size.clone(), &too_large, true)
        .await
        .refused_with("ValidationException", "8192 bytes"); // C8
    let none = json!({});
    let elsewhere = key_arn(NO_KEY).replace(REGION, "eu-west-1").replace(ACCOUNT, "999999999999");
    let steps = [
        ("nope".to_owned(), "NotFoundException", "Invalid keyId"), // D1
        (elsewhere.clone(), "NotFoundException", "Invalid arn eu-west-1"), // D2
        (elsewhere.replace("eu-west-1", REGION), "AccessDeniedException", "this resource"), // D3
        (NO_KEY.to_owned(), "NotFoundException", "does not exist"), // D4
        (hidden.arn, "AccessDeniedException", "no identity-based policy"), // D5
        (key.arn.clone(), "DisabledException", "is disabled"),     // D6
    ];
    for (key, name, part) in steps {
        ask(json!(key), size.clone(), &none, true).await.refused_with(name, part);
    }
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    let arn = json!(key.arn);
    ask(arn.clone(), size.clone(), &none, true).await.refused_with("DryRunOperationException", "would"); // F1
    ask(arn.clone(), size.clone(), &none, false)
        .await
        .refused_with("KeyUnavailableException", "Key material"); // F3
    s.stand.connect(&s.vault, Some(&keyring)).await.unwrap();
    ask(arn, size, &none, false).await.succeeded();
}

#[tokio::test]
async fn algorithm_is_looked_at_after_the_state_of_the_key() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input =
        json!({ "KeyId": key.id, "Plaintext": SECRET, "EncryptionAlgorithm": "SM2PKE", "DryRun": true });
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    s.root("Encrypt", input.clone()).await.refused_with("DisabledException", "is disabled");
    s.root("EnableKey", json!({ "KeyId": key.id })).await.empty();
    s.root("Encrypt", input).await.refused_with("InvalidKeyUsageException", "SM2PKE");
}

#[tokio::test]
async fn body_that_is_not_one_json_object() {
    let s = Scenario::start().await;
    let deep = format!("{{\"Tags\":{}{}}}", "[".repeat(20), "]".repeat(20));
    for body in ["", "[]", "7", "{", "{} {}", deep.as_str(), "\u{feff}{}"] {
        let received = s.signed(&s.root, "ListKeys", body.as_bytes());
        s.send(&received).await.refused("SerializationException", None);
    }
    let twice = s.signed(&s.root, "ListKeys", br#"{"Limit":1,"Limit":2}"#);
    assert_eq!(s.send(&twice).await.error, Some("SerializationException"));
    for body in ["{}", " { \"Unknown\": [1] } ", r#"{"Limit":null}"#] {
        let received = s.signed(&s.root, "ListKeys", body.as_bytes());
        s.send(&received).await.succeeded();
    }
}

/// Anything signed that is changed on the way, and time.
#[tokio::test]
async fn signature_covers_body_target_and_time() {
    let s = Scenario::start().await;
    let signed = || s.signed(&s.root, "DescribeKey", br#"{"KeyId":"alias/a"}"#);
    let mismatch = "The request signature we calculated does not match the signature you provided.";
    let mut changed = signed();
    changed.body = br#"{"KeyId":"alias/b"}"#.to_vec();
    s.send(&changed).await.refused_with("InvalidSignatureException", mismatch);
    let mut changed = signed();
    set(&mut changed, "x-amz-target", "TrentService.DisableKey");
    s.send(&changed).await.refused_with("InvalidSignatureException", mismatch);
    let (early, fresh) = (signed(), signed());
    s.clock().forward_ms(5 * 60_000);
    s.send(&fresh).await.refused_with("NotFoundException", "alias/a");
    s.clock().forward_ms(1_000);
    s.send(&early).await.refused_with("InvalidSignatureException", "Signature expired: ");
}

#[tokio::test]
async fn header_that_is_not_signed_and_forms_that_are_not_taken() {
    let s = Scenario::start().await;
    let mut unsigned = s.signed(&s.root, "ListKeys", b"{}");
    let target = unsigned.headers.iter().position(|(name, _)| name == "x-amz-target").unwrap();
    let target = unsigned.headers.remove(target);
    sign(&mut unsigned, &s.root);
    unsigned.headers.push(target); // B6
    s.send(&unsigned).await.refused(
        "InvalidSignatureException",
        "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
    );
    let mut token = s.signed(&s.root, "ListKeys", b"{}");
    set(&mut token, "x-amz-security-token", "token");
    sign(&mut token, &s.root);
    s.send(&token).await.refused_with("UnrecognizedClientException", "security token"); // B11
    let mut both = s.signed(&s.root, "ListKeys", b"{}");
    both.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
    s.send(&both).await.refused_with("InvalidSignatureException", "Found both 'X-Amz-Algorithm'"); // B1
    both.headers.retain(|(name, _)| name != "authorization");
    s.send(&both).await.refused_with(
        "IncompleteSignatureException",
        "AWS query-string parameters must include 'X-Amz-Credential'. ",
    );
    let early = s.signed(&s.root, "ListKeys", b"{}");
    let now = s.clock().now();
    s.clock().set(Timestamp::from_millis(now.millis() - 5 * 60_000 - 1_000));
    s.send(&early).await.refused_with("InvalidSignatureException", "Signature not yet current: "); // B8
    s.clock().set(now);
    s.send(&early).await.succeeded();
}

#[tokio::test]
async fn request_signed_for_another_service_or_with_another_form() {
    let s = Scenario::start().await;
    let mut other = s.root.clone();
    other.service = "iam";
    for (name, reads) in [("ListKeys", true), ("Sign", true), ("CreateKey", false), ("ReplicateKey", false)] {
        s.call(&other, name, json!({})).await.refused_with(
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'kms'.",
        );
        assert_eq!(s.last_record()["readOnly"], reads, "{name}");
    }
    other.service = "sts";
    let mut query = s.signed(&other, "ListKeys", b"Action=AssumeRoot&Version=2011-06-15");
    query.headers.retain(|(name, _)| name != "x-amz-target");
    set(&mut query, "content-type", "application/x-www-form-urlencoded");
    sign(&mut query, &other);
    let answer: Answer = s.send(&query).await;
    assert_eq!((answer.status, answer.error), (400, Some("InvalidAction")));
    assert!(answer.text.contains("AssumeRoot is not supported"), "{}", answer.text);
    assert_eq!(s.last_record()["eventName"], "AssumeRoot");
    query.body.push(b'x');
    let answer = s.send(&query).await;
    assert_eq!((answer.status, answer.error), (403, Some("SignatureDoesNotMatch")));
}

#[tokio::test]
async fn operation_of_the_model_that_is_not_built() {
    let s = Scenario::start().await;
    let calls = [("Sign", true), ("GenerateMac", true), ("ReplicateKey", false), ("GetPublicKey", true)];
    for (name, reads) in calls {
        let text = format!("{name} is not supported by this version of Strongroom.");
        s.root(name, json!({})).await.refused("UnsupportedOperationException", &*text);
        let record = s.last_record();
        assert_eq!(record["eventName"], name);
        assert_eq!(record["errorCode"], "UnsupportedOperationException");
        assert_eq!(record["readOnly"], reads, "{name}");
    }
}
