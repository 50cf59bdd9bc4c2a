//! CreateGrant.

use super::{encrypt, grant, listed, made, user, wanted};
use crate::answer::Answer;
use crate::plaintext::SECRET;
use crate::rows::Operation;
use crate::scenario::{ACCOUNT, Caller, Key, Scenario, caller, policy, sign, statement};
use serde_json::{Value, json};

/// A service, and what a deputy of that name would call for.
const SERVICE: &str = "sns.us-east-1.amazonaws.com";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:topic";

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| wanted(s, key, &["Encrypt"], json!({}));
    Operation::new("CreateGrant", prepare)
}

#[tokio::test]
async fn identifiers() {
    operation().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    operation().authorization().await;
}

#[tokio::test]
async fn key_states() {
    operation().when_disabled("DisabledException").await;
    operation().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn vault_is_away() {
    operation().without_vault("DependencyTimeoutException").await;
}

#[tokio::test]
async fn record_has_the_grant_and_never_its_token() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let parent = grant(&s, &key, &["Encrypt"], json!({ "Name": "n" })).await;
    let record = s.last_record();
    assert_eq!(record["responseElements"], json!({ "grantId": parent.id, "keyId": key.arn }));
    assert_eq!(record["requestParameters"]["granteePrincipal"], s.alice.arn);
    assert_eq!(record["requestParameters"]["name"], "n");
    grant(&s, &key, &["Encrypt"], json!({ "GrantTokens": [parent.token] })).await;
    assert!(!s.disk.text().contains(&parent.token));
}

#[tokio::test]
async fn grantee_uses_the_key_as_the_grant_says_and_not_otherwise() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let bob = user(&s, "bob").await;
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with("AccessDeniedException", "not authorized");
    grant(&s, &key, &["Encrypt", "DescribeKey"], json!({})).await;
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    s.alice("DescribeKey", json!({ "KeyId": key.arn })).await.succeeded();
    let denied = "AccessDeniedException";
    encrypt(&s, &bob, &key, json!({})).await.refused_with(denied, "not authorized");
    encrypt(&s, &s.alice, &other, json!({})).await.refused_with(denied, "not authorized");
    s.alice("GenerateDataKey", json!({ "KeyId": key.arn, "KeySpec": "AES_256" }))
        .await
        .refused_with(denied, "kms:GenerateDataKey");
    let deny = policy(&[statement("Deny", &s.alice.arn, "kms:Encrypt")]);
    s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": deny })).await.empty();
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with(denied, "explicit deny");
}

#[tokio::test]
async fn grant_to_the_account_needs_an_identity_policy_beside_it() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    grant(&s, &key, &["Encrypt"], json!({ "GranteePrincipal": account })).await;
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with("AccessDeniedException", "not authorized");
}

#[tokio::test]
async fn constraints_are_held_against_the_encryption_context() {
    let s = Scenario::start().await;
    let (equals, subset) = (s.key().await, s.key().await);
    let constraint = |kind: &str| json!({ "Constraints": { kind: { "tenant": "one" } } });
    grant(&s, &equals, &["Encrypt", "Decrypt"], constraint("EncryptionContextEquals")).await;
    grant(&s, &subset, &["Encrypt", "DescribeKey"], constraint("EncryptionContextSubset")).await;
    let (right, more) = (json!({ "tenant": "one" }), json!({ "tenant": "one", "file": "a" }));
    encrypt(&s, &s.alice, &equals, right.clone()).await.succeeded();
    encrypt(&s, &s.alice, &subset, right.clone()).await.succeeded();
    encrypt(&s, &s.alice, &subset, more.clone()).await.succeeded();
    let denied = "AccessDeniedException";
    encrypt(&s, &s.alice, &equals, more).await.refused_with(denied, "not authorized");
    for wrong in
        [json!({}), json!({ "tenant": "two" }), json!({ "Tenant": "one" }), json!({ "tenant": "One" })]
    {
        for key in [&equals, &subset] {
            encrypt(&s, &s.alice, key, wrong.clone()).await.refused_with(denied, "not authorized");
        }
    }
    s.alice("DescribeKey", json!({ "KeyId": subset.arn })).await.succeeded();
    let blob = encrypt(&s, &s.alice, &equals, right.clone()).await.ok()["CiphertextBlob"].take();
    let decrypt =
        |context: Value| s.alice("Decrypt", json!({ "CiphertextBlob": blob, "EncryptionContext": context }));
    assert_eq!(decrypt(right).await.ok()["Plaintext"], SECRET);
    decrypt(json!({})).await.refused_with("AccessDeniedException", "The ciphertext refers to");
}

