//! Recovery sets, keys of backups, and a vault without a root that shares open.

use super::*;
use crate::custody::{Job, Outcome, run_job};
use crate::vault::arena_for;
use strongroom_backup::SealedHeader;
use strongroom_types::SystemClock;
use strongroom_vault_protocol::{
    AccessKeyBinding, CustodyAct, Keyring, Passphrase, Request, RootKey, RootSecret,
};
use zeroize::Zeroizing;

const DIGEST: [u8; 32] = [9; 32];

fn key(byte: u8) -> RootSecret {
    RootSecret::Key(RootKey::copy_of(&[byte; 32]))
}

/// A vault with a worker and the custody thread's hand.
struct Bench {
    worker: Worker,
    random: WorkerRandom,
}

impl Bench {
    fn starting_with(root: Option<RootSecret>) -> Self {
        let vault = Vault::new(arena_for(8).unwrap(), root, 8, Box::new(SystemClock));
        Self { worker: Worker::start(vault).unwrap(), random: crate::random::start().unwrap() }
    }

    /// A vault of this cluster that is open.
    fn open(cluster: u8) -> Self {
        let mut bench = Self::starting_with(Some(key(9)));
        let made = bench.ask(Request::Initialise(ClusterId([cluster; 16])));
        let Ok(Reply::Keyring(keyring)) = made else { panic!("{made:?}") };
        bench.ask(Request::Open(keyring)).unwrap();
        bench
    }

    fn ask(&mut self, request: Request<'_>) -> Result<Reply, Fault> {
        self.worker.execute(request)
    }

    fn recover(&mut self, request: RecoveryRequest<'_>) -> Result<Reply, Fault> {
        self.ask(Request::Recovery(request))
    }

    fn act(&mut self, act: CustodyAct) -> Outcome {
        run_job(&self.worker.vault, &mut self.random, Job::Act(act)).unwrap()
    }

    fn present(&mut self, secret: RootSecret) {
        assert_eq!(self.act(CustodyAct::Present(secret)), Outcome::Nothing);
    }

    /// What the front does with a proposal.
    fn adopt(&mut self) -> Keyring {
        let proposed = self.ask(Request::ProposedKeyring);
        let Ok(Reply::Keyring(keyring)) = proposed else { panic!("{proposed:?}") };
        self.ask(Request::Open(keyring.clone())).unwrap();
        keyring
    }

    /// Makes a set of 5 shares, any 3 of which open: the texts and the keyring.
    fn create_set(&mut self) -> (Vec<ShareText>, Keyring) {
        let made = self.act(CustodyAct::CreateRecovery { shares: 5, threshold: 3, at_ms: 7 });
        assert!(matches!(made, Outcome::Done(_)), "{made:?}");
        let shares = self.worker.vault.take_shares();
        assert!(self.worker.vault.take_shares().is_empty(), "they come out once");
        (shares, self.adopt())
    }

    fn backup_key(&mut self) -> (Vec<u8>, Vec<u8>) {
        let made = self
            .recover(RecoveryRequest::BackupKey { revision: 41, made: Timestamp::from_millis(7) })
            .unwrap();
        let Reply::Secret(both) = made else { panic!("{made:?}") };
        let (header, key) = both.expose().split_at(strongroom_backup::HEADER_BYTES);
        (header.to_vec(), key.to_vec())
    }

