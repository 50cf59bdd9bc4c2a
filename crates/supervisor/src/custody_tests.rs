//! Acts of custody between an operator, the vault's end of the line and the files.

use super::*;
use crate::{PassphraseSource, RootChoice, files};
use serde_json::json;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

fn folders(base: &Path) -> Folders {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap()
}

/// Of a service that was started with a passphrase, with the way to a TPM.
fn with_tpm(base: &Path, tpm: &Path) -> (Custody, Receiver<Event>) {
    let (folders, phrase) = (folders(base), base.join("phrase"));
    std::fs::write(&phrase, "correct horse battery\n").unwrap();
    let choice = RootChoice::Passphrase(Some(PassphraseSource::File(phrase)));
    let (source, _) = RootSource::prepare(&choice, tpm, &folders, None).unwrap();
    let (events, happened) = sync_channel(8);
    (Custody::new(source, folders, false, events), happened)
}

fn custody(base: &Path) -> Custody {
    with_tpm(base, Path::new("/dev/none")).0
}

/// Waits for what the TPM says to an act, and has the act go on.
fn tpm_says(custody: &mut Custody, happened: &Receiver<Event>, vault: &CustodyChannel) {
    let Event::TpmSaid(number, said) = happened.recv().unwrap() else { panic!("another event") };
    custody.heard_tpm(number, said, Some(vault));
}

fn call(request: OperatorRequest) -> (OperatorCall, Receiver<OperatorAnswer>) {
    let (answer, wait) = sync_channel(1);
    (OperatorCall { peer_uid: 7, request, descriptor: None, answer }, wait)
}

fn channels() -> (CustodyChannel, CustodyChannel) {
    let (a, b) = UnixStream::pair().unwrap();
    (CustodyChannel::new(a), CustodyChannel::new(b))
}

fn next(vault: &CustodyChannel) -> CustodyAct {
    match vault.receive_in_vault().unwrap() {
        Some(ToVault::Act(act)) => act,
        other => panic!("{other:?}"),
    }
}

#[test]
fn sealed_vault_is_started_without_its_root_until_it_is_unsealed() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, far)) = (custody(temporary.path()), channels());
    assert!(custody.root_for_start().unwrap().is_some());
    let (seal, answered) = call(OperatorRequest::VaultSeal);
    custody.begin(seal, &Unsettled::default(), Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Seal));
    assert!(custody.root_for_start().unwrap().is_none());
    let (second, refused) = call(OperatorRequest::VaultRotateDomainKey);
    custody.begin(second, &Unsettled::default(), Some(&near));
    assert!(refused.recv().unwrap().unwrap_err().contains("in progress"));
    let followed = custody.heard(Ok(String::new())).unwrap();
    assert_eq!((followed.peer_uid, followed.news), (7, CustodyNews::Sealed));
    assert!(answered.try_recv().is_err(), "the front answers");
    let (unseal, _answered) = call(OperatorRequest::VaultUnseal { passphrase: None });
    custody.begin(unseal, &Unsettled::default(), Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    let CustodyAct::Present(RootSecret::Passphrase(phrase)) = next(&far) else { panic!() };
    assert_eq!(phrase.expose(), b"correct horse battery");
    assert!(matches!(next(&far), CustodyAct::Unseal));
    custody.heard(Ok("00".to_owned())).unwrap();
    assert!(custody.root_for_start().unwrap().is_some());
}

#[test]
fn token_is_enrolled_and_stays_when_another_root_is_removed() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, far)) = (custody(temporary.path()), channels());
    custody.pkcs11 = true;
    let enroll = OperatorRequest::VaultEnroll {
        kind: "pkcs11".to_owned(),
        name: Some("hsm".to_owned()),
        file: None,
        passphrase: None,
    };
    let (enroll, _answered) = call(enroll);
    custody.begin(enroll, &Unsettled::default(), Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Present(RootSecret::Pkcs11)));
    assert!(matches!(next(&far), CustodyAct::Enrol { name, .. } if name == "hsm"));
    custody.heard(Ok("11".repeat(16))).unwrap();
    let (remove, _answered) = call(OperatorRequest::VaultRemove {
        root: "00".repeat(16),
        passphrases: Vec::new(),
        key_files: Vec::new(),
    });
    custody.begin(remove, &Unsettled::default(), Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Offer(RootSecret::Passphrase(_))), "of the start");
    assert!(matches!(next(&far), CustodyAct::Offer(RootSecret::Pkcs11)));
    assert!(matches!(next(&far), CustodyAct::Remove(_)));
    custody.heard(Ok(String::new())).unwrap();
    // A recovery set goes with a new keyring key, too.
    let (remove, _answered) =
        call(OperatorRequest::VaultRecoveryRemove { passphrases: Vec::new(), key_files: Vec::new() });
    custody.begin(remove, &Unsettled::default(), Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Offer(RootSecret::Passphrase(_))), "of the start");
    assert!(matches!(next(&far), CustodyAct::Offer(RootSecret::Pkcs11)));
    assert!(matches!(next(&far), CustodyAct::RemoveRecovery));
    let followed = custody.heard(Ok("board\nsafe".to_owned())).unwrap();
    let dropped = vec!["board".to_owned(), "safe".to_owned()];
    assert_eq!(followed.news, CustodyNews::RecoveryRemoved { dropped });
}