/// What alice is answered who says, under her signature, that a service calls for her.
async fn encrypt_as_if_for_a_service(s: &Scenario, key: &Key) -> Answer {
    let input = json!({ "KeyId": key.arn, "Plaintext": SECRET }).to_string();
    let mut request = s.signed(&s.alice, "Encrypt", input.as_bytes());
    for (name, value) in [
        ("x-amz-source-arn", TOPIC),
        ("x-amz-source-account", ACCOUNT),
        ("x-amz-via-service", SERVICE),
        ("x-amz-called-via", SERVICE),
    ] {
        request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }
    sign(&mut request, &s.alice);
    s.send(&request).await
}

/// Threat T-08: what only a service may say of a caller is not taken from a request.
#[tokio::test]
async fn source_arn_is_no_callers_to_name() {
    let s = Scenario::start().await;
    let key = s.key().await;
    grant(&s, &key, &["Encrypt"], json!({ "Constraints": { "SourceArn": TOPIC } })).await;
    let denied = "AccessDeniedException";
    encrypt(&s, &s.alice, &key, json!({})).await.refused_with(denied, "not authorized");
    encrypt_as_if_for_a_service(&s, &key).await.refused_with(denied, "not authorized");
    for condition in [
        json!({ "ArnEquals": { "aws:SourceArn": TOPIC } }),
        json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } }),
        json!({ "StringEquals": { "kms:ViaService": SERVICE } }),
        json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": SERVICE } }),
        json!({ "Bool": { "aws:ViaAWSService": "true" } }),
    ] {
        let mut allow = statement("Allow", &s.alice.arn, "kms:Encrypt");
        allow["Condition"] = condition;
        let key = s.key_with(&[allow]).await;
        encrypt_as_if_for_a_service(&s, &key).await.refused_with(denied, "not authorized");
    }
    // The control: it is not for its headers that the request is refused.
    grant(&s, &key, &["Encrypt"], json!({})).await;
    encrypt_as_if_for_a_service(&s, &key).await.succeeded();
}

/// Threat T-17: authority under a grant never exceeds it.
#[tokio::test]
async fn no_widening_through_a_grant_made_under_a_grant() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let bob = user(&s, "bob").await;
    let parent = json!({ "Constraints": { "EncryptionContextSubset": { "tenant": "one" } } });
    let parent = grant(&s, &key, &["Encrypt", "CreateGrant"], parent).await;
    let child = |operations: &[&str], constraints: Value| {
        let more = json!({ "GranteePrincipal": bob.arn, "Constraints": constraints });
        s.alice("CreateGrant", wanted(&s, &key, operations, more))
    };
    let subset = |pairs: Value| json!({ "EncryptionContextSubset": pairs });
    let equals = |pairs: Value| json!({ "EncryptionContextEquals": pairs });
    for (operations, constraints) in [
        (&["Encrypt"][..], json!({})),
        (&["Encrypt"][..], subset(json!({}))),
        (&["Encrypt"][..], subset(json!({ "tenant": "two" }))),
        (&["Encrypt"][..], subset(json!({ "file": "a" }))),
        (&["Encrypt"][..], equals(json!({}))),
        (&["Encrypt"][..], equals(json!({ "Tenant": "one" }))),
        (&["Decrypt"][..], subset(json!({ "tenant": "one" }))),
        (&["Encrypt", "Decrypt"][..], subset(json!({ "tenant": "one" }))),
        (&["Encrypt", "RetireGrant"][..], subset(json!({ "tenant": "one" }))),
    ] {
        let refused = child(operations, constraints.clone()).await;
        assert_eq!(refused.error, Some("AccessDeniedException"), "{operations:?} {constraints}");
    }
    child(&["Encrypt"], subset(json!({ "tenant": "one", "file": "a" }))).await.succeeded();
    child(&["CreateGrant"], equals(json!({ "tenant": "one" }))).await.succeeded();
    encrypt(&s, &bob, &key, json!({ "tenant": "one", "file": "a" })).await.succeeded();
    encrypt(&s, &bob, &key, json!({ "tenant": "one" })).await.refused_with("AccessDeniedException", "not");
    // Who may by policy is not held to the grant: the positive control.
    let allow = policy(&[statement("Allow", &s.alice.arn, "kms:CreateGrant")]);
    s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": allow })).await.empty();
    child(&["Decrypt"], json!({})).await.succeeded();
    // Without the parent nothing is made under it.
    s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": policy(&[]) })).await.empty();
    s.root("RevokeGrant", json!({ "KeyId": key.arn, "GrantId": parent.id })).await.empty();
    let refused = child(&["Encrypt"], subset(json!({ "tenant": "one" }))).await;
    refused.refused_with("AccessDeniedException", "kms:CreateGrant");
}

