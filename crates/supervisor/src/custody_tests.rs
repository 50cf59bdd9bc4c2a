//! Acts of custody between an operator, the vault's end of the line and the files.

use super::*;
use crate::{PassphraseSource, RootChoice};
use serde_json::json;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

fn custody(base: &Path) -> Custody {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
    let phrase = base.join("phrase");
    std::fs::write(&phrase, "correct horse battery\n").unwrap();
    let choice = RootChoice::Passphrase(Some(PassphraseSource::File(phrase)));
    let (source, _) = RootSource::prepare(&choice, Path::new("/dev/none"), &folders, None).unwrap();
    Custody::new(source, folders, false)
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
    assert!(custody.root_for_start().is_some());
    let (seal, answered) = call(OperatorRequest::VaultSeal);
    custody.begin(seal, Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Seal));
    assert!(custody.root_for_start().is_none());
    let (second, refused) = call(OperatorRequest::VaultRotateDomainKey);
    custody.begin(second, Some(&near));
    assert!(refused.recv().unwrap().unwrap_err().contains("in progress"));
    let followed = custody.heard(Ok(String::new())).unwrap();
    assert_eq!((followed.peer_uid, followed.news), (7, CustodyNews::Sealed));
    assert!(answered.try_recv().is_err(), "the front answers");
    let (unseal, _answered) = call(OperatorRequest::VaultUnseal { passphrase: None });
    custody.begin(unseal, Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    let CustodyAct::Present(RootSecret::Passphrase(phrase)) = next(&far) else { panic!() };
    assert_eq!(phrase.expose(), b"correct horse battery");
    assert!(matches!(next(&far), CustodyAct::Unseal));
    custody.heard(Ok("00".to_owned())).unwrap();
    assert!(custody.root_for_start().is_some());
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
    custody.begin(enroll, Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Present(RootSecret::Pkcs11)));
    assert!(matches!(next(&far), CustodyAct::Enrol { name, .. } if name == "hsm"));
    custody.heard(Ok("11".repeat(16))).unwrap();
    let (remove, _answered) = call(OperatorRequest::VaultRemove {
        root: "00".repeat(16),
        passphrases: Vec::new(),
        key_files: Vec::new(),
    });
    custody.begin(remove, Some(&near));
    assert!(matches!(next(&far), CustodyAct::Withdraw));
    assert!(matches!(next(&far), CustodyAct::Present(RootSecret::Passphrase(_))), "of the start");
    assert!(matches!(next(&far), CustodyAct::Present(RootSecret::Pkcs11)));
    assert!(matches!(next(&far), CustodyAct::Remove(_)));
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
    custody.begin(enroll, Some(&near));
    assert!(path.exists());
    let followed = custody.heard(Err("no".to_owned())).unwrap();
    assert_eq!(refused.recv().unwrap().unwrap_err(), "no");
    let event = "OperatorEnrollRoot".to_owned();
    assert_eq!(followed.news, CustodyNews::Refused { act: event, reason: "no".to_owned() });
    assert!(!path.exists());
    let (enroll, _answered) = call(request());
    custody.begin(enroll, Some(&near));
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
        (enroll("tpm"), "no TPM at /dev/none"),
        (enroll("stone"), "not a kind of root"),
        (remove, "32 hex digits"),
    ] {
        let (asked, refused) = call(request);
        custody.begin(asked, Some(&near));
        let refused = refused.recv().unwrap().unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
    let (asked, refused) = call(OperatorRequest::VaultSeal);
    custody.begin(asked, None);
    assert!(refused.recv().unwrap().unwrap_err().contains("does not run"));
}

#[test]
fn removal_says_that_the_tpm_is_away_whether_it_is_refused_or_done() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut custody, (near, _far)) = (custody(temporary.path()), channels());
    let remove = || {
        let root = "00".repeat(16);
        OperatorRequest::VaultRemove { root, passphrases: Vec::new(), key_files: Vec::new() }
    };
    let (asked, answered) = call(remove());
    custody.begin(asked, Some(&near));
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
    custody.begin(asked, Some(&near));
    custody.heard(Err("the last root".to_owned())).unwrap();
    let said = refused.recv().unwrap().unwrap_err();
    assert!(said.starts_with("the last root (the root that a TPM sealed was not presented: "), "{said}");
    let (asked, answered) = call(remove());
    custody.begin(asked, Some(&near));
    let followed = custody.heard(Ok("board".to_owned())).unwrap();
    followed.answer.unwrap().send(Ok(json!({ "Removed": "00" }))).unwrap();
    let told = answered.recv().unwrap().unwrap();
    assert!(told["TpmAway"].as_str().is_some_and(|why| why.contains("tpm-root")), "{told}");
}
