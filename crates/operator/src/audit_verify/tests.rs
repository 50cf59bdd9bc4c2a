//! An auditor's commands on a log that was written here.

use super::*;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use strongroom_audit::{AuditLog, Disk, Purpose, Settings};

const ML_DSA_65_KEY: [u8; 1_952] = [0; 1_952];

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[5; 32]).unwrap()
}

pub(super) fn keys() -> LogKeys {
    LogKeys::new("log/1", pair().public_key().as_ref(), &ML_DSA_65_KEY).unwrap()
}

/// A data directory with a log of so many gap lines, a checkpoint after each.
pub(super) async fn data_dir(lines: u64) -> (tempfile::TempDir, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&dir.path().join("audit")).unwrap());
    let (log, _) = AuditLog::open(Settings::default(), disk).unwrap();
    let mut checkpoints = Vec::new();
    for _ in 0..lines {
        log.tell_gap(log.reserve(Purpose::Change).unwrap(), "a line", None).await.unwrap();
        log.settle().await;
        let head = log.tree_head();
        let root = base64_of(&head.root);
        let text = format!("log/1\n{}\n{root}\n", head.size);
        let note = keys().note(&text, pair().sign(text.as_bytes()).as_ref(), None);
        log.keep_checkpoint(&note, &note).unwrap();
        checkpoints.push(note.to_string());
    }
    (dir, checkpoints)
}

/// Standard Base64 of a hash.
fn base64_of(hash: &[u8; 32]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in hash.chunks(3) {
        let mut bits = 0_u32;
        (0..3).for_each(|at| bits = bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let letter = char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

#[tokio::test]
async fn log_of_a_data_directory_verifies_and_its_records_are_proved() {
    let (dir, _) = data_dir(5).await;
    let files = AuditFiles::open(dir.path()).unwrap();
    assert_eq!(files.verify(&keys()).unwrap().records, 5);
    let proof = files.prove(&RecordName::Sequence(3), &keys()).unwrap();
    assert_eq!((proof.index, proof.check(&keys()).unwrap().size), (2, 5));
    let missing = files.prove(&RecordName::Id("nobody".to_owned()), &keys());
    assert!(matches!(missing, Err(ProveError::NoRecord)));
}

#[tokio::test]
async fn log_that_lacks_what_a_kept_checkpoint_says_does_not_verify() {
    // The lines are the same, so one log is what the other was.
    let (dir, _) = data_dir(3).await;
    let (_newer, checkpoints) = data_dir(5).await;
    let files = AuditFiles::open(dir.path()).unwrap();
    for within in [None, Some(checkpoints[1].as_str()), Some(checkpoints[2].as_str())] {
        assert_eq!(files.verify_in_place(&keys(), within, false).unwrap().records, 3, "the control");
    }
    let found = files.verify_in_place(&keys(), Some(&checkpoints[4]), false).unwrap_err();
    assert!(matches!(found, Finding::Lacks { sequence: 4, found: 3, signed: 5, .. }), "{found}");
    assert!(found.to_string().contains("audit-checkpoint"), "{found}");
    let text = format!("log/1\n2\n{}\n", base64_of(&[9; 32]));
    let forked = keys().note(&text, pair().sign(text.as_bytes()).as_ref(), None).to_string();
    let found = files.verify_in_place(&keys(), Some(&forked), false).unwrap_err();
    assert!(matches!(found, Finding::OtherHistory { size: 2, .. }), "{found}");
    let unsigned = checkpoints[2].replace("log/1\n3\n", "log/1\n2\n");
    let found = files.verify_in_place(&keys(), Some(&unsigned), false).unwrap_err();
    assert!(matches!(found, Finding::Kept { .. }), "{found}");
    std::fs::write(dir.path().join("audit/checkpoint"), &checkpoints[4]).unwrap();
    let found = files.verify_in_place(&keys(), None, false).unwrap_err();
    assert!(found.to_string().contains("audit/checkpoint"), "{found}");
    assert_eq!(files.verify(&keys()).unwrap().records, 3, "an export may be a part of what was signed since");
}

#[tokio::test]
async fn record_of_a_later_segment_is_proved_without_the_segments_before_it() {
    let (dir, _) = data_dir(1).await;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&dir.path().join("audit")).unwrap());
    let small = Settings { segment_bytes_max: 1, ..Settings::default() };
    let (log, _) = AuditLog::open(small, disk.clone()).unwrap();
    for _ in 0..5 {
        log.tell_gap(log.reserve(Purpose::Change).unwrap(), "a line", None).await.unwrap();
    }
    log.settle().await;
    let head = log.tree_head();
    let text = format!("log/1\n{}\n{}\n", head.size, base64_of(&head.root));
    let note = keys().note(&text, pair().sign(text.as_bytes()).as_ref(), None);
    log.keep_checkpoint(&note, &note).unwrap();
    drop(log);
    let segments = disk.segments().unwrap();
    assert!(segments.iter().filter(|segment| segment.sealed).count() > 3, "{segments:?}");
    let files = AuditFiles::open(dir.path()).unwrap();
    for sequence in 1..=head.size {
        let proof = files.prove(&RecordName::Sequence(sequence), &keys()).unwrap();
        assert_eq!((proof.index, proof.check(&keys()).unwrap().size), (sequence - 1, head.size));
    }
    // What lies before is not read.
    let first =
        std::fs::read_dir(dir.path().join("audit")).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let first = first.filter(|path| path.to_string_lossy().contains(".jsonl")).min().unwrap();
    std::fs::write(first, "damaged").unwrap();
    assert!(files.prove(&RecordName::Sequence(head.size), &keys()).is_ok());
    assert!(files.prove(&RecordName::Sequence(1), &keys()).is_err());
}

#[tokio::test]
async fn checkpoints_of_one_history_are_consistent_and_a_fork_is_not() {
    let (dir, checkpoints) = data_dir(5).await;
    let files = AuditFiles::open(dir.path()).unwrap();
    let found = files.consistency(&checkpoints[1], &checkpoints[4], &keys()).unwrap();
    assert_eq!((found.old.size, found.new.size), (2, 5));
    let text = format!("log/1\n2\n{}\n", base64_of(&[9; 32]));
    let forged = keys().note(&text, pair().sign(text.as_bytes()).as_ref(), None).to_string();
    let forked = files.consistency(&forged, &checkpoints[4], &keys());
    assert!(matches!(forked, Err(ProveError::Forked { old: 2, new: 5 })));
}

#[tokio::test]
async fn holds_are_made_listed_and_ended() {
    let (dir, _) = data_dir(1).await;
    let files = AuditFiles::open(dir.path()).unwrap();
    files.add_hold("case 7", "the court asks").unwrap();
    assert!(matches!(files.add_hold("case 7", ""), Err(AuditFilesError::Hold(HoldError::Stands(_)))));
    assert!(matches!(files.add_hold(" ", ""), Err(AuditFilesError::Hold(HoldError::Name))));
    assert_eq!(files.holds().unwrap()[0].reason, "the court asks");
    files.remove_hold("case 7").unwrap();
    assert!(matches!(files.remove_hold("case 7"), Err(AuditFilesError::Hold(HoldError::Missing(_)))));
}

#[test]
fn folder_without_a_log_is_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(AuditFiles::open(dir.path()), Err(AuditFilesError::NoLog(_))));
    assert!(matches!(AuditFiles::open(&dir.path().join("none")), Err(AuditFilesError::NoLog(_))));
    assert!(log_keys(&dir.path().join("none")).is_err());
}
