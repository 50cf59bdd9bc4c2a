//! A service with everything around it in the test's hands: store, vault, audit disk, clock, ids.

use crate::answer::Answer;
use crate::key_sets::KeySets;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::{AuditLog, Settings, event_time};
use strongroom_service::{
    AnchorGiven, AnchorKeeper, MESSAGE_BLOCK, Parts, Quotas, Received, RootCredentials, Service, StartError,
    Traces,
};
use strongroom_sigv4::{Credential, RequestHead};
use strongroom_storage::{MemoryStore, Store};
use strongroom_testkit::{ManualClock, MemoryDisk, SeededRandom, VaultStand};
use strongroom_types::{AccountId, Clock, Random, Region, RequestId};
use strongroom_vault_protocol::VaultClient;

/// The account of every scenario.
pub(crate) const ACCOUNT: &str = "111122223333";

/// The Region that callers sign for.
pub(crate) const REGION: &str = "us-east-1";

/// A key id that no key has.
pub(crate) const NO_KEY: &str = "00000000-1111-2222-3333-444444444444";

/// Who calls: an access key, and the Region that its requests are signed for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    /// The session token of temporary credentials.
    pub(crate) token: Option<String>,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
}

/// A KMS key that the scenario made.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) arn: String,
}

/// The service, its surroundings, and two callers: the account's root, and a user whom nothing names.
pub(crate) struct Scenario {
    pub(crate) service: Arc<Service>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) stand: VaultStand,
    pub(crate) vault: VaultClient,
    pub(crate) disk: MemoryDisk,
    pub(crate) root: Caller,
    pub(crate) alice: Caller,
    pub(crate) request_ids: SeededRandom,
}

impl Scenario {
    /// A first start, and the user alice.
    pub(crate) async fn start() -> Self {
        Self::start_on(Arc::new(MemoryStore::new())).await
    }

    /// The same on a store of the test's.
    pub(crate) async fn start_on(store: Arc<dyn Store>) -> Self {
        Self::start_reserving(store, MESSAGE_BLOCK).await
    }

    /// The same, and so many messages are reserved at a time.
    pub(crate) async fn start_reserving(store: Arc<dyn Store>, block: u32) -> Self {
        Self::start_with(store, audit_settings(), |parts| parts.message_block = block).await
    }

    /// The same, and each signature is good once for what changes something.
    pub(crate) async fn start_refusing_replays(store: Arc<dyn Store>) -> Self {
        Self::start_with(store, audit_settings(), |parts| parts.refuse_replays = true).await
    }

