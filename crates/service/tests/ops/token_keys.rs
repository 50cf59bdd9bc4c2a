//! KMS keys that are born in the token of a custom key store.

use crate::key_store::{CLUSTERS, Stores};
use crate::messages::{BLOCK, MESSAGES_MAX, leave, reserved};
use crate::plaintext::{SECRET, decrypted};
use crate::scenario::{Key, NO_KEY, policy, statement};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_service::DueWork;
use strongroom_storage::{MemoryStore, Store};
use strongroom_testkit::TokenMood;

/// Eight days pass, each with a round of what is due at its end.
pub(crate) async fn week(stores: &Stores) {
    let mut work = DueWork::default();
    stores.s.service.run_due(&mut work).await;
    for _ in 0..8 {
        stores.s.clock().forward_days(1);
        stores.s.service.run_due(&mut work).await;
    }
}

/// The operations of rotation, none of which knows keys in a token.
const OF_ROTATION: [&str; 5] = [
    "EnableKeyRotation",
    "DisableKeyRotation",
    "RotateKeyOnDemand",
    "GetKeyRotationStatus",
    "ListKeyRotations",
];

fn in_store(store: &str) -> Value {
    json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store })
}

/// A connected store, and a key in it.
async fn with_key() -> (Stores, String, Key) {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    (stores, id, key)
}

#[tokio::test]
async fn metadata_names_store_and_cluster_and_no_material() {
    let (stores, id, key) = with_key().await;
    let metadata = stores.s.metadata(&key).await;
    for (member, value) in [
        ("Origin", json!("AWS_CLOUDHSM")),
        ("KeyState", json!("Enabled")),
        ("Enabled", json!(true)),
        ("CustomKeyStoreId", json!(id)),
        ("CloudHsmClusterId", json!(CLUSTERS[0])),
        ("MultiRegion", json!(false)),
        ("CurrentKeyMaterialId", json!(null)),
    ] {
        assert_eq!(metadata[member], value, "{member}");
    }
    let digits: String = key.id.chars().filter(|c| *c != '-').collect();
    let in_token: Vec<String> = stores.tokens[0]
        .keys()
        .iter()
        .map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    assert_eq!(in_token, [digits], "the operator finds it in the token by the key's id");
}

#[tokio::test]
async fn every_use_of_a_key_works_and_crosses_to_other_keys() {
    let (stores, id, key) = with_key().await;
    let s = &stores.s;
    let blob = s.blob(&key, SECRET).await;
    assert_eq!(decrypted(s, &blob, json!({})).await.ok()["Plaintext"], SECRET);
    decrypted(s, &blob, json!({ "a": "b" })).await.refused("InvalidCiphertextException", None);
    let made = s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": "AES_256" })).await.ok();
    assert_eq!(decrypted(s, &made["CiphertextBlob"], json!({})).await.ok()["Plaintext"], made["Plaintext"]);
    let input = json!({ "KeyId": key.id, "NumberOfBytes": 24 });
    s.root("GenerateDataKeyWithoutPlaintext", input).await.succeeded();
    let (here, second) = (s.key().await, stores.key(&id).await);
    let mut blob = blob;
    for to in [&here, &second, &key] {
        let input = json!({ "CiphertextBlob": blob, "DestinationKeyId": to.id });
        blob = s.root("ReEncrypt", input).await.ok()["CiphertextBlob"].take();
        assert_eq!(decrypted(s, &blob, json!({})).await.ok()["Plaintext"], SECRET);
    }
    let record = s.last_record();
    let additional = &record["additionalEventData"];
    assert_eq!(
        (&additional["customKeyStoreId"], &additional["clusterId"]),
        (&json!(id), &json!(CLUSTERS[0]))
    );
    decrypted(s, &s.blob(&here, SECRET).await, json!({})).await.succeeded();
    assert_eq!(s.last_record()["additionalEventData"]["clusterId"], json!(null), "positive control");
}

