//! Keys in the tokens of custom key stores, on a vault in this process and tokens that are made up.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

use strongroom_testkit::{FakeToken, TokenMood, VaultStand};
use strongroom_vault_protocol::{
    BackingKey, ClusterId, KeyBinding, NewBackingKey, Pkcs11State, TOKEN_ORIGIN, VaultClient, VaultError,
};

const ONE: &str = "cluster-1a23b4cdefg";
const OTHER: &str = "cluster-7zzzzzzzzzz";
const PIN: &str = "kmsPswd-1";
const CONTEXT: &[u8] = &[0, 0];

struct Bench {
    client: VaultClient,
    token: FakeToken,
    other: FakeToken,
}

async fn bench() -> Bench {
    let (client, token, other) = (VaultClient::new(), FakeToken::new(PIN), FakeToken::new("another-pin"));
    let stand = VaultStand::default();
    stand.connect_with_tokens(&client, None, &[(ONE, &token), (OTHER, &other)]).await.unwrap();
    client.initialise(ClusterId([1; 16])).await.unwrap();
    Bench { client, token, other }
}

fn binding(id: u8) -> KeyBinding {
    let digits = format!("{id:02x}").repeat(16);
    KeyBinding {
        arn: format!("arn:aws:kms:us-east-1:111122223333:key/mrk-{digits}"),
        key_id: [id; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: TOKEN_ORIGIN.into(),
    }
}

fn backing(binding: &KeyBinding, made: &NewBackingKey) -> BackingKey {
    BackingKey::new(binding, &made.material_id, &made.record)
}

impl Bench {
    async fn key(&self, id: u8, cluster: &str) -> BackingKey {
        let binding = binding(id);
        backing(&binding, &self.client.generate_store_key(cluster, &binding).await.unwrap())
    }

    async fn opens(&self, key: &BackingKey, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.client.decrypt(key, CONTEXT, blob).await.map(|plaintext| plaintext.expose().to_vec())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_is_born_in_its_token_and_serves_every_command() {
    let b = bench().await;
    let key = b.key(0x11, ONE).await;
    assert_eq!((b.token.keys(), b.other.keys()), (vec![[0x11; 16]], vec![]));
    let blob = b.client.encrypt(&key, CONTEXT, b"text").await.unwrap();
    assert_eq!(b.opens(&key, &blob).await.unwrap(), b"text");
    let again = b.client.encrypt(&key, CONTEXT, b"text").await.unwrap();
    assert_ne!(blob, again, "a key for each message");
    let made = b.client.generate_data_key(&key, CONTEXT, 32).await.unwrap();
    assert_eq!(b.opens(&key, &made.blob).await.unwrap(), made.plaintext.expose());
    b.client.generate_data_key_without_plaintext(&key, CONTEXT, 32).await.unwrap();
    // From a key of the vault to one in a token, to one in another token, and back.
    let here = KeyBinding { origin: "AWS_KMS".into(), ..binding(0x33) };
    let here = backing(&here, &b.client.generate_backing_key(&here).await.unwrap());
    let elsewhere = b.key(0x22, OTHER).await;
    let mut blob = b.client.encrypt(&here, CONTEXT, b"text").await.unwrap();
    for (from, to) in [(&here, &key), (&key, &elsewhere), (&elsewhere, &here)] {
        blob = b.client.reencrypt(from, CONTEXT, &blob, to, CONTEXT).await.unwrap();
        assert_eq!(b.opens(to, &blob).await.unwrap(), b"text");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_blob_and_moved_record_are_refused() {
    let b = bench().await;
    let (first, second) = (binding(0x11), binding(0x22));
    let made = b.client.generate_store_key(ONE, &first).await.unwrap();
    b.client.generate_store_key(ONE, &second).await.unwrap();
    let key = backing(&first, &made);
    let blob = b.client.encrypt(&key, CONTEXT, b"text").await.unwrap();
    for at in 0..blob.len() {
        let mut bad = blob.clone();
        bad[at] ^= 1;
        assert_eq!(b.opens(&key, &bad).await, Err(VaultError::InvalidCiphertext), "byte {at}");
    }
    let other_context = b.client.decrypt(&key, &[0, 1, 0, 1, b'a', 0, 1, b'b'], &blob).await;
    assert_eq!(other_context.err(), Some(VaultError::InvalidCiphertext));
    // The record of one key under the name of another, or as a key that is not in a token.
    let moved = backing(&second, &made);
    assert_eq!(b.client.encrypt(&moved, CONTEXT, b"text").await, Err(VaultError::RecordRejected));
    let here = backing(&KeyBinding { origin: "AWS_KMS".into(), ..first.clone() }, &made);
    assert_eq!(b.client.encrypt(&here, CONTEXT, b"text").await, Err(VaultError::RecordRejected));
    assert_eq!(b.opens(&key, &blob).await.unwrap(), b"text", "positive control");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_of_another_kind_is_not_made_in_a_token() {
    let b = bench().await;
    let good = binding(0x11);
    for bad in [
        KeyBinding { origin: "AWS_KMS".into(), ..good.clone() },
        KeyBinding { spec: "RSA_2048".into(), ..good.clone() },
        KeyBinding { key_id: [0x12; 16], ..good.clone() },
    ] {
        assert_eq!(b.client.generate_store_key(ONE, &bad).await, Err(VaultError::BadRequest), "{bad:?}");
    }
    assert_eq!(b.client.generate_backing_key(&good).await, Err(VaultError::BadRequest));
    assert!(b.token.keys().is_empty());
    b.client.generate_store_key(ONE, &good).await.unwrap();
    // The same key again: it is there already, and stays.
    assert_eq!(b.client.generate_store_key(ONE, &good).await, Err(VaultError::StoreFailed));
    assert_eq!(b.token.keys(), [[0x11; 16]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn destroyed_key_is_gone_and_destroying_it_again_is_fine() {
    let b = bench().await;
    let key = b.key(0x11, ONE).await;
    let blob = b.client.encrypt(&key, CONTEXT, b"text").await.unwrap();
    b.client.destroy_store_key(&key).await.unwrap();
    assert!(b.token.keys().is_empty());
    assert_eq!(b.opens(&key, &blob).await, Err(VaultError::StoreKeyMissing));
    b.client.destroy_store_key(&key).await.unwrap();
    b.token.set_mood(TokenMood::Away);
    assert_eq!(b.client.destroy_store_key(&key).await, Err(VaultError::StoreAway));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_is_the_pin_of_the_token_it_was_sealed_for() {
    let b = bench().await;
    let sealed = b.client.seal_store_password(ONE, PIN.as_bytes()).await.unwrap();
    assert!(!sealed.windows(PIN.len()).any(|window| window == PIN.as_bytes()));
    b.client.check_store(ONE, &sealed).await.unwrap();
    assert_eq!(
        b.client.check_store(OTHER, &sealed).await,
        Err(VaultError::TokenRejected),
        "of another cluster"
    );
    let wrong = b.client.seal_store_password(ONE, b"kmsPswd-2").await.unwrap();
    assert_eq!(b.client.check_store(ONE, &wrong).await, Err(VaultError::StorePinRefused));
    assert_eq!(b.client.check_store("cluster-nowhere1234", &sealed).await, Err(VaultError::StoreUnknown));
    for (mood, error) in [
        (TokenMood::Away, VaultError::StoreAway),
        (TokenMood::PinRefused, VaultError::StorePinRefused),
        (TokenMood::PinLocked, VaultError::StorePinLocked),
        (TokenMood::Broken, VaultError::StoreFailed),
    ] {
        b.token.set_mood(mood);
        assert_eq!(b.client.check_store(ONE, &sealed).await, Err(error));
    }
    b.token.set_mood(TokenMood::Present);
    b.client.check_store(ONE, &sealed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_token_away_leaves_the_others_and_the_vault_alone() {
    let b = bench().await;
    let (key, elsewhere) = (b.key(0x11, ONE).await, b.key(0x22, OTHER).await);
    b.token.set_mood(TokenMood::Away);
    assert_eq!(b.client.encrypt(&key, CONTEXT, b"text").await, Err(VaultError::StoreAway));
    b.client.encrypt(&elsewhere, CONTEXT, b"text").await.unwrap();
    b.client.random(8).await.unwrap();
    b.token.set_mood(TokenMood::Present);
    b.client.encrypt(&key, CONTEXT, b"text").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_that_hangs_holds_up_no_key_that_is_reencrypted_to_it_from_another_token() {
    let b = bench().await;
    let (key, elsewhere, doomed) =
        (b.key(0x11, ONE).await, b.key(0x22, OTHER).await, b.key(0x33, OTHER).await);
    let blob = b.client.encrypt(&key, CONTEXT, b"text").await.unwrap();
    b.other.destruction.shut();
    let destroyed = tokio::spawn({
        let client = b.client.clone();
        async move { client.destroy_store_key(&doomed).await }
    });
    while !b.other.destruction.is_waited_at() {
        tokio::task::yield_now().await;
    }
    // More than each token has threads.
    let reencrypt = |_| {
        let (client, key, elsewhere, blob) = (b.client.clone(), key.clone(), elsewhere.clone(), blob.clone());
        tokio::spawn(async move { client.reencrypt(&key, CONTEXT, &blob, &elsewhere, CONTEXT).await })
    };
    let waiting: Vec<_> = (0..8).map(reencrypt).collect();
    for _ in 0..8 {
        assert_eq!(b.opens(&key, &blob).await.unwrap(), b"text");
    }
    assert!(!waiting.iter().any(|call| call.is_finished()), "the other token does not answer yet");
    b.other.destruction.open();
    destroyed.await.unwrap().unwrap();
    for call in waiting {
        let blob = call.await.unwrap().unwrap();
        assert_eq!(b.opens(&elsewhere, &blob).await.unwrap(), b"text");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announced_key_can_be_destroyed_by_whoever_never_saw_it_made() {
    let b = bench().await;
    let (first, second) = (binding(0x11), binding(0x22));
    let record = b.client.announce_store_key(ONE, &first).await.unwrap();
    assert!(b.token.keys().is_empty(), "nothing was made yet");
    let announced = BackingKey::new(&first, &[0; 32], &record);
    b.client.destroy_store_key(&announced).await.unwrap();
    b.client.generate_store_key(ONE, &first).await.unwrap();
    b.client.generate_store_key(ONE, &second).await.unwrap();
    let moved = BackingKey::new(&second, &[0; 32], &record);
    assert_eq!(b.client.destroy_store_key(&moved).await, Err(VaultError::RecordRejected), "of another key");
    assert_eq!(b.token.keys().len(), 2);
    b.client.destroy_store_key(&announced).await.unwrap();
    assert_eq!(b.token.keys(), [[0x22; 16]]);
    let here = KeyBinding { origin: "AWS_KMS".into(), ..first.clone() };
    assert_eq!(b.client.announce_store_key(ONE, &here).await, Err(VaultError::BadRequest));
    let nowhere = b.client.announce_store_key("cluster-nowhere1234", &first).await;
    assert_eq!(nowhere, Err(VaultError::StoreUnknown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_of_a_store_are_not_the_tokens_alone_and_need_it() {
    let b = bench().await;
    let first = b.client.random_of_store(ONE, 32).await.unwrap();
    // The token that is made up gives the same byte 32 times.
    assert!(first.expose().iter().any(|byte| *byte != first.expose()[0]));
    assert_ne!(first.expose(), b.client.random_of_store(ONE, 32).await.unwrap().expose());
    assert_eq!(b.client.random_of_store(ONE, 1_024).await.unwrap().len(), 1_024);
    for bytes in [0, 1_025] {
        assert_eq!(b.client.random_of_store(ONE, bytes).await.err(), Some(VaultError::BadRequest));
    }
    let nowhere = b.client.random_of_store("cluster-nowhere1234", 8).await.err();
    assert_eq!(nowhere, Some(VaultError::StoreUnknown));
    b.token.set_mood(TokenMood::Away);
    assert_eq!(b.client.random_of_store(ONE, 8).await.err(), Some(VaultError::StoreAway));
    b.client.random_of_store(OTHER, 8).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_cluster_is_listed_with_how_its_token_is() {
    let b = bench().await;
    let states = b.client.store_states().await.unwrap();
    let shown: Vec<_> = states.iter().map(|shown| (shown.cluster.as_str(), shown.state)).collect();
    assert_eq!(shown, [(ONE, Pkcs11State::Present), (OTHER, Pkcs11State::Present)]);
    let (client, away) = (VaultClient::new(), FakeToken::new(PIN));
    away.set_mood(TokenMood::PinRefused);
    VaultStand::default().connect_with_tokens(&client, None, &[(ONE, &away)]).await.unwrap();
    assert_eq!(client.store_states().await.unwrap()[0].state, Pkcs11State::PinRefused);
}