#[tokio::test]
async fn condition_keys_of_the_grant_are_read() {
    let s = Scenario::start().await;
    let bob = user(&s, "bob").await;
    let allowed_if = async |condition: Value| {
        let mut allow = statement("Allow", &s.alice.arn, "kms:CreateGrant");
        allow["Condition"] = condition;
        s.key_with(&[allow]).await
    };
    let ask = async |key: &Key, more: Value| {
        let mut input = wanted(&s, key, &["Encrypt", "Decrypt"], json!({ "GranteePrincipal": bob.arn }));
        for (member, value) in more.as_object().unwrap() {
            input[member] = value.clone();
        }
        s.alice("CreateGrant", input).await
    };
    let equals = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let listed = json!({ "ForAllValues:StringEquals": { "kms:GrantOperations": ["Encrypt", "Decrypt"] } });
    let constraint =
        |value: &str| json!({ "Constraints": { "EncryptionContextEquals": { "tenant": value } } });
    let cases = [
        (listed, json!({}), json!({ "Operations": ["Encrypt", "DescribeKey"] })),
        (equals("kms:GranteePrincipal", &bob.arn), json!({}), json!({ "GranteePrincipal": s.alice.arn })),
        (equals("kms:RetiringPrincipal", &bob.arn), json!({ "RetiringPrincipal": bob.arn }), json!({})),
        (equals("kms:GrantConstraintType", "EncryptionContextEquals"), constraint("one"), json!({})),
        (equals("kms:EncryptionContext:tenant", "one"), constraint("one"), constraint("two")),
        (json!({ "Bool": { "kms:GrantIsForAWSResource": "false" } }), json!({}), Value::Null),
        (json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } }), Value::Null, json!({})),
    ];
    for (condition, right, wrong) in cases {
        let key = allowed_if(condition.clone()).await;
        if right.is_object() {
            ask(&key, right).await.succeeded();
        }
        if wrong.is_object() {
            let refused = ask(&key, wrong).await;
            assert_eq!(refused.error, Some("AccessDeniedException"), "{condition}");
        }
    }
}

#[tokio::test]
async fn same_name_and_same_grant_give_the_same_id_and_another_token() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let ask = |more: Value| grant(&s, &key, &["Encrypt"], more);
    let named = json!({ "Name": "once", "Constraints": { "EncryptionContextEquals": { "a": "b" } } });
    let (first, revision) = (ask(named.clone()).await, s.revision().await);
    let second = ask(named.clone()).await;
    assert_eq!(first.id, second.id);
    assert_ne!(first.token, second.token);
    assert_eq!(s.revision().await, revision, "nothing is written twice");
    let mut other = named.clone();
    other["Constraints"]["EncryptionContextEquals"]["a"] = json!("c");
    assert_ne!(ask(other).await.id, first.id);
    assert_ne!(ask(json!({})).await.id, ask(json!({})).await.id, "without a name");
    s.root("RevokeGrant", json!({ "KeyId": key.arn, "GrantId": first.id })).await.empty();
    assert_ne!(ask(named).await.id, first.id, "what was revoked is not found again");
}

#[tokio::test]
async fn calls_of_one_name_at_once_make_one_grant() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let ask = || grant(&s, &key, &["Encrypt"], json!({ "Name": "once" }));
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    assert!([&b, &c, &d].iter().all(|grant| grant.id == a.id));
    assert_eq!(listed(&s, json!({ "KeyId": key.arn })).await.len(), 1);
}

#[tokio::test]
async fn principals_that_are_none() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let ask = |more: Value| s.root("CreateGrant", wanted(&s, &key, &["Encrypt"], more));
    let nobody = format!("arn:aws:iam::{ACCOUNT}:user/nobody");
    for bad in [nobody.as_str(), "arn:aws:iam::999999999999:root"] {
        let text = format!("ARN does not refer to a valid principal: {bad}");
        ask(json!({ "GranteePrincipal": bad })).await.refused("InvalidArnException", &*text);
        ask(json!({ "RetiringPrincipal": bad })).await.refused("InvalidArnException", &*text);
    }
    for bad in ["s3.amazonaws.com", ACCOUNT, "alice", "arn:aws:iam::111122223333:group/g"] {
        let text = format!("Invalid arn {bad}");
        ask(json!({ "GranteePrincipal": bad })).await.refused("InvalidArnException", &*text);
    }
    ask(json!({ "GranteePrincipal": "*" })).await.refused_with("ValidationException", "'granteePrincipal'");
    // Who may not create grants does not learn who exists.
    let input = wanted(&s, &key, &["Encrypt"], json!({ "GranteePrincipal": nobody }));
    s.alice("CreateGrant", input).await.refused_with("AccessDeniedException", "kms:CreateGrant");
}