#[test]
fn key_file_that_was_not_enrolled_is_removed_again() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, _far)) = (custody(temporary.path()), channels());
    let path = temporary.path().join("second-key");
    let request = || OperatorRequest::VaultEnroll {
        kind: "key-file".to_owned(),
        name: None,
        file: Some(path.clone()),
        passphrase: None,
    };
    let (enroll, refused) = call(request());
    custody.begin(enroll, &Unsettled::default(), Some(&near));
    assert!(path.exists());
    let followed = custody.heard(Err("no".to_owned())).unwrap();
    assert_eq!(refused.recv().unwrap().unwrap_err(), "no");
    let event = "OperatorEnrollRoot".to_owned();
    assert_eq!(followed.news, CustodyNews::Refused { act: event, reason: "no".to_owned() });
    assert!(!path.exists());
    let (enroll, _answered) = call(request());
    custody.begin(enroll, &Unsettled::default(), Some(&near));
    custody.heard(Ok("11".to_owned())).unwrap();
    assert!(path.exists());
}

#[test]
fn what_makes_no_sense_is_answered_at_once() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, _far)) = (custody(temporary.path()), channels());
    let enroll = |kind: &str| OperatorRequest::VaultEnroll {
        kind: kind.to_owned(),
        name: None,
        file: None,
        passphrase: None,
    };
    let remove = OperatorRequest::VaultRemove {
        root: "xyz".to_owned(),
        passphrases: Vec::new(),
        key_files: Vec::new(),
    };
    for (request, said) in [
        (enroll("passphrase"), "needs the passphrase"),
        (enroll("recovery"), "vault recovery create"),
        (enroll("pkcs11"), "started without a token"),
        (enroll("stone"), "not a kind of root"),
        (remove, "32 hex digits"),
    ] {
        let (asked, refused) = call(request);
        custody.begin(asked, &Unsettled::default(), Some(&near));
        let refused = refused.recv().unwrap().unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
    let (asked, refused) = call(OperatorRequest::VaultSeal);
    custody.begin(asked, &Unsettled::default(), None);
    assert!(refused.recv().unwrap().unwrap_err().contains("does not run"));
}

#[test]
fn removal_says_that_the_tpm_is_away_whether_it_is_refused_or_done() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, happened) = with_tpm(temporary.path(), Path::new("/dev/none"));
    let (near, _far) = channels();
    let remove = || {
        let root = "00".repeat(16);
        OperatorRequest::VaultRemove { root, passphrases: Vec::new(), key_files: Vec::new() }
    };
    let (asked, answered) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    let followed = custody.heard(Ok(String::new())).unwrap();
    followed.answer.unwrap().send(Ok(json!({ "Removed": "00" }))).unwrap();
    assert_eq!(
        answered.recv().unwrap(),
        Ok(json!({ "Removed": "00" })),
        "the control: no key was sealed here"
    );
    // Another root was, and its TPM is not there.
    files::write(&custody.folders.tpm_root(), b"SRTPM1-00", 0o600).unwrap();
    let (asked, refused) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    tpm_says(&mut custody, &happened, &near);
    custody.heard(Err("the last root".to_owned())).unwrap();
    let said = refused.recv().unwrap().unwrap_err();
    assert!(said.starts_with("the last root (the root that a TPM sealed was not presented: "), "{said}");
    let (asked, answered) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    tpm_says(&mut custody, &happened, &near);
    let followed = custody.heard(Ok("board".to_owned())).unwrap();
    followed.answer.unwrap().send(Ok(json!({ "Removed": "00" }))).unwrap();
    let told = answered.recv().unwrap().unwrap();
    assert!(told["TpmAway"].as_str().is_some_and(|why| why.contains("tpm-root")), "{told}");
}