    /// The same, and requests are traced.
    pub(crate) async fn start_traced(traces: Option<Traces>) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self::start_with(store, audit_settings(), |parts| parts.traces = traces).await
    }

    /// The same with an audit log of these settings.
    pub(crate) async fn start_audited(audit: Settings) -> Self {
        Self::start_with(Arc::new(MemoryStore::new()), audit, |_| {}).await
    }

    /// The same, and the log itself.
    pub(crate) async fn start_with_log(audit: Settings) -> (Self, AuditLog) {
        let (store, mut log) = (Arc::new(MemoryStore::new()), None);
        let scenario = Self::start_with(store, audit, |parts| log = Some(parts.audit.clone())).await;
        (scenario, log.unwrap())
    }

    /// The same, where the data plane's records wait for the disk or do not, and a disk that takes long is waited for.
    pub(crate) async fn start_synced(data_plane: bool) -> Self {
        let settings = Settings { answer_within: Duration::from_secs(600), ..audit_settings() };
        let store = Arc::new(MemoryStore::new());
        Self::start_with(store, settings, |parts| parts.data_plane_synced = data_plane).await
    }

    async fn start_with(store: Arc<dyn Store>, settings: Settings, set: impl FnOnce(&mut Parts)) -> Self {
        let (stand, vault, disk) = (VaultStand::default(), VaultClient::new(), MemoryDisk::default());
        stand.connect(&vault, None).await.unwrap();
        let (audit, _) = AuditLog::open(settings, Arc::new(disk.clone())).unwrap();
        let mut parts = parts(&store, &vault, audit, &stand.clock, 1);
        set(&mut parts);
        let mut root = None;
        let keep = |made: &RootCredentials| {
            let arn = format!("arn:aws:iam::{}:root", made.account);
            root = Some(caller(arn, &made.access_key_id, made.secret.expose()));
        };
        let service = Service::start(parts, Vec::new(), keep).await.unwrap();
        let alice = service.create_user("alice", 0).await.unwrap();
        let alice = caller(alice.arn, &alice.access_key_id, alice.secret.expose());
        let request_ids = SeededRandom::new(2);
        Self { service, store, stand, vault, disk, root: root.unwrap(), alice, request_ids }
    }

    /// Ends the service and starts it again on what it left behind, with a vault that was started anew too.
    pub(crate) async fn restart(self) -> Self {
        self.restart_anchored(AnchorGiven::default()).await.unwrap()
    }

    /// The same with the vault that the scenario's client is connected to.
    pub(crate) async fn restart_on_this_vault(self) -> Self {
        self.restart_with(AnchorGiven::default(), None).await.unwrap()
    }

    /// The same, and somebody keeps the anchors that it makes.
    pub(crate) async fn restart_kept(self, keeper: Arc<dyn AnchorKeeper>) -> Self {
        self.restart_with(AnchorGiven::default(), Some(keeper)).await.unwrap()
    }

    /// The same with a vault that was started anew, and with the anchor of the state.
    pub(crate) async fn restart_anchored(mut self, anchor: AnchorGiven) -> Result<Self, StartError> {
        self.vault = VaultClient::new();
        self.stand.connect(&self.vault, None).await.unwrap();
        self.restart_with(anchor, None).await
    }

    async fn restart_with(
        mut self,
        anchor: AnchorGiven,
        anchor_keeper: Option<Arc<dyn AnchorKeeper>>,
    ) -> Result<Self, StartError> {
        drop(self.service);
        let (audit, open) = AuditLog::open(audit_settings(), Arc::new(self.disk.clone())).unwrap();
        let parts =
            Parts { anchor, anchor_keeper, ..parts(&self.store, &self.vault, audit, &self.stand.clock, 3) };
        let keep = |_: &RootCredentials| panic!("not the first start");
        self.service = Service::start(parts, open, keep).await?;
        Ok(self)
    }

    pub(crate) fn clock(&self) -> &ManualClock {
        &self.stand.clock
    }

    /// What the account's root is answered.
    pub(crate) async fn root(&self, operation: &str, input: Value) -> Answer {
        self.call(&self.root, operation, input).await
    }

    /// What alice is answered.
    pub(crate) async fn alice(&self, operation: &str, input: Value) -> Answer {
        self.call(&self.alice, operation, input).await
    }

    /// What a caller is answered.
    pub(crate) async fn call(&self, caller: &Caller, operation: &str, input: Value) -> Answer {
        self.send(&self.signed(caller, operation, input.to_string().as_bytes())).await
    }

    /// What a request is answered.
    pub(crate) async fn send(&self, request: &SignedRequest) -> Answer {
        Answer::of(self.service.serve(&request.received()).await)
    }

    /// A request as a client of AWS sends it, signed now.
    pub(crate) fn signed(&self, caller: &Caller, operation: &str, body: &[u8]) -> SignedRequest {
        let date = event_time(self.clock().now()).replace(['-', ':'], "");
        let headers = [
            ("host", "kms.test"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-date", date.as_str()),
            ("x-amz-target", &format!("TrentService.{operation}")),
            ("user-agent", "scenario/1"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let mut request = SignedRequest {
            request_id: RequestId::from_random(self.request_ids.id16()),
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: headers.to_vec(),
            body: body.to_vec(),
        };
        sign(&mut request, caller);
        request
    }

    /// A KMS key with the default policy.
    pub(crate) async fn key(&self) -> Key {
        self.create_key(json!({})).await
    }

    /// A KMS key whose policy has these statements beside the account's own.
    pub(crate) async fn key_with(&self, statements: &[Value]) -> Key {
        self.create_key(json!({ "Policy": policy(statements) })).await
    }

    /// A KMS key whose policy lets alice do one thing.
    pub(crate) async fn key_for_alice(&self, action: &str) -> Key {
        self.key_with(&[statement("Allow", &self.alice.arn, action)]).await
    }

    async fn create_key(&self, input: Value) -> Key {
        let made = self.root("CreateKey", input).await.ok();
        let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
        Key { id: text("KeyId"), arn: text("Arn") }
    }

    /// DescribeKey's metadata.
    pub(crate) async fn metadata(&self, key: &Key) -> Value {
        self.root("DescribeKey", json!({ "KeyId": key.id })).await.ok()["KeyMetadata"].take()
    }

    /// A ciphertext blob of a plaintext in Base64.
    pub(crate) async fn blob(&self, key: &Key, plaintext: &str) -> Value {
        let input = json!({ "KeyId": key.id, "Plaintext": plaintext });
        self.root("Encrypt", input).await.ok()["CiphertextBlob"].take()
    }

    /// Every line of the audit log.
    pub(crate) fn audit_lines(&self) -> Vec<Value> {
        self.disk.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last call's record.
    pub(crate) fn last_record(&self) -> Value {
        let lines = self.audit_lines().into_iter().rev();
        lines.filter(|line| line["kind"] == "event").map(|mut line| line["record"].take()).next().unwrap()
    }
}

/// Healing is tried again at once, so that no test waits for it.
pub(crate) fn audit_settings() -> Settings {
    Settings { probe_interval: Duration::from_millis(1), ..Settings::default() }
}

pub(crate) fn parts(
    store: &Arc<dyn Store>,
    vault: &VaultClient,
    audit: AuditLog,
    clock: &ManualClock,
    seed: u64,
) -> Parts {
    Parts {
        store: store.clone(),
        vault: vault.clone(),
        audit,
        clock: Arc::new(clock.clone()),
        random: Arc::new(SeededRandom::new(seed)),
        account: AccountId::parse(ACCOUNT).unwrap(),
        region: Region::parse(REGION).unwrap(),
        provider_keys: Arc::new(KeySets),
        data_plane_synced: false,
        quotas: Quotas::default(),
        clusters: crate::key_store::CLUSTERS.map(str::to_owned).to_vec(),
        traces: None,
        anchor: AnchorGiven::default(),
        anchor_keeper: None,
        message_block: MESSAGE_BLOCK,
        refuse_replays: false,
    }
}

pub(crate) fn caller(arn: String, access_key_id: &str, secret: &[u8]) -> Caller {
    let secret = String::from_utf8(secret.to_vec()).unwrap();
    Caller {
        arn,
        access_key_id: access_key_id.to_owned(),
        secret,
        token: None,
        region: REGION,
        service: "kms",
    }
}

/// A request that a test can still change.
pub(crate) struct SignedRequest {
    pub(crate) request_id: RequestId,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl SignedRequest {
    pub(crate) fn received(&self) -> Received<'_> {
        Received {
            request_id: self.request_id,
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect(),
            body: &self.body,
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
            source_text: "127.0.0.1",
            tls: None,
        }
    }
}

/// Signs every header of a request, after taking away an older signature.
pub(crate) fn sign(request: &mut SignedRequest, caller: &Caller) {
    request.headers.retain(|(name, _)| name != "authorization");
    if let Some(token) = &caller.token {
        request.headers.retain(|(name, _)| name != "x-amz-security-token");
        request.headers.push(("x-amz-security-token".to_owned(), token.clone().into_bytes()));
    }
    let received = request.received();
    let head = RequestHead {
        method: received.method,
        path: received.path,
        query: received.query,
        headers: &received.headers,
    };
    let credential = Credential {
        access_key_id: &caller.access_key_id,
        secret_access_key: &caller.secret,
        region: caller.region,
        service: caller.service,
    };
    let authorization = strongroom_sigv4::sign(&head, received.body, &credential).unwrap();
    request.headers.push(("authorization".to_owned(), authorization.into_bytes()));
}

/// One statement of a key policy.
pub(crate) fn statement(effect: &str, principal: &str, action: &str) -> Value {
    json!({ "Effect": effect, "Principal": { "AWS": principal }, "Action": action, "Resource": "*" })
}

/// A key policy: the account may do everything, and these statements.
pub(crate) fn policy(statements: &[Value]) -> String {
    policy_of(ACCOUNT, statements)
}

/// The same for a key of any account.
pub(crate) fn policy_of(account: &str, statements: &[Value]) -> String {
    let mut all = vec![statement("Allow", &format!("arn:aws:iam::{account}:root"), "kms:*")];
    all.extend_from_slice(statements);
    json!({ "Version": "2012-10-17", "Statement": all }).to_string()
}

/// The ARN of a key of the account.
pub(crate) fn key_arn(id: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}")
}

/// The ARN of an alias of the account.
pub(crate) fn alias_arn(name: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:{name}")
}

impl Scenario {
    /// A new access key of an account's root, in place of those that it has: proposed, and made valid at once.
    pub(crate) async fn renew_root_access_key(&self, account: Option<&str>) -> RootCredentials {
        let proposed = self.service.propose_root_access_key(account).await.unwrap();
        self.service.make_root_key_valid(proposed, 0).await.unwrap()
    }

    /// Returns once the audit log can be written again.
    pub(crate) async fn healed(&self) {
        while !self.service.health().await.0 {
            tokio::task::yield_now().await;
        }
    }
}
