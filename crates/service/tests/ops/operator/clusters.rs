//! `strongroom key-store list`, and what `/health` and the vault's status say of the tokens of key stores.

use crate::key_store::{CLUSTERS, PINS, Stores};
use serde_json::json;
use strongroom_testkit::{FakeToken, TokenMood};

#[tokio::test]
async fn every_cluster_is_listed_with_its_token_and_its_store() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    stores.key(&id).await;
    let listed = stores.s.service.list_clusters(7).await.unwrap();
    let shown = json!(listed);
    assert_eq!(
        shown,
        json!([
            { "cluster": CLUSTERS[0], "token": "present", "store": {
                "id": id, "name": "hsm", "account": "111122223333", "region": "us-east-1",
                "connection_state": "CONNECTED", "keys": 1,
            } },
            { "cluster": CLUSTERS[1], "token": "present" },
        ])
    );
    assert_eq!(stores.s.last_record()["eventName"], "OperatorListKeyStores");
    let status = json!(stores.s.service.vault_status(0).await.unwrap());
    assert_eq!(status["cluster_tokens"][CLUSTERS[1]], "present", "{status}");
}

#[tokio::test]
async fn token_that_is_away_is_a_warning_and_no_reason_to_refuse() {
    let stores = Stores::start().await;
    let service = &stores.s.service;
    assert_eq!(service.health().await, (true, "ok".to_owned()), "positive control");
    stores.vault_sees(TokenMood::Away).await;
    let readiness = service.readiness().await;
    let [warning] = readiness.warnings.as_slice() else { panic!("{readiness:?}") };
    assert_eq!((readiness.ready, warning.code), (true, "key_store_token_away"));
    assert!(warning.text.contains(&format!("{}: away", CLUSTERS[0])), "{}", warning.text);
    assert!(!warning.text.contains(CLUSTERS[1]), "{}", warning.text);
    let (healthy, text) = service.health().await;
    assert!(healthy && text.starts_with("ok; ") && text.contains(CLUSTERS[0]), "{text}");
    stores.vault_sees(TokenMood::PinRefused).await;
    assert_eq!(service.list_clusters(0).await.unwrap()[0].token, "PIN refused");
}

#[tokio::test]
async fn token_that_one_more_wrong_pin_locks_is_shown_and_warned_of() {
    let stores = Stores::start().await;
    let service = &stores.s.service;
    let status = json!(service.vault_status(0).await.unwrap());
    assert!(status.get("cluster_pins").is_none() && status.get("pkcs11_pin").is_none(), "{status}");
    stores.vault_sees(TokenMood::LastTry).await;
    let said = ["one more wrong PIN locks it", "a wrong one was tried"];
    assert_eq!(service.list_clusters(0).await.unwrap()[0].pin, said);
    let status = json!(service.vault_status(0).await.unwrap());
    assert_eq!(status["cluster_pins"], json!({ (CLUSTERS[0]): said }), "{status}");
    let readiness = service.readiness().await;
    let [warning] = readiness.warnings.as_slice() else { panic!("{readiness:?}") };
    assert_eq!((readiness.ready, warning.code), (true, "token_pin"));
    assert!(warning.text.contains(CLUSTERS[0]) && warning.text.contains(said[0]), "{}", warning.text);
}

#[tokio::test]
async fn cluster_of_which_the_vault_says_nothing_is_unknown() {
    let stores = Stores::start().await;
    let s = &stores.s;
    // A vault that was started without a line to the second token.
    let first = FakeToken::new(PINS[0]);
    let lines = [(CLUSTERS[0], &first)];
    s.stand.connect_with_tokens(&s.vault, s.service.keyring().as_ref(), &lines).await.unwrap();
    let tokens: Vec<_> = s.service.list_clusters(0).await.unwrap().iter().map(|shown| shown.token).collect();
    assert_eq!(tokens, ["present", "unknown"]);
    s.stand.take_away(&s.vault).await.unwrap();
    let tokens: Vec<_> = s.service.list_clusters(0).await.unwrap().iter().map(|shown| shown.token).collect();
    assert_eq!(tokens, ["unknown", "unknown"]);
}