#[tokio::test]
async fn key_is_made_only_in_a_store_that_is_there_and_connected() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    let create = |input: Value| stores.s.root("CreateKey", input);
    create(in_store(&id)).await.refused_with("CustomKeyStoreInvalidStateException", "DISCONNECTED");
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    create(in_store("cks-00000000000000000")).await.refused("CustomKeyStoreNotFoundException", None);
    create(json!({ "Origin": "AWS_CLOUDHSM" })).await.refused_with("ValidationException", "CustomKeyStoreId");
    create(json!({ "CustomKeyStoreId": id })).await.refused_with("ValidationException", "AWS_CLOUDHSM");
    create(json!({ "Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": id, "XksKeyId": "x" }))
        .await
        .refused_with("UnsupportedOperationException", "EXTERNAL_KEY_STORE");
    let mut multi = in_store(&id);
    multi["MultiRegion"] = json!(true);
    create(multi).await.refused_with("UnsupportedOperationException", "Multi-Region");
    let mut rsa = in_store(&id);
    (rsa["KeySpec"], rsa["KeyUsage"]) = (json!("RSA_2048"), json!("SIGN_VERIFY"));
    create(rsa).await.refused_with("UnsupportedOperationException", "RSA_2048");
    assert!(stores.tokens[0].keys().is_empty());
    create(in_store(&id)).await.succeeded();
    assert_eq!(stores.tokens[0].keys().len(), 1, "positive control");
}

#[tokio::test]
async fn key_that_cannot_be_kept_does_not_stay_in_the_token() {
    let (stores, id, _) = with_key().await;
    let before = stores.tokens[0].keys();
    // The audit disk takes no intent, so the commit does not happen.
    let mut input = in_store(&id);
    input["Policy"] = json!(policy(&[statement("Allow", &stores.s.alice.arn, "kms:Encrypt")]));
    stores.s.disk.fail(true);
    let answer = stores.s.root("CreateKey", input.clone()).await;
    assert_eq!(answer.error, Some("KMSInternalException"), "{}", answer.text);
    stores.s.disk.fail(false);
    stores.s.healed().await;
    assert_eq!(stores.tokens[0].keys(), before);
    stores.s.root("CreateKey", input).await.succeeded();
    assert_eq!(stores.tokens[0].keys().len(), before.len() + 1, "positive control");
}

#[tokio::test]
async fn unavailable_key_answers_as_the_table_of_states_says() {
    let (stores, id, key) = with_key().await;
    let (s, alice) = (&stores.s, &stores.s.alice.arn);
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    let on_key = |operation: &'static str, more: Value| {
        let mut input = more;
        input["KeyId"] = json!(key.id);
        s.root(operation, input)
    };
    let unavailable = format!("{} is unavailable.", key.arn);
    for (operation, more) in [
        ("Encrypt", json!({ "Plaintext": SECRET })),
        ("GenerateDataKey", json!({ "KeySpec": "AES_256" })),
        ("GenerateDataKeyWithoutPlaintext", json!({ "KeySpec": "AES_256" })),
    ] {
        on_key(operation, more).await.refused("KMSInvalidStateException", &*unavailable);
    }
    for operation in OF_ROTATION {
        on_key(operation, json!({})).await.refused_with("UnsupportedOperationException", "AWS_CLOUDHSM");
    }
    on_key("CancelKeyDeletion", json!({}))
        .await
        .refused_with("KMSInvalidStateException", "not pending deletion");
    let grant = json!({ "GranteePrincipal": alice, "Operations": ["Decrypt"] });
    on_key("CreateGrant", grant).await.succeeded();
    for operation in
        ["DisableKey", "EnableKey", "GetKeyPolicy", "ListGrants", "ListResourceTags", "GetKeyLastUsage"]
    {
        on_key(operation, json!({})).await.succeeded();
    }
    on_key("UpdateKeyDescription", json!({ "Description": "d" })).await.succeeded();
    on_key("DisableKey", json!({})).await.succeeded();
    assert_eq!(s.metadata(&key).await["KeyState"], "Unavailable");
    // It takes effect when it is available.
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    assert_eq!(s.metadata(&key).await["KeyState"], "Disabled");
    on_key("Encrypt", json!({ "Plaintext": SECRET })).await.refused_with("DisabledException", "is disabled");
}

#[tokio::test]
async fn connected_key_has_no_rotations() {
    let (stores, _, key) = with_key().await;
    for operation in OF_ROTATION {
        let text = format!("{} origin is AWS_CLOUDHSM which is not valid for this operation.", key.arn);
        let answer = stores.s.root(operation, json!({ "KeyId": key.id })).await;
        answer.refused("UnsupportedOperationException", &*text);
    }
    let here = stores.s.key().await;
    stores.s.root("ListKeyRotations", json!({ "KeyId": here.id })).await.succeeded();
}

