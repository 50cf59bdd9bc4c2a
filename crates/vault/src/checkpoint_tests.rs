//! Checkpoints, on a vault in this process.

use super::*;
use crate::in_process::fresh_vault;
use aws_lc_rs::signature::{ED25519, ML_DSA_65, UnparsedPublicKey};
use strongroom_types::SystemClock;
use strongroom_vault_protocol::{ClusterId, Reply, Request};

fn worker(root: [u8; 32], cluster: [u8; 16]) -> Worker {
    let mut worker = Worker::start(fresh_vault(Box::new(SystemClock), Some(root)).unwrap()).unwrap();
    worker.execute(Request::Initialise(ClusterId(cluster))).unwrap();
    worker
}

fn standing(worker: &mut Worker) -> VaultStanding {
    match worker.execute(Request::Standing).unwrap() {
        Reply::Standing(standing) => standing,
        other => panic!("{other:?}"),
    }
}

fn sign(worker: &mut Worker, head: LogHead<'_>) -> Result<SignedHead, Fault> {
    worker.execute(Request::SignCheckpoint(head)).map(|reply| match reply {
        Reply::Checkpoint(signed) => signed,
        other => panic!("{other:?}"),
    })
}

fn head(standing: &VaultStanding, size: u64) -> LogHead<'static> {
    let (vault, root) = (standing.vault, [size as u8; 32]);
    LogHead { vault, origin: "log/1", size, root, base: 0, closed: false, opened: false, after: None }
}

#[test]
fn both_signatures_verify_over_the_text_with_the_count() {
    let mut worker = worker([9; 32], [5; 16]);
    worker.vault.count(3);
    let standing = standing(&mut worker);
    assert_eq!(standing.uses, 3);
    let head = head(&standing, 1);
    let signed = sign(&mut worker, head).unwrap();
    assert_eq!(signed.uses, 3);
    let text = head.text(signed.uses, signed.time_ms).unwrap();
    assert!(text.contains("\nuses 3\n"));
    UnparsedPublicKey::new(&ED25519, standing.ed25519).verify(text.as_bytes(), &signed.ed25519).unwrap();
    let post_quantum = UnparsedPublicKey::new(&ML_DSA_65, &standing.ml_dsa_65);
    post_quantum.verify(text.as_bytes(), &signed.ml_dsa_65).unwrap();
    let fewer = head.text(2, signed.time_ms).unwrap();
    assert!(post_quantum.verify(fewer.as_bytes(), &signed.ml_dsa_65).is_err(), "the control");
}

#[test]
fn a_log_that_shrinks_or_forks_is_not_signed() {
    let mut worker = worker([9; 32], [5; 16]);
    let standing = standing(&mut worker);
    let two = head(&standing, 2);
    sign(&mut worker, two).unwrap();
    sign(&mut worker, two).unwrap();
    let refused = Fault::Answer(VaultError::BadRequest);
    for wrong in [
        head(&standing, 1),
        LogHead { root: [7; 32], ..two },
        LogHead { vault: [0; 16], ..head(&standing, 3) },
    ] {
        assert_eq!(sign(&mut worker, wrong), Err(refused), "{wrong:?}");
    }
    sign(&mut worker, LogHead { origin: "log/2", ..head(&standing, 1) }).unwrap();
    sign(&mut worker, head(&standing, 3)).unwrap();
}

#[test]
fn head_of_another_log_does_not_let_the_first_one_shrink() {
    let mut worker = worker([9; 32], [5; 16]);
    let standing = standing(&mut worker);
    sign(&mut worker, head(&standing, 100)).unwrap();
    sign(&mut worker, LogHead { origin: "log/2", ..head(&standing, 1) }).unwrap();
    let refused = Err(Fault::Answer(VaultError::BadRequest));
    assert_eq!(sign(&mut worker, head(&standing, 50)), refused);
    assert_eq!(sign(&mut worker, LogHead { root: [7; 32], ..head(&standing, 100) }), refused);
    sign(&mut worker, head(&standing, 101)).unwrap();
    sign(&mut worker, LogHead { origin: "log/2", ..head(&standing, 2) }).unwrap();
}

#[test]
fn log_beyond_the_last_that_is_remembered_is_refused_and_none_is_forgotten() {
    let counted = Counted::default();
    fn of(origin: &str, size: u64) -> LogHead<'_> {
        let (vault, root) = ([0; 16], [1; 32]);
        LogHead { vault, origin, size, root, base: 0, closed: false, opened: false, after: None }
    }
    let origins: Vec<String> = (0..=LOGS_MAX).map(|number| format!("log/{number}")).collect();
    let (last, first) = origins.split_last().unwrap();
    for origin in first {
        counted.grow(&of(origin, 2)).unwrap();
    }
    assert_eq!(counted.grow(&of(last, 2)), Err(VaultError::BadRequest));
    for origin in first {
        assert_eq!(counted.grow(&of(origin, 1)), Err(VaultError::BadRequest), "{origin}");
        counted.grow(&of(origin, 3)).unwrap();
    }
}

#[test]
fn another_process_is_told_apart_and_another_cluster_has_other_keys() {
    let (mut one, mut other) = (worker([9; 32], [5; 16]), worker([9; 32], [6; 16]));
    let (first, again, other) = (standing(&mut one), standing(&mut one), standing(&mut other));
    assert_eq!(first, again);
    assert_ne!(first.vault, other.vault);
    assert_ne!(first.ed25519, other.ed25519);
    assert_ne!(first.ml_dsa_65, other.ml_dsa_65);
}
