//! Certificates: strict verification by OpenSSL, renewal, and what a further name does.

use super::*;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

const START: Timestamp = Timestamp::from_millis(1_900_000_000_000);

fn folders(base: &Path) -> Folders {
    Folders { data_dir: base.join("data"), secrets_dir: base.join("secrets") }.create().unwrap()
}

fn made(folders: &Folders, names: &[&str], now: Timestamp) -> Identity {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    private_identity(&names, folders, now).unwrap()
}

/// `openssl verify -x509_strict` at the given time; the output on failure.
fn verify(folders: &Folders, leaf: &Path, at: Timestamp, extra: &[&str]) -> Result<(), String> {
    let output = Command::new("openssl")
        .args(["verify", "-x509_strict", "-purpose", "sslserver", "-attime", &at.seconds().to_string()])
        .args(extra)
        .arg("-CAfile")
        .args([folders.ca_certificate(), leaf.to_owned()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(text.into_owned()) }
}

#[test]
fn certificate_passes_strict_verification_for_its_names_only() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    assert!(made(&folders, &["kms.example.org", "10.1.2.3"], START).new_ca);
    let leaf = folders.secret("server.pem");
    for name in ["localhost", "kms.example.org"] {
        verify(&folders, &leaf, START, &["-verify_hostname", name]).unwrap();
    }
    for ip in ["127.0.0.1", "::1", "10.1.2.3"] {
        verify(&folders, &leaf, START, &["-verify_ip", ip]).unwrap();
    }
    assert!(verify(&folders, &leaf, START, &["-verify_hostname", "other.example.org"]).is_err());
    assert!(verify(&folders, &leaf, START.plus_days(89), &[]).is_ok());
    assert!(verify(&folders, &leaf, START.plus_days(91), &[]).is_err());
}

#[test]
fn ca_cannot_sign_for_other_names() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    made(&folders, &[], START);
    let (ca_pem, ca_key) = read_ca(&folders).unwrap().unwrap();
    let stray = ["bank.example.org".to_owned()].into();
    make_server(&stray, &ca_pem, &ca_key, &folders, START).unwrap();
    let refused = verify(&folders, &folders.secret("server.pem"), START, &[]).unwrap_err();
    assert!(refused.contains("permitted subtree violation"), "{refused}");
}

#[test]
fn server_certificate_is_renewed_after_sixty_days_by_the_same_ca() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    let first = made(&folders, &["a.example"], START);
    let day_59 = made(&folders, &["a.example"], START.plus_days(59));
    assert_eq!(day_59.tls.chain_pem, first.tls.chain_pem);
    let day_60 = made(&folders, &["a.example"], START.plus_days(60));
    assert_ne!(day_60.tls.chain_pem, first.tls.chain_pem);
    assert!(!day_59.new_ca && !day_60.new_ca);
    verify(&folders, &folders.secret("server.pem"), START.plus_days(149), &[]).unwrap();
    let day_61 = made(&folders, &["a.example"], START.plus_days(61));
    assert_eq!(day_61.tls.chain_pem, day_60.tls.chain_pem);
}

#[test]
fn further_name_makes_a_new_ca_and_fewer_names_do_not() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    let first = made(&folders, &["a.example"], START);
    let fewer = made(&folders, &[], START);
    assert!(!fewer.new_ca);
    assert_ne!(fewer.tls.chain_pem, first.tls.chain_pem);
    assert!(!made(&folders, &["a.example"], START).new_ca, "the CA still covers it");
    let further = made(&folders, &["a.example", "b.example"], START);
    assert!(further.new_ca);
    verify(&folders, &folders.secret("server.pem"), START, &["-verify_hostname", "b.example"]).unwrap();
}

#[test]
fn lost_ca_certificate_is_put_back() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    made(&folders, &[], START);
    std::fs::remove_file(folders.ca_certificate()).unwrap();
    assert!(!made(&folders, &[], START).new_ca);
    verify(&folders, &folders.secret("server.pem"), START, &[]).unwrap();
}

#[test]
fn start_without_news_writes_neither_ca_nor_server_certificate() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    made(&folders, &[], START);
    let files = [folders.ca_certificate(), folders.secret("ca.pem"), folders.secret("server.pem")];
    let inodes = || files.clone().map(|file| std::fs::metadata(file).unwrap().ino());
    let before = inodes();
    made(&folders, &[], START);
    assert_eq!(inodes(), before);
}

#[test]
fn server_certificate_that_cannot_be_kept_is_served() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = folders(temporary.path());
    let first = made(&folders, &[], START);
    // A folder that is not empty in its place: nothing can be renamed to it.
    std::fs::remove_file(folders.secret("server-key.pem")).unwrap();
    std::fs::create_dir_all(folders.secret("server-key.pem").join("inside")).unwrap();
    let second = made(&folders, &[], START.plus_days(60));
    assert!(!second.new_ca);
    assert_ne!(second.tls.chain_pem, first.tls.chain_pem);
    let leaf = temporary.path().join("leaf.pem");
    std::fs::write(&leaf, &second.tls.chain_pem).unwrap();
    verify(&folders, &leaf, START.plus_days(149), &[]).unwrap();
    std::fs::remove_dir_all(folders.secret("server-key.pem")).unwrap();
    let kept = made(&folders, &[], START.plus_days(60));
    let again = made(&folders, &[], START.plus_days(60));
    assert_eq!(kept.tls.chain_pem, again.tls.chain_pem, "the control: kept once there is room");
}

#[test]
fn key_that_was_replaced_alone_is_noticed() {
    let identity = |chain: &str, key: &str| TlsIdentity {
        chain_pem: chain.to_owned(),
        key_pem: SecretText::new(key.to_owned()),
    };
    let served = identity("chain", "key");
    assert!(are_same(&identity("chain", "key"), &served));
    assert!(!are_same(&identity("chain", "other"), &served));
    assert!(!are_same(&identity("other", "key"), &served));
}