#[tokio::test]
async fn service_principals_need_a_source_and_somebody_who_retires() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let ask = |more: Value| {
        let mut input = json!({
            "KeyId": key.arn, "Operations": ["Encrypt"], "GranteeServicePrincipal": "logs.us-east-1.amazonaws.com",
        });
        for (member, value) in more.as_object().unwrap() {
            input[member] = value.clone();
        }
        s.root("CreateGrant", input)
    };
    let source = json!({ "SourceArn": "arn:aws:sns:us-east-1:111122223333:topic" });
    let text = "A grant for a service principal must have a SourceArn constraint and a retiring principal.";
    ask(json!({ "Constraints": source })).await.refused("ValidationException", text);
    ask(json!({ "RetiringPrincipal": s.alice.arn })).await.refused("ValidationException", text);
    let both = json!({ "GranteePrincipal": s.alice.arn });
    ask(both).await.refused_with("ValidationException", "cannot both be specified");
    let whole = json!({ "Constraints": source, "RetiringServicePrincipal": "logs.us-east-1.amazonaws.com" });
    let made = made(ask(whole).await);
    let shown = listed(&s, json!({ "KeyId": key.arn, "GrantId": made.id })).await.remove(0);
    assert_eq!(shown["GranteeServicePrincipal"], "logs.us-east-1.amazonaws.com");
    assert_eq!(shown["RetiringServicePrincipal"], "logs.us-east-1.amazonaws.com");
    assert_eq!((&shown["GranteePrincipal"], &shown["RetiringPrincipal"]), (&Value::Null, &Value::Null));
    assert_eq!(shown["Constraints"], source);
}

#[tokio::test]
async fn operations_and_constraints_that_are_refused() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let ask = |more: Value| s.root("CreateGrant", wanted(&s, &key, &["Encrypt"], more));
    let invalid = "ValidationException";
    ask(json!({ "Operations": [] })).await.refused(invalid, "Operations must name at least one operation.");
    ask(json!({ "Operations": null })).await.refused_with(invalid, "'operations'");
    ask(json!({ "Operations": ["Encrypt", "ListGrants"] })).await.refused_with(invalid, "enum value set");
    for bad in ["Sign", "Verify", "GetPublicKey", "GenerateMac", "VerifyMac", "DeriveSharedSecret"] {
        let text =
            format!("The operation {bad} is not supported by KMS keys with KeySpec SYMMETRIC_DEFAULT.");
        ask(json!({ "Operations": ["Encrypt", bad] })).await.refused(invalid, &*text);
    }
    ask(json!({ "GranteePrincipal": null })).await.refused_with(invalid, "Exactly one of GranteePrincipal");
    ask(json!({ "Name": "a b" })).await.refused_with(invalid, "'name'");
    let constrained = |constraints: Value| ask(json!({ "Constraints": constraints }));
    let pairs = |count: usize| {
        let pairs = (0..count).map(|n| (format!("k{n}"), json!("v")));
        Value::Object(pairs.collect())
    };
    for kind in ["EncryptionContextEquals", "EncryptionContextSubset"] {
        constrained(json!({ kind: pairs(9) })).await.refused_with(invalid, "at most 8 pairs");
        constrained(json!({ kind: pairs(8) })).await.succeeded();
        let value = |length: usize| json!({ kind: { "k": "ä".repeat(length) } });
        constrained(value(385)).await.refused_with(invalid, "at most 384 characters");
        constrained(value(384)).await.succeeded();
        let name = |length: usize| json!({ kind: { "k".repeat(length): "v" } });
        constrained(name(8_186)).await.refused_with(invalid, "8192 bytes");
        constrained(name(8_185)).await.succeeded();
        constrained(json!({ kind: { "Key": "v", "key": "v" } })).await.refused_with(invalid, "by case only");
    }
    let both = json!({ "EncryptionContextEquals": { "a": "b" }, "EncryptionContextSubset": { "a": "b" } });
    constrained(both).await.refused_with(invalid, "cannot both be specified");
    constrained(json!({ "SourceArn": "short" })).await.refused_with(invalid, "sourceArn");
}

