//! Custom key stores: what the tests of their operations share. `token_keys.rs` has what happens to keys in them.

mod connect_custom_key_store;
mod create_custom_key_store;
mod delete_custom_key_store;
mod describe_custom_key_stores;
mod disconnect_custom_key_store;
mod update_custom_key_store;

use crate::answer::Answer;
use crate::faulty_store::FaultyStore;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_storage::{CommitError, MemoryStore, Store};
use strongroom_testkit::{FakeToken, TokenMood};

/// The clusters that the operator configured.
pub(crate) const CLUSTERS: [&str; 2] = ["cluster-2abcDEFghij", "cluster-7zyxwvutsrq"];

/// The PINs of their tokens.
pub(crate) const PINS: [&str; 2] = ["kmsPswd-1", "kmsPswd-2"];

/// A PEM block of a sequence of 200 bytes.
pub(crate) fn trust_anchor() -> String {
    let body = "MIHI".to_owned() + &"AAAA".repeat(66) + "AAA=";
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// What creates a store of a cluster.
pub(crate) fn creation(name: &str, cluster: usize) -> Value {
    json!({
        "CustomKeyStoreName": name, "CloudHsmClusterId": CLUSTERS[cluster],
        "TrustAnchorCertificate": trust_anchor(), "KeyStorePassword": PINS[cluster],
    })
}

/// A scenario whose vault has a line to the token of each cluster.
pub(crate) struct Stores {
    pub(crate) s: Scenario,
    pub(crate) tokens: [FakeToken; 2],
}

impl Stores {
    pub(crate) async fn start() -> Self {
        Self::start_on(Arc::new(MemoryStore::new())).await
    }

    pub(crate) async fn start_on(store: Arc<dyn Store>) -> Self {
        Self::of(Scenario::start_on(store).await).await
    }

    /// The clusters and their tokens for a scenario's vault.
    async fn of(s: Scenario) -> Self {
        let tokens = PINS.map(FakeToken::new);
        let lines = [(CLUSTERS[0], &tokens[0]), (CLUSTERS[1], &tokens[1])];
        s.stand.connect_with_tokens(&s.vault, s.service.keyring().as_ref(), &lines).await.unwrap();
        Self { s, tokens }
    }

    /// A store that is not connected: its id.
    pub(crate) async fn create(&self, name: &str, cluster: usize) -> String {
        let made = self.s.root("CreateCustomKeyStore", creation(name, cluster)).await.ok();
        made["CustomKeyStoreId"].as_str().unwrap().to_owned()
    }

    /// A connected store of the first cluster.
    pub(crate) async fn connected(&self) -> String {
        let id = self.create("hsm", 0).await;
        assert_eq!(self.of_store("ConnectCustomKeyStore", &id).await.ok(), json!({}));
        id
    }

    /// An operation that takes the store's id alone.
    pub(crate) async fn of_store(&self, operation: &str, id: &str) -> Answer {
        self.s.root(operation, json!({ "CustomKeyStoreId": id })).await
    }

    pub(crate) async fn describe(&self, id: &str) -> Value {
        self.of_store("DescribeCustomKeyStores", id).await.ok()["CustomKeyStores"][0].take()
    }

    /// Whether the state's file has to be wiped of something.
    pub(crate) async fn scrub_is_wanted(&self) -> bool {
        self.s.service.vault_status(0).await.unwrap().scrub_wanted_since_ms.is_some()
    }

    /// Gives the first cluster's token a mood and has the vault see it: it looks at tokens when it is connected.
    pub(crate) async fn vault_sees(&self, mood: TokenMood) {
        let s = &self.s;
        self.tokens[0].set_mood(mood);
        let lines = [(CLUSTERS[0], &self.tokens[0]), (CLUSTERS[1], &self.tokens[1])];
        s.stand.connect_with_tokens(&s.vault, s.service.keyring().as_ref(), &lines).await.unwrap();
    }

    /// Ends the service and starts it again on the same vault.
    pub(crate) async fn restart(self) -> Self {
        let Self { s, tokens } = self;
        Self { s: s.restart_on_this_vault().await, tokens }
    }

    /// A key that is born in the store.
    pub(crate) async fn key(&self, store: &str) -> Key {
        let made = self
            .s
            .root("CreateKey", json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store }))
            .await
            .ok();
        let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
        Key { id: text("KeyId"), arn: text("Arn") }
    }
}

/// Stores on a store of the service whose commits can be held, and a key store that is not connected.
async fn on_faulty() -> (Arc<FaultyStore>, Stores, String) {
    let faulty = Arc::new(FaultyStore::default());
    let stores = Stores::start_on(faulty.clone()).await;
    let id = stores.create("hsm", 0).await;
    (faulty, stores, id)
}

/// Has an operation make its first change, and gives its answer after something was done before its second one.
async fn between_changes(
    stores: &Stores,
    faulty: &FaultyStore,
    (operation, id): (&str, &str),
    meanwhile: impl AsyncFnOnce(),
) -> Answer {
    between_changes_of(stores.of_store(operation, id), faulty, meanwhile).await
}

/// The same for a call.
async fn between_changes_of(
    call: impl Future<Output = Answer>,
    faulty: &FaultyStore,
    meanwhile: impl AsyncFnOnce(),
) -> Answer {
    let first = faulty.hold_next();
    let around = async {
        faulty.commit_waits().await;
        let second = faulty.hold_next();
        first.send(()).unwrap();
        faulty.commit_waits().await;
        meanwhile().await;
        second.send(()).unwrap();
    };
    tokio::join!(call, around).0
}

/// Leaves a key store between two states, as an operation does whose second change is not made.
async fn leave_half_way(stores: &Stores, faulty: &FaultyStore, operation: &str, id: &str) {
    let refuse = async || faulty.fail(Some(CommitError::Unavailable));
    let answer = between_changes(stores, faulty, (operation, id), refuse).await;
    faulty.fail(None);
    answer.refused_with("KMSInternalException", "did not say");
}

/// The state of a key store, and why it is FAILED.
async fn state(stores: &Stores, id: &str) -> (Value, Value) {
    let mut shown = stores.describe(id).await;
    (shown["ConnectionState"].take(), shown["ConnectionErrorCode"].take())
}

/// How often the service has settled a key store.
fn settled(stores: &Stores) -> usize {
    let lines = stores.s.audit_lines();
    let events = lines.iter().filter(|line| line["kind"] == "event");
    events.filter(|line| line["record"]["eventName"] == "SettleCustomKeyStore").count()
}

/// Every operation is the account's to allow, and a key policy has no say.
pub(crate) async fn denied_to_alice(operation: &str, input: Value) {
    let stores = Stores::start().await;
    let text = format!("is not authorized to perform: kms:{operation} on resource: *");
    stores.s.alice(operation, input).await.refused_with("AccessDeniedException", &text);
}

/// An id that no store has, and one that cannot be one.
pub(crate) async fn unknown_store(operation: &str, input: Value) {
    let stores = Stores::start().await;
    for id in ["cks-00000000000000000", "cks-1", "x"] {
        let mut input = input.clone();
        input["CustomKeyStoreId"] = json!(id);
        stores.s.root(operation, input).await.refused("CustomKeyStoreNotFoundException", None);
    }
}
