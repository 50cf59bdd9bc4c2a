//! The real vault process, confined, with its root key in a real SoftHSM: the test binary runs itself as the vault and as the
//! token worker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test crate

#[path = "../../token/tests/softhsm/mod.rs"]
mod softhsm;

use softhsm::{LABEL, MODULE, PIN, SoftHsm, WITHOUT_HMAC};
use std::fs;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use strongroom_control::{Channel, FromTokenWorker, StartTokenWorker, ToTokenWorker};
use strongroom_token_protocol::prepare_line;
use strongroom_vault_protocol::{
    BackingKey, ClusterId, ClusterLine, CustodyAct, CustodyChannel, FromVault, KeyBinding, Keyring, LaneEnds,
    Pkcs11Line, Pkcs11State, RootKey, RootKind, RootSecret, TOKEN_ORIGIN, ToVault, VaultClient, VaultError,
};

/// The bodies of the children; as tests of their own they do nothing.
#[test]
fn vault_child() {
    if std::env::var_os("VAULT_CHILD").is_some() {
        end_with(strongroom_vault::run(control()));
    }
}

#[test]
fn token_child() {
    if std::env::var_os("TOKEN_CHILD").is_some() {
        end_with(strongroom_token::run(control()));
    }
}

fn control() -> OwnedFd {
    std::io::stdin().as_fd().try_clone_to_owned().unwrap()
}

fn end_with(code: ExitCode) {
    std::process::exit(i32::from(code != ExitCode::SUCCESS));
}

/// A child that is killed with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn spawn(mut command: Command, variable: &str) -> (Process, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    command.env(variable, "1").stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null());
    (Process(command.spawn().unwrap()), ours)
}

fn line() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    prepare_line(&here).unwrap();
    (here, there)
}

/// A line to nobody.
fn dead_line() -> UnixStream {
    line().0
}

struct Worker {
    _process: Process,
    control: Channel,
}

/// A worker that has said how it stands, and the vault's end of its line.
fn start_worker(hsm: &SoftHsm, pin: &str) -> (Worker, UnixStream, FromTokenWorker) {
    let (process, control) = spawn(hsm.child("token_child"), "TOKEN_CHILD");
    let control = Channel::new(control);
    let (mut writer, reader) = UnixStream::pair().unwrap();
    writer.write_all(pin.as_bytes()).unwrap();
    drop(writer);
    let (here, there) = line();
    let start = StartTokenWorker {
        module: PathBuf::from(MODULE),
        token_label: LABEL.to_owned(),
        token_serial: None,
        sessions: 2,
        paths: Vec::new(),
    };
    control.send(&ToTokenWorker::Start(start), &[reader.as_fd(), there.as_fd()]).unwrap();
    drop(there);
    let said = control.receive::<FromTokenWorker>().unwrap().0;
    (Worker { _process: process, control }, here, said)
}

fn ready_worker(hsm: &SoftHsm) -> (Worker, UnixStream) {
    let (worker, here, said) = start_worker(hsm, PIN);
    assert!(matches!(said, FromTokenWorker::Ready(_)), "{said:?}");
    (worker, here)
}

impl Worker {
    /// Another line to the same worker.
    fn line(&self) -> UnixStream {
        let (here, there) = line();
        self.control.send(&ToTokenWorker::Line, &[there.as_fd()]).unwrap();
        here
    }
}

struct VaultProcess {
    _process: Process,
    control: CustodyChannel,
}

impl VaultProcess {
    /// A vault with a line, and this root; the client has its lanes and brought the keyring.
    async fn start(
        client: &VaultClient,
        socket: UnixStream,
        root: Option<RootSecret>,
        keyring: Option<&Keyring>,
    ) -> Self {
        let line = ToVault::Pkcs11(Pkcs11Line { number: 1, socket, timeout_seconds: 1 });
        Self::start_with(client, &line, root, keyring).await
    }