#[tokio::test]
async fn key_that_encrypted_enough_encrypts_no_more_and_opens_what_it_sealed() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let stores = Stores::start_on(store.clone()).await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    let old = stores.s.blob(&key, SECRET).await;
    leave(&*store, &key, MESSAGES_MAX - BLOCK).await;
    let Stores { s, tokens } = stores;
    let s = s.restart_on_this_vault().await;
    let last = s.blob(&key, SECRET).await;
    assert_eq!(reserved(&s, &key, 1).await, Some(MESSAGES_MAX), "positive control: the last block serves");
    let s = s.restart_on_this_vault().await;
    let text = format!("{} has encrypted as many messages as it may.", key.arn);
    for (operation, more) in [
        ("Encrypt", json!({ "Plaintext": SECRET })),
        ("GenerateDataKey", json!({ "KeySpec": "AES_256" })),
        ("GenerateDataKeyWithoutPlaintext", json!({ "KeySpec": "AES_256" })),
    ] {
        let mut input = more;
        input["KeyId"] = json!(key.id);
        s.root(operation, input).await.refused("LimitExceededException", &*text);
    }
    let here = s.key().await;
    for blob in [&old, &last] {
        assert_eq!(decrypted(&s, blob, json!({})).await.ok()["Plaintext"], SECRET);
        let input = json!({ "CiphertextBlob": blob, "DestinationKeyId": here.id });
        s.root("ReEncrypt", input).await.succeeded();
    }
    assert_eq!((reserved(&s, &key, 1).await, tokens[0].keys().len()), (Some(MESSAGES_MAX), 1));
    assert_eq!(reserved(&s, &key, 2).await, None, "it is not replaced as others are");
}

#[tokio::test]
async fn token_that_is_away_or_lost_the_key_is_told_and_heals() {
    let (stores, _, key) = with_key().await;
    let encrypt = || stores.s.root("Encrypt", json!({ "KeyId": key.id, "Plaintext": SECRET }));
    for (mood, text) in
        [(TokenMood::Away, "away"), (TokenMood::PinRefused, "PIN"), (TokenMood::Broken, "failed")]
    {
        stores.tokens[0].set_mood(mood);
        encrypt().await.refused_with("KeyUnavailableException", text);
    }
    stores.tokens[0].set_mood(TokenMood::Present);
    encrypt().await.succeeded();
    stores.tokens[0].lose_keys();
    encrypt().await.refused_with("KeyUnavailableException", "does not hold the key");
}

#[tokio::test]
async fn deleted_key_is_destroyed_in_its_token_though_the_store_is_disconnected() {
    let (stores, id, key) = with_key().await;
    let s = &stores.s;
    let blob = s.blob(&key, SECRET).await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    assert_eq!(s.metadata(&key).await["KeyState"], "PendingDeletion");
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    assert_eq!(s.metadata(&key).await["KeyState"], "PendingDeletion", "not Unavailable");
    assert_eq!(stores.tokens[0].keys().len(), 1);
    week(&stores).await;
    assert!(stores.tokens[0].keys().is_empty());
    s.root("DescribeKey", json!({ "KeyId": key.id }))
        .await
        .refused_with("NotFoundException", "does not exist");
    decrypted(s, &blob, json!({})).await.refused_with("AccessDeniedException", "does not exist");
    stores.of_store("DeleteCustomKeyStore", &id).await.succeeded();
}

#[tokio::test]
async fn deletion_waits_a_day_for_a_token_that_is_away() {
    let (stores, _, key) = with_key().await;
    let s = &stores.s;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    stores.tokens[0].set_mood(TokenMood::Away);
    let mut work = DueWork::default();
    s.service.run_due(&mut work).await;
    for _ in 0..7 {
        s.clock().forward_days(1);
        s.service.run_due(&mut work).await;
    }
    assert_eq!(s.metadata(&key).await["KeyState"], "PendingDeletion");
    s.clock().forward_days(1);
    s.service.run_due(&mut work).await;
    s.root("DescribeKey", json!({ "KeyId": key.id }))
        .await
        .refused_with("NotFoundException", "does not exist");
    assert_eq!(stores.tokens[0].keys().len(), 1, "left to the operator");
}