#[test]
fn act_waits_for_a_tpm_that_hangs_and_nothing_else_does() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("tpm");
    let listener = UnixListener::bind(&path).unwrap();
    let (mut custody, happened) = with_tpm(temporary.path(), &path);
    let (near, _far) = channels();
    let enroll =
        OperatorRequest::VaultEnroll { kind: "tpm".to_owned(), name: None, file: None, passphrase: None };
    let (asked, refused) = call(enroll);
    custody.begin(asked, &Unsettled::default(), Some(&near));
    let (hanging, _) = listener.accept().unwrap();
    assert!(refused.try_recv().is_err() && happened.try_recv().is_err(), "nobody waited");
    let (second, busy) = call(OperatorRequest::VaultRotateDomainKey);
    custody.begin(second, &Unsettled::default(), Some(&near));
    assert!(busy.recv().unwrap().unwrap_err().contains("in progress"));
    drop(hanging);
    tpm_says(&mut custody, &happened, &near);
    let said = refused.recv().unwrap().unwrap_err();
    assert!(said.starts_with("TPM: "), "{said}");
    let (third, _answered) = call(OperatorRequest::VaultRotateDomainKey);
    custody.begin(third, &Unsettled::default(), Some(&near));
    assert!(custody.heard(Ok("2".to_owned())).is_some(), "the next act is not kept out");
}

#[test]
fn sealing_waits_for_no_tpm_and_what_that_was_asked_for_is_not_done_any_more() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("tpm");
    let listener = UnixListener::bind(&path).unwrap();
    let (mut custody, happened) = with_tpm(temporary.path(), &path);
    let (near, far) = channels();
    let enroll =
        || OperatorRequest::VaultEnroll { kind: "tpm".to_owned(), name: None, file: None, passphrase: None };
    let (asked, given_up) = call(enroll());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    let (hanging, _) = listener.accept().unwrap();
    let (rotate, busy) = call(OperatorRequest::VaultRotateDomainKey);
    custody.begin(rotate, &Unsettled::default(), Some(&near));
    assert!(busy.recv().unwrap().unwrap_err().contains("in progress"), "the control: others wait");
    let (seal, _answered) = call(OperatorRequest::VaultSeal);
    custody.begin(seal, &Unsettled::default(), Some(&near));
    assert!(given_up.recv().unwrap().unwrap_err().contains("sealed"));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Seal));
    assert_eq!(custody.heard(Ok(String::new())).unwrap().news, CustodyNews::Sealed);
    let (asked, refused) = call(enroll());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    drop(hanging);
    tpm_says(&mut custody, &happened, &near);
    assert!(refused.try_recv().is_err(), "that was said to the question that was given up");
    drop(listener.accept().unwrap());
    tpm_says(&mut custody, &happened, &near);
    let said = refused.recv().unwrap().unwrap_err();
    assert!(said.starts_with("TPM: "), "{said}");
}

#[test]
fn sealing_goes_behind_what_the_vault_is_at_and_outlasts_it() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, far)) = (custody(temporary.path()), channels());
    let (unseal, _answered) = call(OperatorRequest::VaultUnseal { passphrase: None });
    custody.begin(unseal, &Unsettled::default(), Some(&near));
    let (rotate, busy) = call(OperatorRequest::VaultRotateDomainKey);
    custody.begin(rotate, &Unsettled::default(), Some(&near));
    assert!(busy.recv().unwrap().unwrap_err().contains("in progress"), "the control: others are refused");
    assert!(custody.root_for_start().unwrap().is_some());
    let (seal, answered) = call(OperatorRequest::VaultSeal);
    custody.begin(seal, &Unsettled::default(), Some(&near));
    assert!(answered.try_recv().is_err(), "it is not refused");
    assert!(custody.root_for_start().unwrap().is_none(), "from now on, whatever becomes of the vault");
    let (again, refused) = call(OperatorRequest::VaultSeal);
    custody.begin(again, &Unsettled::default(), Some(&near));
    assert!(refused.recv().unwrap().unwrap_err().contains("already"));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Present(_)));
    assert!(matches!(next(&far), CustodyAct::Unseal));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Seal));
    let unsealed = custody.heard(Ok("00".to_owned())).unwrap();
    assert_eq!(unsealed.news, CustodyNews::Unsealed { root: "00".to_owned() });
    assert!(custody.root_for_start().unwrap().is_none(), "the sealing comes after it");
    assert_eq!(custody.heard(Ok(String::new())).unwrap().news, CustodyNews::Sealed);
    assert!(custody.root_for_start().unwrap().is_none());
}