    /// The same with another line.
    async fn start_with(
        client: &VaultClient,
        line: &ToVault,
        root: Option<RootSecret>,
        keyring: Option<&Keyring>,
    ) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["vault_child", "--exact", "--nocapture", "--test-threads=1"]);
        let (process, control) = spawn(command, "VAULT_CHILD");
        let vault = Self { _process: process, control: CustodyChannel::new(control) };
        vault.control.send_to_vault(line).unwrap();
        let (near_fast, fast) = UnixStream::pair().unwrap();
        let (near_slow, slow) = UnixStream::pair().unwrap();
        vault.control.send_to_vault(&ToVault::Start(root, LaneEnds { fast, slow })).unwrap();
        vault.said(|message| matches!(message, FromVault::Ready(_)));
        let connected = client.connect(near_fast, near_slow, keyring).await;
        assert!(connected.is_ok() || connected.is_err_and(VaultError::is_closed), "{connected:?}");
        vault
    }

    fn connect(&self, number: u64, socket: UnixStream) {
        self.control
            .send_to_vault(&ToVault::Pkcs11(Pkcs11Line { number, socket, timeout_seconds: 1 }))
            .unwrap();
    }

    /// The next message of a kind; others are passed over.
    fn said(&self, wanted: impl Fn(&FromVault) -> bool) -> FromVault {
        loop {
            let message = self.control.receive_in_supervisor().unwrap().expect("the vault is gone");
            assert!(!matches!(message, FromVault::Failed(_)), "{message:?}");
            if wanted(&message) {
                return message;
            }
        }
    }

    fn act(&self, presented: Vec<RootSecret>, act: CustodyAct) -> Result<String, String> {
        let presented = presented.into_iter().map(CustodyAct::Present);
        for act in presented.chain([act]) {
            self.control.send_to_vault(&ToVault::Act(act)).unwrap();
        }
        match self.said(|message| matches!(message, FromVault::Done(_) | FromVault::Refused(_))) {
            FromVault::Done(text) => Ok(text),
            FromVault::Refused(text) => Err(text),
            other => panic!("{other:?}"),
        }
    }

    /// What was proposed with this root was not stored. That is not answered, but the act behind it is.
    fn discard(&self, root: [u8; 16]) {
        self.control.send_to_vault(&ToVault::Act(CustodyAct::Discard(root))).unwrap();
        let refused = self.act(Vec::new(), CustodyAct::Enrol { name: "nobody".to_owned(), at_ms: 7 });
        assert!(refused.unwrap_err().contains("one root"));
    }
}

/// A root's id, as the vault tells it.
fn root_id(hex: &str) -> [u8; 16] {
    u128::from_str_radix(hex, 16).unwrap().to_be_bytes()
}

/// Brings the keyring again, as the front does, until it is answered so.
async fn opens_with(client: &VaultClient, keyring: &Keyring, wanted: Result<(), VaultError>) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let outcome = client.open(keyring).await;
        if outcome == wanted {
            return;
        }
        assert!(outcome.is_err_and(VaultError::is_closed) && Instant::now() < deadline, "{outcome:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn sees(client: &VaultClient, state: Pkcs11State) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.health().await.unwrap().pkcs11 != state {
        assert!(Instant::now() < deadline, "never {state:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn key_file() -> RootSecret {
    RootSecret::Key(RootKey::copy_of(&[2; 32]))
}

fn binding(origin: &str) -> KeyBinding {
    KeyBinding {
        arn: "arn:aws:kms:us-east-1:111122223333:key/mrk-11111111111111111111111111111111".into(),
        key_id: [0x11; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: origin.into(),
    }
}

/// A backing key, and something encrypted under it.
async fn encrypted(client: &VaultClient) -> (BackingKey, Vec<u8>) {
    let binding = binding("AWS_KMS");
    let key = client.generate_backing_key(&binding).await.unwrap();
    let backing = BackingKey::new(&binding, &key.material_id, &key.record);
    let blob = client.encrypt(&backing, &[0, 0], b"text").await.unwrap();
    (backing, blob)
}

async fn decrypts(client: &VaultClient, (backing, blob): &(BackingKey, Vec<u8>)) {
    assert_eq!(client.decrypt(backing, &[0, 0], blob).await.unwrap().expose(), b"text");
}

/// Objects in the token, by their files.
fn objects(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => objects(&path),
            false => usize::from(path.extension().is_some_and(|name| name == "object")),
        })
        .sum()
}