    fn mac(&mut self) -> [u8; 32] {
        match self.recover(RecoveryRequest::BackupMac(DIGEST)) {
            Ok(Reply::Blob(mac)) => mac.try_into().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn share(&mut self, text: &ShareText) -> Outcome {
        let bytes = Share::parse(text.expose()).unwrap().to_bytes();
        let bytes = Zeroizing::new(bytes.to_vec());
        self.act(CustodyAct::Share(RootSecret::Passphrase(Passphrase::new(bytes).unwrap())))
    }

    fn restore(&mut self, header: &[u8], shares: &[ShareText]) -> Outcome {
        self.recover(RecoveryRequest::RestoreBackup(header)).unwrap();
        for share in shares {
            assert!(matches!(self.share(share), Outcome::Done(_)));
        }
        self.act(CustodyAct::Combine)
    }
}

fn binding() -> AccessKeyBinding {
    AccessKeyBinding { account: "111122223333".into(), access_key_id: "AKIA1".into() }
}

fn answer(error: VaultError) -> Fault {
    Fault::Answer(error)
}

fn refused(outcome: Outcome) -> String {
    match outcome {
        Outcome::Refused(text) => text,
        other => panic!("{other:?}"),
    }
}

fn done() -> Outcome {
    Outcome::Done(String::new())
}

/// A cluster with a set: the shares, its keyring, a wrapped access key, and header, file key and MAC of a backup.
struct Lost {
    shares: Vec<ShareText>,
    keyring: Keyring,
    record: Vec<u8>,
    header: Vec<u8>,
    file_key: Vec<u8>,
    mac: [u8; 32],
}

fn lost() -> Lost {
    let mut bench = Bench::open(5);
    let (shares, keyring) = bench.create_set();
    let Ok(Reply::AccessKey(made)) = bench.ask(Request::CreateAccessKey(binding())) else { panic!() };
    let (header, file_key) = bench.backup_key();
    let mac = bench.mac();
    Lost { shares, keyring, record: made.record, header, file_key, mac }
}

#[test]
fn shares_open_the_backup_on_a_bare_machine_and_everything_is_wrapped_to_the_new_root() {
    let lost = lost();
    let mut bare = Bench::starting_with(None);
    assert_eq!(bare.restore(&lost.header, &lost.shares[1..4]), done());
    let given = bare.recover(RecoveryRequest::RestoreFileKey).unwrap();
    assert!(matches!(given, Reply::Secret(key) if key.expose() == lost.file_key));
    let keyring = lost.keyring.clone();
    bare.recover(RecoveryRequest::RestoreKeyring { keyring, digest: DIGEST, mac: lost.mac }).unwrap();
    bare.present(key_of_new_root());
    let rooted = bare.act(CustodyAct::RestoreRoot { name: "key-file".into(), at_ms: 8 });
    assert!(matches!(rooted, Outcome::Done(_)), "{rooted:?}");
    let restored = bare.adopt();
    assert_eq!(restored.roots.len(), 1);
    assert_eq!(restored.keyring_number, lost.keyring.keyring_number + 1);
    assert!(restored.recovery.is_some() && restored.recovery != lost.keyring.recovery);
    let again = bare.ask(Request::ReWrapAccessKey { binding: binding(), record: &lost.record });
    assert!(again.is_ok(), "an old access key still opens");
    // And from the new root alone, after a start.
    let mut started = Bench::starting_with(Some(key_of_new_root()));
    started.ask(Request::Open(restored.clone())).unwrap();
    let mut old_root = Bench::starting_with(Some(key(9)));
    let gone = old_root.ask(Request::Open(restored)).unwrap_err();
    assert_eq!(gone, answer(VaultError::StartRootNotEnrolled));
}

fn key_of_new_root() -> RootSecret {
    key(77)
}

#[test]
fn one_share_less_gives_nothing() {
    let lost = lost();
    let mut bare = Bench::starting_with(None);
    let said = refused(bare.restore(&lost.header, &lost.shares[..2]));
    assert!(said.contains("2 of 3"), "{said}");
    assert_eq!(bare.recover(RecoveryRequest::RestoreFileKey).unwrap_err(), answer(VaultError::BadRequest));
    let keyring = lost.keyring.clone();
    let opened = bare.recover(RecoveryRequest::RestoreKeyring { keyring, digest: DIGEST, mac: lost.mac });
    assert_eq!(opened.unwrap_err(), answer(VaultError::BadRequest));
    // Positive control: the third one opens.
    assert_eq!(bare.share(&lost.shares[2]), Outcome::Done("3 of 3".to_owned()));
    assert_eq!(bare.act(CustodyAct::Combine), done());
}

#[test]
fn share_of_another_set_and_one_twice_are_refused_at_once() {
    let lost = lost();
    let (others, _) = Bench::open(6).create_set();
    let mut bare = Bench::starting_with(None);
    bare.recover(RecoveryRequest::RestoreBackup(&lost.header)).unwrap();
    assert!(refused(bare.share(&others[0])).contains("is needed"));
    assert!(matches!(bare.share(&lost.shares[0]), Outcome::Done(_)));
    assert!(refused(bare.share(&lost.shares[0])).contains("there already"));
    assert!(refused(Bench::starting_with(None).share(&lost.shares[0])).contains("no restore"));
}

#[test]
fn altered_header_gives_no_file_key() {
    let lost = lost();
    for at in [8, 24, 40, 48, 96, 1_215, 1_216, 1_247] {
        let mut header = lost.header.clone();
        header[at] ^= 1;
        let mut bare = Bench::starting_with(None);
        let said = refused(bare.restore(&header, &lost.shares[..3]));
        assert!(said.contains("altered"), "byte {at}: {said}");
    }
    let mut bare = Bench::starting_with(None);
    let cut = bare.recover(RecoveryRequest::RestoreBackup(&lost.header[..1_247]));
    assert_eq!(cut.unwrap_err(), answer(VaultError::BadRequest));
}

#[test]
fn mac_digest_and_keyring_of_another_backup_are_rejected() {
    let lost = lost();
    let mut bare = Bench::starting_with(None);
    assert_eq!(bare.restore(&lost.header, &lost.shares[..3]), done());
    let mut other_mac = lost.mac;
    other_mac[0] ^= 1;
    let none = Keyring { recovery: None, ..lost.keyring.clone() };
    let renumbered = Keyring { keyring_number: 2, ..lost.keyring.clone() };
    let elsewhere = Keyring { cluster: ClusterId([1; 16]), ..lost.keyring.clone() };
    let right = lost.keyring.clone();
    for (keyring, digest, mac) in [
        (right.clone(), DIGEST, other_mac),
        (right.clone(), [8; 32], lost.mac),
        (none, DIGEST, lost.mac),
        (renumbered, DIGEST, lost.mac),
        (elsewhere, DIGEST, lost.mac),
    ] {
        let opened = bare.recover(RecoveryRequest::RestoreKeyring { keyring, digest, mac });
        assert_eq!(opened.unwrap_err(), answer(VaultError::RecordRejected));
    }
    bare.recover(RecoveryRequest::RestoreKeyring { keyring: right, digest: DIGEST, mac: lost.mac }).unwrap();
}

#[test]
fn vault_that_serves_or_waits_is_not_restored_into() {
    let lost = lost();
    let mut open = Bench::open(5);
    let mut waits = Bench::starting_with(None);
    assert_eq!(waits.ask(Request::Open(lost.keyring.clone())).unwrap_err(), answer(VaultError::Sealed));
    let mut rooted = Bench::starting_with(Some(key(1)));
    for bench in [&mut open, &mut waits, &mut rooted] {
        let begun = bench.recover(RecoveryRequest::RestoreBackup(&lost.header));
        assert_eq!(begun.unwrap_err(), answer(VaultError::BadRequest));
    }
    open.present(key(2));
    let rooted = open.act(CustodyAct::RestoreRoot { name: "key-file".into(), at_ms: 8 });
    assert!(refused(rooted).contains("no restore"));
}

#[test]
fn set_follows_a_new_keyring_key_and_the_same_shares_open_it() {
    let mut bench = Bench::open(5);
    let (shares, first) = bench.create_set();
    bench.present(key(2));
    assert!(matches!(bench.act(CustodyAct::Enrol { name: "second".into(), at_ms: 7 }), Outcome::Done(_)));
    let enrolled = bench.adopt();
    assert_eq!(enrolled.recovery, first.recovery, "the keyring key is the same");
    bench.present(key(2));
    let removed = bench.act(CustodyAct::Remove(first.roots[0].id));
    assert!(matches!(removed, Outcome::Done(_)), "{removed:?}");
    let keyring = bench.adopt();
    assert_ne!(keyring.recovery, first.recovery);
    let ((header, _), mac) = (bench.backup_key(), bench.mac());
    let mut bare = Bench::starting_with(None);
    assert_eq!(bare.restore(&header, &shares[2..5]), done());
    bare.recover(RecoveryRequest::RestoreKeyring { keyring, digest: DIGEST, mac }).unwrap();
}

#[test]
fn set_that_the_vault_did_not_make_is_rejected_with_its_keyring() {
    let mut bench = Bench::open(5);
    let (_, keyring) = bench.create_set();
    let (_, other) = Bench::open(5).create_set();
    // What a front that was broken into would do: a set of its own in place of ours.
    let forged = Keyring { recovery: other.recovery, ..keyring.clone() };
    let mut started = Bench::starting_with(Some(key(9)));
    assert_eq!(started.ask(Request::Open(forged)).unwrap_err(), answer(VaultError::RecordRejected));
    let mut started = Bench::starting_with(Some(key(9)));
    started.ask(Request::Open(keyring)).unwrap();
}

#[test]
fn set_is_made_once_and_removed_and_a_backup_needs_one() {
    let mut bench = Bench::open(5);
    let create = || CustodyAct::CreateRecovery { shares: 3, threshold: 2, at_ms: 7 };
    let asked = RecoveryRequest::BackupKey { revision: 1, made: Timestamp::from_millis(7) };
    assert_eq!(bench.recover(asked.clone()).unwrap_err(), answer(VaultError::BadRequest));
    assert!(refused(bench.act(CustodyAct::RemoveRecovery)).contains("no recovery set"));
    bench.create_set();
    assert!(refused(bench.act(create())).contains("already"));
    bench.present(key(9));
    assert_eq!(bench.act(CustodyAct::RemoveRecovery), done());
    assert!(bench.adopt().recovery.is_none());
    assert_eq!(bench.recover(asked).unwrap_err(), answer(VaultError::BadRequest));
    for (shares, threshold) in [(0, 0), (3, 1), (2, 3), (3, 0)] {
        let made = bench.act(CustodyAct::CreateRecovery { shares, threshold, at_ms: 7 });
        assert!(matches!(made, Outcome::Refused(_)), "{threshold} of {shares}");
    }
    assert!(bench.worker.vault.take_shares().is_empty());
}

#[test]
fn holders_of_a_removed_set_open_nothing_that_is_wrapped_afterwards() {
    let mut bench = Bench::open(5);
    let (shares, with_set) = bench.create_set();
    let ((header, _), mac) = (bench.backup_key(), bench.mac());
    let Ok(Reply::AccessKey(before)) = bench.ask(Request::CreateAccessKey(binding())) else { panic!() };
    bench.present(key(2));
    assert!(matches!(bench.act(CustodyAct::Enrol { name: "second".into(), at_ms: 7 }), Outcome::Done(_)));
    bench.adopt();
    let said = refused(bench.act(CustodyAct::RemoveRecovery));
    assert!(said.contains("none of the enrolled roots was presented"), "{said}");
    bench.present(key(9));
    bench.present(key(8));
    let said = refused(bench.act(CustodyAct::RemoveRecovery));
    assert!(said.starts_with("key file 2 of those presented is of no enrolled root"), "{said}");
    bench.present(key(9));
    assert_eq!(bench.act(CustodyAct::RemoveRecovery), Outcome::Done("second".to_owned()), "it was not there");
    let keyring = bench.adopt();
    assert_eq!((keyring.keyring_number, keyring.newest_domain_key(), keyring.roots.len()), (2, 2, 1));
    assert!(keyring.recovery.is_none());
    let Ok(Reply::AccessKey(after)) = bench.ask(Request::CreateAccessKey(binding())) else { panic!() };
    let opens = |bench: &mut Bench, record: &[u8]| {
        bench.ask(Request::ReWrapAccessKey { binding: binding(), record }).is_ok()
    };
    assert!(opens(&mut bench, &before.record) && opens(&mut bench, &after.record), "the service has both");
    // What three holders make of their shares and the old backup.
    let mut theirs = Bench::starting_with(None);
    assert_eq!(theirs.restore(&header, &shares[..3]), done());
    theirs.recover(RecoveryRequest::RestoreKeyring { keyring: with_set, digest: DIGEST, mac }).unwrap();
    theirs.present(key_of_new_root());
    let rooted = theirs.act(CustodyAct::RestoreRoot { name: "key-file".into(), at_ms: 8 });
    assert!(matches!(rooted, Outcome::Done(_)), "{rooted:?}");
    theirs.adopt();
    assert!(opens(&mut theirs, &before.record), "the control: of the time of the backup");
    assert!(!opens(&mut theirs, &after.record));
}

#[test]
fn header_of_a_backup_says_what_was_asked_for() {
    let mut bench = Bench::open(5);
    bench.create_set();
    let ((header, _), (other, _)) = (bench.backup_key(), bench.backup_key());
    let sealed = SealedHeader::read(&mut &header[..]).unwrap();
    assert_eq!((sealed.header.cluster, sealed.header.revision), ([5; 16], 41));
    assert_ne!(header[24..40], other[24..40], "backup id");
}

#[test]
fn mac_matches_the_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/recovery/service-mac.json");
    let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for entry in vectors["macs"].as_array().unwrap() {
        let bytes = |name: &str| const_hex::decode(entry[name].as_str().unwrap()).unwrap();
        let keyring_key: [u8; 32] = bytes("keyring_key").try_into().unwrap();
        let cluster: [u8; 16] = bytes("cluster").try_into().unwrap();
        let label = entry["label"].as_str().unwrap().as_bytes();
        assert!([labels::BACKUP_MAC, labels::RECOVERY_SET].contains(&label));
        let mac = service_mac(&keyring_key, &cluster, label, &[&bytes("message")]).unwrap();
        assert_eq!(mac.to_vec(), bytes("mac"));
    }
}