/// A sealed key of no TPM, as `tpm-root` has it.
fn sealed_elsewhere() -> String {
    // Policy, name of the storage key, two empty blobs.
    let mut bytes = vec![0; 1 + 34 + 2 + 2];
    let check = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    bytes.extend_from_slice(&check.as_ref()[..8]);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("SRTPM1-{hex}\n")
}

#[test]
fn vault_that_starts_waits_for_its_tpm_unless_it_was_sealed() {
    let temporary = tempfile::tempdir().unwrap();
    let (folders, path) = (folders(temporary.path()), temporary.path().join("tpm"));
    let listener = UnixListener::bind(&path).unwrap();
    files::write(&folders.tpm_root(), sealed_elsewhere().as_bytes(), 0o600).unwrap();
    let (source, _) = RootSource::prepare(&RootChoice::Tpm, &path, &folders, None).unwrap();
    let (events, happened) = sync_channel(8);
    let mut custody = Custody::new(source, folders, false, events);
    assert!(custody.root_for_start().is_none());
    let (hanging, _) = listener.accept().unwrap();
    assert!(happened.try_recv().is_err(), "nobody waited");
    drop(hanging);
    let Event::RootForStart(read) = happened.recv().unwrap() else { panic!("another event") };
    assert!(matches!(read, Err(SupervisorError::Tpm(_))), "{read:?}");
    assert!(or_sealed(read.map(Some)).is_none());
    custody.sealed = true;
    assert!(custody.root_for_start().unwrap().is_none());
}

#[test]
fn root_of_the_start_that_cannot_be_read_is_told_and_nothing_is_dropped_for_it() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, far)) = (custody(temporary.path()), channels());
    let remove = || {
        let (root, key_files) = ("00".repeat(16), Vec::new());
        OperatorRequest::VaultRemove { root, passphrases: Vec::new(), key_files }
    };
    let (asked, answered) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    let followed = custody.heard(Ok("board".to_owned())).unwrap();
    assert_eq!(
        followed.news,
        CustodyNews::Removed { id: "00".repeat(16), dropped: vec!["board".to_owned()] },
        "the control: it was presented, and another one was not"
    );
    assert!(answered.try_recv().is_err(), "the front answers");
    std::fs::remove_file(temporary.path().join("phrase")).unwrap();
    let (asked, refused) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    let followed = custody.heard(Ok("operators\nboard".to_owned())).unwrap();
    let said = refused.recv().unwrap().unwrap_err();
    assert!(said.contains("phrase") && said.contains("it is not there"), "{said}");
    assert!(said.contains("not presented: operators, board; present them or"), "{said}");
    assert!(said.contains("start the service with an enrolled root; nothing was changed"), "{said}");
    let event = "OperatorRemoveRoot".to_owned();
    assert!(followed.forgets && !followed.is_proposal(), "the vault must not keep its proposal");
    assert_eq!(followed.news, CustodyNews::Refused { act: event, reason: said });
    let (asked, refused) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    assert!(!custody.heard(Err("the last root".to_owned())).unwrap().forgets, "it has proposed nothing");
    assert!(refused.recv().unwrap().unwrap_err().starts_with("the last root (the root that the service"));
    // That root may be the one that goes: then nothing is dropped.
    let (asked, _answered) = call(remove());
    custody.begin(asked, &Unsettled::default(), Some(&near));
    let followed = custody.heard(Ok(String::new())).unwrap();
    assert!(matches!(followed.news, CustodyNews::Removed { dropped, .. } if dropped.is_empty()));
    drop(far);
}