async fn first_start(hsm: &SoftHsm, kind: RootKind) -> (Worker, Keyring, (BackingKey, Vec<u8>)) {
    let client = VaultClient::new();
    let (worker, socket) = ready_worker(hsm);
    let _vault = VaultProcess::start(&client, socket, Some(RootSecret::Pkcs11), None).await;
    let keyring = client.initialise(ClusterId([3; 16])).await.unwrap();
    let root = &keyring.roots[0];
    assert_eq!((root.kind, root.name.as_str(), root.first_form), (kind, "pkcs11", false));
    assert_eq!(root.field("token-label"), Some(LABEL));
    for name in ["module-sha256", "token-serial", "variant"] {
        assert!(root.field(name).is_some_and(|value| !value.is_empty()), "{name}");
    }
    let id: String = root.id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(root.field("object-label"), Some(format!("strongroom-root-{id}").as_str()));
    client.open(&keyring).await.unwrap();
    sees(&client, Pkcs11State::Present).await;
    let sample = encrypted(&client).await;
    decrypts(&client, &sample).await;
    (worker, keyring, sample)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn root_key_is_made_in_the_token_and_opens_the_next_vault() {
    let hsm = SoftHsm::new("");
    let (worker, keyring, sample) = first_start(&hsm, RootKind::TokenDerive).await;
    assert_eq!(keyring.roots[0].record.len(), 88 + 32, "as long as a software root's");
    assert_eq!(keyring.roots[0].record[..4], *b"SW\x01\x01");
    let client = VaultClient::new();
    let vault = VaultProcess::start(&client, worker.line(), Some(RootSecret::Pkcs11), Some(&keyring)).await;
    let note = vault.said(|message| matches!(message, FromVault::Note(_)));
    assert!(matches!(&note, FromVault::Note(text) if text.contains("was opened")), "{note:?}");
    opens_with(&client, &keyring, Ok(())).await;
    decrypts(&client, &sample).await;

    // What is said of the root is bound.
    let mut altered = keyring.clone();
    altered.roots[0].fields[2].1 = "0".to_owned();
    let _other = VaultProcess::start(&client, worker.line(), Some(RootSecret::Pkcs11), Some(&altered)).await;
    opens_with(&client, &altered, Err(VaultError::Pkcs11Failed)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_rung_makes_a_root_whose_record_is_verified() {
    let hsm = SoftHsm::new(WITHOUT_HMAC);
    let (worker, keyring, sample) = first_start(&hsm, RootKind::TokenSeal).await;
    assert_eq!(keyring.roots[0].record[..4], *b"SW\x01\x02");
    let client = VaultClient::new();
    let _vault = VaultProcess::start(&client, worker.line(), Some(RootSecret::Pkcs11), Some(&keyring)).await;
    opens_with(&client, &keyring, Ok(())).await;
    decrypts(&client, &sample).await;
    let record = &keyring.roots[0].record;
    // In the IV, in the check, in the ciphertext and in the tag.
    for at in [26, 40, 75, record.len() - 1] {
        let mut altered = keyring.clone();
        altered.roots[0].record[at] ^= 1;
        let other = VaultClient::new();
        let _vault =
            VaultProcess::start(&other, worker.line(), Some(RootSecret::Pkcs11), Some(&altered)).await;
        opens_with(&other, &altered, Err(VaultError::Pkcs11Failed)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vault_waits_for_its_token_and_opens_by_itself() {
    let hsm = SoftHsm::new("");
    let (worker, keyring, sample) = first_start(&hsm, RootKind::TokenDerive).await;
    drop(worker);
    let client = VaultClient::new();
    let root = Some(RootSecret::Pkcs11);
    let vault = VaultProcess::start(&client, dead_line(), root, Some(&keyring)).await;
    opens_with(&client, &keyring, Err(VaultError::Pkcs11Away)).await;
    assert_eq!(client.health().await.unwrap().pkcs11, Pkcs11State::Away);
    assert_eq!(client.generate_data_key(&sample.0, &[0, 0], 32).await.unwrap_err(), VaultError::Sealed);
    let (_worker, socket) = ready_worker(&hsm);
    vault.connect(2, socket);
    opens_with(&client, &keyring, Ok(())).await;
    decrypts(&client, &sample).await;
    sees(&client, Pkcs11State::Present).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_vault_serves_without_its_token_and_says_so() {
    let hsm = SoftHsm::new("");
    let (worker, keyring, sample) = first_start(&hsm, RootKind::TokenDerive).await;
    let client = VaultClient::new();
    let root = Some(RootSecret::Pkcs11);
    let vault = VaultProcess::start(&client, worker.line(), root, Some(&keyring)).await;
    opens_with(&client, &keyring, Ok(())).await;
    drop(worker);
    let hung = vault.said(|message| matches!(message, FromVault::Pkcs11Hung(_)));
    assert_eq!(hung, FromVault::Pkcs11Hung("1".to_owned()));
    sees(&client, Pkcs11State::Away).await;
    decrypts(&client, &sample).await;
    // The token away, its worker there.
    let (_worker, socket) = ready_worker(&hsm);
    vault.connect(2, socket);
    sees(&client, Pkcs11State::Present).await;
    hsm.take_away();
    sees(&client, Pkcs11State::Away).await;
    decrypts(&client, &sample).await;
    hsm.bring_back();
    let (_worker, socket) = ready_worker(&hsm);
    vault.connect(3, socket);
    sees(&client, Pkcs11State::Present).await;

    // Sealed by an operator, it stays so although the token is there, until he opens it with the token.
    assert_eq!(vault.act(Vec::new(), CustodyAct::Seal), Ok(String::new()));
    assert_eq!(client.open(&keyring).await, Err(VaultError::Sealed));
    vault.act(vec![RootSecret::Pkcs11], CustodyAct::Unseal).unwrap();
    decrypts(&client, &sample).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_pin_and_another_token_leave_the_vault_sealed_with_the_reason() {
    let hsm = SoftHsm::new("");
    let (worker, keyring, _) = first_start(&hsm, RootKind::TokenDerive).await;
    drop(worker);
    let (_worker, socket, said) = start_worker(&hsm, "wrong-pin1");
    assert!(matches!(said, FromTokenWorker::PinRefused(_)), "{said:?}");
    let client = VaultClient::new();
    let _vault = VaultProcess::start(&client, socket, Some(RootSecret::Pkcs11), Some(&keyring)).await;
    opens_with(&client, &keyring, Err(VaultError::Pkcs11PinRefused)).await;
    sees(&client, Pkcs11State::PinRefused).await;

    let other = SoftHsm::new("");
    let (_worker, socket) = ready_worker(&other);
    let vault = VaultProcess::start(&client, socket, Some(RootSecret::Pkcs11), Some(&keyring)).await;
    opens_with(&client, &keyring, Err(VaultError::Pkcs11Failed)).await;
    let note = vault.said(|message| matches!(message, FromVault::Note(_)));
    assert!(matches!(&note, FromVault::Note(text) if text.contains("holds no root key")), "{note:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_is_enrolled_beside_a_key_file_and_stays_when_that_is_removed() {
    let hsm = SoftHsm::new("");
    let (worker, socket) = ready_worker(&hsm);
    let client = VaultClient::new();
    let vault = VaultProcess::start(&client, socket, Some(key_file()), None).await;
    let first = client.initialise(ClusterId([3; 16])).await.unwrap();
    client.open(&first).await.unwrap();
    let sample = encrypted(&client).await;

    // Of an enrolment that is refused no key is left behind.
    let before = objects(&hsm.tokens());
    let enrol = |name: &str| CustodyAct::Enrol { name: name.to_owned(), at_ms: 7 };
    let refused = vault.act(vec![RootSecret::Pkcs11], enrol("key-file")).unwrap_err();
    assert!(refused.contains("another name"), "{refused}");
    assert_eq!(objects(&hsm.tokens()), before);

    // Nor of one that the front does not store.
    let unstored = root_id(&vault.act(vec![RootSecret::Pkcs11], enrol("hsm")).unwrap());
    assert_eq!(objects(&hsm.tokens()), before + 1, "positive control");
    vault.discard(unstored);
    assert_eq!(objects(&hsm.tokens()), before);
    assert_eq!(client.proposed_keyring().await.unwrap_err(), VaultError::BadRequest);
    // Nor if the proposal is gone: another took its place, or the vault was sealed.
    for between in [CustodyAct::RotateDomainKey, CustodyAct::Seal] {
        let unstored = root_id(&vault.act(vec![RootSecret::Pkcs11], enrol("hsm")).unwrap());
        vault.act(Vec::new(), between).unwrap();
        assert_eq!(objects(&hsm.tokens()), before + 1, "positive control");
        vault.discard(unstored);
        assert_eq!(objects(&hsm.tokens()), before);
    }
    vault.act(vec![key_file()], CustodyAct::Unseal).unwrap();

    let stored = root_id(&vault.act(vec![RootSecret::Pkcs11], enrol("hsm")).unwrap());
    assert_eq!(objects(&hsm.tokens()), before + 1);
    let both = client.proposed_keyring().await.unwrap();
    client.open(&both).await.unwrap();
    assert_eq!(both.roots.len(), 2);
    vault.discard(stored);
    assert_eq!(objects(&hsm.tokens()), before + 1, "a key of a root that is in force is kept");
    let removed = vault.act(vec![RootSecret::Pkcs11], CustodyAct::Remove(first.roots[0].id));
    assert_eq!(removed, Ok(String::new()), "nothing is dropped");
    let alone = client.proposed_keyring().await.unwrap();
    client.open(&alone).await.unwrap();
    assert_eq!((alone.roots.len(), alone.keyring_number), (1, 2));

    let client = VaultClient::new();
    let root = Some(RootSecret::Pkcs11);
    let _vault = VaultProcess::start(&client, worker.line(), root, Some(&alone)).await;
    opens_with(&client, &alone, Ok(())).await;
    decrypts(&client, &sample).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_start_without_its_token_is_refused_with_the_reason() {
    let client = VaultClient::new();
    let vault = VaultProcess::start(&client, dead_line(), Some(RootSecret::Pkcs11), None).await;
    assert_eq!(client.initialise(ClusterId([3; 16])).await.unwrap_err(), VaultError::Pkcs11Away);
    let note = vault.said(|message| matches!(message, FromVault::Note(_)));
    assert!(matches!(&note, FromVault::Note(text) if text.contains("no root could be made")), "{note:?}");
    // The token is there now: the same vault makes it.
    let hsm = SoftHsm::new("");
    let (_worker, socket) = ready_worker(&hsm);
    vault.connect(2, socket);
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(error) = client.initialise(ClusterId([3; 16])).await {
        assert!(error == VaultError::Pkcs11Away && Instant::now() < deadline, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confined_vault_uses_keys_that_are_born_in_a_clusters_token() {
    const CLUSTER: &str = "cluster-2abcDEFghij";
    let line = |number, socket| {
        ToVault::Cluster(ClusterLine {
            cluster: CLUSTER.to_owned(),
            line: Pkcs11Line { number, socket, timeout_seconds: 1 },
        })
    };
    let hsm = SoftHsm::new("");
    let (worker, socket) = ready_worker(&hsm);
    let client = VaultClient::new();
    let vault = VaultProcess::start_with(&client, &line(1, socket), Some(key_file()), None).await;
    client.initialise(ClusterId([3; 16])).await.unwrap();
    let (before, binding) = (objects(hsm.directory()), binding(TOKEN_ORIGIN));
    let made = client.generate_store_key(CLUSTER, &binding).await.unwrap();
    assert_eq!(objects(hsm.directory()), before + 1);
    let key = BackingKey::new(&binding, &made.material_id, &made.record);
    let blob = client.encrypt(&key, &[0, 0], b"text").await.unwrap();
    let sample = (key, blob);
    decrypts(&client, &sample).await;
    for (password, wanted) in [(PIN, Ok(())), ("wrong-pin1", Err(VaultError::StorePinRefused))] {
        let sealed = client.seal_store_password(CLUSTER, password.as_bytes()).await.unwrap();
        assert_eq!(client.check_store(CLUSTER, &sealed).await, wanted);
    }

    // Its worker dies: that is told once, its keys fail at once, nothing else does, and another worker heals it.
    drop(worker);
    let hung = vault.said(|message| matches!(message, FromVault::Pkcs11Hung(_)));
    assert_eq!(hung, FromVault::Pkcs11Hung("1".to_owned()));
    let opened = || client.decrypt(&sample.0, &[0, 0], &sample.1);
    assert_eq!(opened().await.err(), Some(VaultError::StoreAway));
    client.random(8).await.unwrap();
    let (_worker, socket) = ready_worker(&hsm);
    vault.control.send_to_vault(&line(2, socket)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Some(error) = opened().await.err() {
        assert!(error == VaultError::StoreAway && Instant::now() < deadline, "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    client.destroy_store_key(&sample.0).await.unwrap();
    assert_eq!(objects(hsm.directory()), before);
    assert_eq!(opened().await.err(), Some(VaultError::StoreKeyMissing));
}
