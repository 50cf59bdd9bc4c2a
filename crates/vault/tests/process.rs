//! The real vault process, confined, through its control socket: the test binary runs itself as the vault.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use strongroom_types::{Clock, SystemClock, Timestamp};
use strongroom_vault_protocol::{
    BackingKey, ClusterId, CustodyAct, CustodyChannel, FromVault, KeyBinding, LaneEnds, Passphrase, RootKey,
    RootKind, RootSecret, SessionRequest, SigningScope, ToVault, TokenKind, VaultClient, VaultError,
};
use zeroize::Zeroizing;

/// The body of the child; as a test of its own it does nothing.
#[test]
fn vault_child() {
    if std::env::var_os("VAULT_CHILD").is_none() {
        return;
    }
    let control: OwnedFd = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let code = strongroom_vault::run(control);
    std::process::exit(i32::from(code != ExitCode::SUCCESS));
}

struct VaultProcess {
    child: Child,
    control: CustodyChannel,
}

fn spawn() -> VaultProcess {
    let (control, theirs) = UnixStream::pair().unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["vault_child", "--exact", "--nocapture", "--test-threads=1"])
        .env("VAULT_CHILD", "1")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    VaultProcess { child, control: CustodyChannel::new(control) }
}

/// Two lanes: the front's ends and the vault's.
fn lanes() -> ((UnixStream, UnixStream), LaneEnds) {
    let (near_fast, fast) = UnixStream::pair().unwrap();
    let (near_slow, slow) = UnixStream::pair().unwrap();
    ((near_fast, near_slow), LaneEnds { fast, slow })
}

fn root() -> Option<RootSecret> {
    Some(RootSecret::Key(RootKey::copy_of(&[2; 32])))
}

fn passphrase(text: &str) -> RootSecret {
    RootSecret::Passphrase(Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap())
}

async fn started(client: &VaultClient) -> (VaultProcess, String) {
    started_with(client, root()).await
}

async fn started_with(client: &VaultClient, root: Option<RootSecret>) -> (VaultProcess, String) {
    let vault = spawn();
    let (near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Start(root, far)).unwrap();
    let Some(FromVault::Ready(report)) = vault.control.receive_in_supervisor().unwrap() else { panic!() };
    client.connect(near.0, near.1, None).await.unwrap();
    (vault, report)
}