#[test]
fn prepared_set_is_stored_only_when_the_operator_has_its_shares_and_while_its_vault_lives() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, _far)) = (custody(temporary.path()), channels());
    let prepare = |custody: &mut Custody| {
        let request = OperatorRequest::VaultRecoveryCreate { shares: 3, threshold: 2, prepare: true };
        let (asked, answered) = call(request);
        assert!(custody.begin(asked, &Unsettled::default(), Some(&near)).is_none());
        custody.heard_share(ShareText::new("srshare1a".to_owned()));
        assert!(custody.heard(Ok("0a".to_owned())).is_none(), "the front hears nothing of it");
        let told = answered.recv().unwrap().unwrap();
        assert_eq!(told, json!({ "Set": "0a", "Shares": 3, "Threshold": 2, "ShareTexts": ["srshare1a"] }));
    };
    let store = |custody: &mut Custody, set: &str| {
        let (asked, answered) = call(OperatorRequest::VaultRecoveryStore { set: set.to_owned() });
        custody.begin(asked, &Unsettled::default(), Some(&near)).ok_or_else(|| answered.recv().unwrap())
    };
    prepare(&mut custody);
    assert!(store(&mut custody, "0b").is_err(), "another's id");
    let followed = store(&mut custody, "0a").ok().unwrap();
    assert!(followed.is_proposal());
    let set = "0a".to_owned();
    assert_eq!(followed.news, CustodyNews::RecoveryCreated { set, shares: 3, threshold: 2 });
    assert!(store(&mut custody, "0a").is_err(), "once");
    prepare(&mut custody);
    custody.vault_died();
    let refused = store(&mut custody, "0a").err().unwrap().unwrap_err();
    assert!(refused.ends_with("nothing was changed"), "{refused}");
}

#[test]
fn removal_of_the_root_of_the_start_is_told_and_that_of_another_is_not() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, _far)) = (custody(temporary.path()), channels());
    let mut told_of = |said: &str| {
        let (root, key_files) = ("00".repeat(16), Vec::new());
        let remove = OperatorRequest::VaultRemove { root, passphrases: Vec::new(), key_files };
        let (asked, answered) = call(remove);
        custody.begin(asked, &Unsettled::default(), Some(&near));
        let followed = custody.heard(Ok(said.to_owned())).unwrap();
        let dropped = vec!["board".to_owned()];
        assert_eq!(followed.news, CustodyNews::Removed { id: "00".repeat(16), dropped }, "names alone");
        followed.answer.unwrap().send(Ok(json!({ "Removed": "00" }))).unwrap();
        answered.recv().unwrap().unwrap()["StartRootRemoved"] == true
    };
    assert!(told_of("board\n:passphrase"));
    assert!(!told_of("board"), "the control: it stays");
    assert!(!told_of("board\n:tpm"), "the control: a root of this machine, not that of the start");
}

#[test]
fn act_waits_until_the_front_has_stored_what_the_one_before_proposed() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, _far)) = (custody(temporary.path()), channels());
    let mut unsettled = Unsettled::default();
    let enroll = |name: &str| OperatorRequest::VaultEnroll {
        kind: "key-file".to_owned(),
        name: None,
        file: Some(temporary.path().join(name)),
        passphrase: None,
    };
    let (first, _answered) = call(enroll("first"));
    custody.begin(first, &unsettled, Some(&near));
    let followed = custody.heard(Ok("11".repeat(16))).unwrap();
    assert!(followed.is_proposal() && !followed.forgets);
    unsettled.wait(1, followed.made);
    let (second, refused) = call(enroll("second"));
    custody.begin(second, &unsettled, Some(&near));
    assert!(refused.recv().unwrap().unwrap_err().contains("in progress"));
    assert!(!temporary.path().join("second").exists(), "it was not begun");
    // What proposes nothing goes through.
    for request in [OperatorRequest::VaultSeal, OperatorRequest::VaultUnseal { passphrase: None }] {
        let (asked, waits) = call(request);
        custody.begin(asked, &unsettled, Some(&near));
        assert!(waits.try_recv().is_err(), "not refused");
        assert!(!custody.heard(Ok("00".to_owned())).unwrap().is_proposal());
    }
    // The control: the front has answered, or died.
    unsettled.settle(1, Ok(json!({ "Root": "11" })), None).unwrap();
    for (id, name) in [(2, "second"), (3, "third")] {
        let (asked, waits) = call(enroll(name));
        custody.begin(asked, &unsettled, Some(&near));
        assert!(waits.try_recv().is_err(), "{name} is not refused");
        unsettled.wait(id, custody.heard(Ok("22".repeat(16))).unwrap().made);
        unsettled.front_died();
    }
    assert!(temporary.path().join("first").exists() && temporary.path().join("third").exists());
}