#[tokio::test]
async fn deletion_cannot_be_cancelled_while_its_token_hangs() {
    let (stores, id, key) = with_key().await;
    let (s, token) = (&stores.s, &stores.tokens[0]);
    let kept = stores.key(&id).await;
    for key in [&key, &kept] {
        let input = json!({ "KeyId": key.id, "PendingWindowInDays": 7 });
        s.root("ScheduleKeyDeletion", input).await.succeeded();
    }
    let mut work = DueWork::default();
    s.service.run_due(&mut work).await;
    for _ in 0..6 {
        s.clock().forward_days(1);
        s.service.run_due(&mut work).await;
    }
    let cancel = |key: &Key| s.root("CancelKeyDeletion", json!({ "KeyId": key.id }));
    cancel(&kept).await.succeeded();
    s.clock().forward_days(1);
    token.destruction.shut();
    let service = s.service.clone();
    let round = tokio::spawn(async move {
        service.run_due(&mut work).await;
        work
    });
    while !token.destruction.is_waited_at() {
        tokio::task::yield_now().await;
    }
    assert_eq!(token.keys().len(), 1, "it is gone, and the token does not say so");
    let text = format!("{} is pending deletion.", key.arn);
    cancel(&key).await.refused("KMSInvalidStateException", &*text);
    assert_eq!(s.metadata(&key).await["KeyState"], "PendingDeletion");
    token.destruction.open();
    let mut work = round.await.unwrap();
    s.service.run_due(&mut work).await;
    s.root("DescribeKey", json!({ "KeyId": key.id }))
        .await
        .refused_with("NotFoundException", "does not exist");
    assert_eq!(s.metadata(&kept).await["KeyState"], "Disabled", "positive control");
}

#[tokio::test]
async fn key_goes_along_when_the_domain_key_is_rotated() {
    use strongroom_service::{ActDone, RewrapWork};
    use strongroom_vault_protocol::CustodyAct;
    let (stores, _, key) = with_key().await;
    let s = &stores.s;
    let blob = s.blob(&key, SECRET).await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    custody.connect_cluster(CLUSTERS[0], stores.tokens[0].line().unwrap()).unwrap();
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    s.service.follow_act(ActDone::Rotated, 0).await.unwrap();
    s.service.rewrap(&mut RewrapWork::default()).await;
    assert_eq!(decrypted(s, &blob, json!({})).await.ok()["Plaintext"], SECRET);
}

#[tokio::test]
async fn random_bytes_of_a_store_come_with_its_token_and_not_without() {
    let (stores, id, _) = with_key().await;
    let ask =
        |id: &str| stores.s.root("GenerateRandom", json!({ "NumberOfBytes": 24, "CustomKeyStoreId": id }));
    let first = ask(&id).await.ok();
    assert_eq!(crate::plaintext::bytes_of(&first["Plaintext"]).len(), 24);
    assert_ne!(first, ask(&id).await.ok());
    ask(NO_KEY).await.refused("CustomKeyStoreNotFoundException", None);
    stores.tokens[0].set_mood(TokenMood::Away);
    ask(&id).await.refused_with("DependencyTimeoutException", "away");
    stores.tokens[0].set_mood(TokenMood::Present);
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    ask(&id).await.refused_with("CustomKeyStoreInvalidStateException", "DISCONNECTED");
}

#[tokio::test]
async fn quota_of_a_store_counts_all_its_keys_and_no_others() {
    let (stores, id, key) = with_key().await;
    let s = &stores.s;
    let (second, here) = (stores.key(&id).await, s.key().await);
    s.service.set_quota("key-store", "cryptography", 1, Some(3), 0).await.unwrap();
    let encrypt = |key: &Key| s.root("Encrypt", json!({ "KeyId": key.id, "Plaintext": SECRET }));
    encrypt(&key).await.succeeded();
    encrypt(&second).await.succeeded();
    encrypt(&key).await.succeeded();
    for key in [&key, &second] {
        encrypt(key).await.refused_with("ThrottlingException", "exceeded the rate");
    }
    for _ in 0..5 {
        encrypt(&here).await.succeeded();
    }
}