fn binding() -> KeyBinding {
    KeyBinding {
        arn: "arn:aws:kms:us-east-1:111122223333:key/mrk-11111111111111111111111111111111".into(),
        key_id: [0x11; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: "AWS_KMS".into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confined_vault_serves_heals_and_ends_with_its_supervisor() {
    let client = VaultClient::new();
    let (mut vault, report) = started(&client).await;
    for measure in
        ["secrets in", "seccomp", "landlock", "not-dumpable", "no-core-files", "not-root", "no-capabilities"]
    {
        assert!(report.contains(measure), "{measure} missing in: {report}");
    }
    let keyring = client.initialise(ClusterId([3; 16])).await.unwrap();
    let binding = binding();
    let key = client.generate_backing_key(&binding).await.unwrap();
    let backing = Arc::new(BackingKey::new(&binding, &key.material_id, &key.record));
    let calls: Vec<_> = (0..500)
        .map(|_| {
            let (client, key) = (client.clone(), backing.clone());
            tokio::spawn(async move { client.generate_data_key(&key, &[0, 0], 32).await.unwrap() })
        })
        .collect();
    for call in calls {
        let data_key = call.await.unwrap();
        let opened = client.decrypt(&backing, &[0, 0], &data_key.blob).await.unwrap();
        assert_eq!(opened.expose(), data_key.plaintext.expose());
    }

    // The front was started again: new lanes to the same vault, which is still open.
    let front = VaultClient::new();
    let (near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Lanes(far)).unwrap();
    drop(client);
    front.connect(near.0, near.1, Some(&keyring)).await.unwrap();
    assert!(front.health().await.unwrap().opened);
    let data_key = front.generate_data_key(&backing, &[0, 0], 32).await.unwrap();

    // The vault was started again: calls fail meanwhile, the keyring opens it.
    vault.child.kill().unwrap();
    vault.child.wait().unwrap();
    assert_eq!(front.health().await, Err(VaultError::Unavailable));
    let mut vault = spawn();
    let (near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Start(root(), far)).unwrap();
    assert!(matches!(vault.control.receive_in_supervisor(), Ok(Some(FromVault::Ready(_)))));
    front.connect(near.0, near.1, Some(&keyring)).await.unwrap();
    assert!(front.decrypt(&backing, &[0, 0], &data_key.blob).await.is_ok());

    drop(vault.control);
    let status = vault.child.wait().unwrap();
    assert!(status.success(), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confined_vault_makes_sessions_and_tokens_that_outlive_it() {
    let client = VaultClient::new();
    let (mut vault, _) = started(&client).await;
    let keyring = client.initialise(ClusterId([3; 16])).await.unwrap();
    let now = SystemClock.now();
    let expires_at = Timestamp::from_millis(now.millis() + 3_600_000);
    let asked = SessionRequest { account: "111122223333", expires_at, claims: b"claims" };
    let session = client.create_session(asked).await.unwrap();
    assert!(session.token.starts_with("SRS1.") && session.token.len() <= 4_096);
    let grant = client.seal_token(TokenKind::Grant, b"grant").await.unwrap();

    vault.child.kill().unwrap();
    vault.child.wait().unwrap();
    let vault = spawn();
    let (near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Start(root(), far)).unwrap();
    assert!(matches!(vault.control.receive_in_supervisor(), Ok(Some(FromVault::Ready(_)))));
    client.connect(near.0, near.1, Some(&keyring)).await.unwrap();

    let scope = SigningScope { date: today(), region: "us-east-1".into(), service: "kms".into() };
    let opened = client.open_session(&session.token, &session.access_key_id, &scope).await.unwrap();
    assert_eq!((opened.claims.as_slice(), opened.expires_at), (&b"claims"[..], expires_at));
    assert_eq!(client.open_token(TokenKind::Grant, &grant).await.unwrap().expose(), b"grant");
    for (token, id) in
        [(session.token.as_str(), "ASIAIOSFODNN7EXAMPLE"), ("FwoGZXIvYXdz", &session.access_key_id)]
    {
        let outcome = client.open_session(token, id, &scope).await;
        assert_eq!(outcome.unwrap_err(), VaultError::TokenRejected);
    }
    let other = client.open_token(TokenKind::Grant, &session.token).await;
    assert_eq!(other.unwrap_err(), VaultError::TokenRejected);
}

/// `YYYYMMDD`, UTC.
fn today() -> String {
    let out = Command::new("date").args(["-u", "+%Y%m%d"]).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

impl VaultProcess {
    /// An act, after what is presented for it.
    fn act(&self, presented: Vec<RootSecret>, act: CustodyAct) -> FromVault {
        let presented = presented.into_iter().map(CustodyAct::Present);
        for act in presented.chain([act]) {
            self.control.send_to_vault(&ToVault::Act(act)).unwrap();
        }
        self.control.receive_in_supervisor().unwrap().unwrap()
    }
}

/// Argon2id runs in the confined process: its memory and its time must be allowed there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confined_vault_is_sealed_and_opened_by_a_passphrase() {
    let client = VaultClient::new();
    let (vault, _) = started(&client).await;
    let keyring = client.initialise(ClusterId([3; 16])).await.unwrap();
    client.open(&keyring).await.unwrap();
    let binding = binding();
    let key = client.generate_backing_key(&binding).await.unwrap();
    let backing = BackingKey::new(&binding, &key.material_id, &key.record);
    let blob = client.encrypt(&backing, &[0, 0], b"text").await.unwrap();
    let enrol = CustodyAct::Enrol { name: "operators".into(), at_ms: 7 };
    let enrolled = vault.act(vec![passphrase("correct horse battery")], enrol);
    assert!(matches!(enrolled, FromVault::Done(_)), "{enrolled:?}");
    let keyring = client.proposed_keyring().await.unwrap();
    client.open(&keyring).await.unwrap();
    assert_eq!(keyring.roots.last().unwrap().kind, RootKind::Passphrase);

    assert_eq!(vault.act(Vec::new(), CustodyAct::Seal), FromVault::Done(String::new()));
    assert!(!client.health().await.unwrap().opened);
    assert_eq!(client.decrypt(&backing, &[0, 0], &blob).await.unwrap_err(), VaultError::Sealed);
    assert_eq!(client.open(&keyring).await, Err(VaultError::Sealed));
    let wrong = vault.act(vec![passphrase("correct horse batterx")], CustodyAct::Unseal);
    assert!(matches!(wrong, FromVault::Refused(_)), "{wrong:?}");
    let right = vault.act(vec![passphrase("correct horse battery")], CustodyAct::Unseal);
    assert!(matches!(right, FromVault::Done(_)), "{right:?}");
    assert_eq!(client.decrypt(&backing, &[0, 0], &blob).await.unwrap().expose(), b"text");

    // A vault that was started with a passphrase tries it by itself once the front brings the keyring.
    let client = VaultClient::new();
    let (vault, _) = started_with(&client, Some(passphrase("correct horse battery"))).await;
    assert_eq!(client.open(&keyring).await, Err(VaultError::Opening));
    let said = vault.control.receive_in_supervisor().unwrap();
    assert!(matches!(&said, Some(FromVault::Note(note)) if note.contains("was opened")), "{said:?}");
    client.open(&keyring).await.unwrap();
    assert_eq!(client.decrypt(&backing, &[0, 0], &blob).await.unwrap().expose(), b"text");
}

#[test]
fn vault_without_a_start_says_so_and_ends() {
    let mut vault = spawn();
    let (_near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Lanes(far)).unwrap();
    let said = vault.control.receive_in_supervisor().unwrap();
    assert_eq!(said, Some(FromVault::Failed("the supervisor sent no start".into())));
    assert_eq!(vault.child.wait().unwrap().code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_frame_closes_the_lane_and_new_lanes_are_served() {
    use std::io::{Read, Write};
    let client = VaultClient::new();
    let (vault, _) = started(&client).await;
    drop(client);
    let (near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Lanes(far)).unwrap();
    (&near.0).write_all(&[12, 0, 0, 0, 1, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    let mut rest = Vec::new();
    assert_eq!((&near.0).read_to_end(&mut rest).unwrap(), 0);
    drop(near);
    let (near, far) = lanes();
    vault.control.send_to_vault(&ToVault::Lanes(far)).unwrap();
    let client = VaultClient::new();
    client.connect(near.0, near.1, None).await.unwrap();
    assert!(!client.health().await.unwrap().opened);
}