#[tokio::test]
async fn token_that_nobody_made_is_refused_and_one_of_ours_is_good_for_every_call() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({})).await;
    let flipped = format!(
        "{}{}",
        &made.token[..made.token.len() - 1],
        if made.token.ends_with('A') { 'B' } else { 'A' }
    );
    let ask = |token: &str| {
        s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET, "GrantTokens": [token] }))
    };
    ask(&made.token).await.succeeded();
    for bad in [flipped.as_str(), "bm9ib2R5", &made.id, &made.token[1..]] {
        ask(bad).await.refused("InvalidGrantTokenException", "The grant token is not valid.");
        let more = json!({ "GrantTokens": [bad] });
        s.root("CreateGrant", wanted(&s, &key, &["Encrypt"], more))
            .await
            .refused("InvalidGrantTokenException", "The grant token is not valid.");
    }
}

/// A token says which grant is meant, and gives nothing by itself: who has somebody else's, or one of another key, is
/// answered as without it.
#[tokio::test]
async fn token_gives_nothing_but_to_its_grantee_and_on_its_key() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let bob = user(&s, "bob").await;
    let theirs = s.service.create_account("210987654321", 0).await.unwrap();
    let theirs_arn = format!("arn:aws:iam::{}:root", theirs.account);
    let theirs = caller(theirs_arn, &theirs.access_key_id, theirs.secret.expose());
    let ours = grant(&s, &key, &["Encrypt"], json!({})).await;
    let elsewhere = grant(&s, &other, &["Encrypt", "Decrypt"], json!({})).await;
    let blob = s.blob(&key, SECRET).await;
    let ask = async |who: &Caller, operation: &str, tokens: &[&str]| {
        let input = json!({ "KeyId": key.arn, "Plaintext": SECRET, "GrantTokens": tokens });
        let decrypt = json!({ "KeyId": key.arn, "CiphertextBlob": blob, "GrantTokens": tokens });
        s.call(who, operation, if operation == "Encrypt" { input } else { decrypt }).await
    };
    for (who, operation, token) in [
        (&bob, "Encrypt", &ours.token),
        (&theirs, "Encrypt", &ours.token),
        (&s.alice, "Decrypt", &ours.token),
        (&s.alice, "Decrypt", &elsewhere.token),
    ] {
        let (with, without) = (ask(who, operation, &[token.as_str()]).await, ask(who, operation, &[]).await);
        assert_eq!(with.error, Some("AccessDeniedException"), "{} {operation}: {}", who.arn, with.text);
        assert_eq!((with.error, with.text), (without.error, without.text), "{} {operation}", who.arn);
    }
    ask(&s.alice, "Encrypt", &[ours.token.as_str()]).await.succeeded();
}

#[tokio::test]
async fn dry_run_checks_everything_and_makes_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let revision = s.revision().await;
    let dry = |more: Value| {
        let mut input = wanted(&s, &key, &["Encrypt"], more);
        input["DryRun"] = json!(true);
        input
    };
    let would = "The request would have succeeded, but the DryRun option is set.";
    s.root("CreateGrant", dry(json!({}))).await.refused("DryRunOperationException", would);
    s.root("CreateGrant", dry(json!({ "Operations": ["Sign"] })))
        .await
        .refused_with("ValidationException", "Sign");
    s.alice("CreateGrant", dry(json!({}))).await.refused_with("AccessDeniedException", "kms:CreateGrant");
    assert_eq!(s.revision().await, revision);
}

/// A fraction of the 50,000 that a key may have: who has one finds it, who has none finds none.
#[tokio::test]
async fn many_grants_on_one_key() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let (bob, carol) = (user(&s, "bob").await, user(&s, "carol").await);
    for _ in 0..2_000 {
        grant(&s, &key, &["Decrypt"], json!({ "GranteePrincipal": carol.arn })).await;
    }
    grant(&s, &key, &["Encrypt"], json!({})).await;
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    encrypt(&s, &bob, &key, json!({})).await.refused_with("AccessDeniedException", "not authorized");
    let of_alice = listed(&s, json!({ "KeyId": key.arn, "GranteePrincipal": s.alice.arn })).await;
    assert_eq!(of_alice.len(), 1);
}

#[tokio::test]
async fn grants_are_there_after_a_restart() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({})).await;
    let s = s.restart().await;
    encrypt(&s, &s.alice, &key, json!({})).await.succeeded();
    let input = json!({ "KeyId": key.arn, "Plaintext": SECRET, "GrantTokens": [made.token] });
    s.alice("Encrypt", input).await.succeeded();
}
