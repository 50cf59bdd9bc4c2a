//! Damage to the files of segments, compressed ones too: whatever byte it is, what is wrong is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod one_record;
mod signed_log;
mod signer;

use proptest::prelude::*;
use signed_log::{Bench, block_on, copied, settings};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;
use strongroom_audit::verify::Finding;
use strongroom_audit::{SegmentInfo, Settings, seals};

/// A log that every case gets a copy of: a sealed segment of several frames, some of one frame, and one that is not sealed.
static LOG: LazyLock<tempfile::TempDir> = LazyLock::new(|| block_on(sealed_log()).dir);

async fn sealed_log() -> Bench {
    let mut bench = Bench::new();
    let sealing = Settings { seal: true, ..settings() };
    let log = bench.try_open(Settings { segment_bytes_max: 1 << 20, ..sealing }).unwrap().log;
    bench.write(&log, 300).await;
    bench.sign(&log, false).await;
    drop(log);
    let log = bench.try_open(sealing).unwrap().log;
    for closed in [false, true] {
        bench.write(&log, 12).await;
        bench.sign(&log, closed).await;
    }
    bench
}

fn copy_of_the_log() -> Bench {
    let bench = Bench::new();
    copied(LOG.path(), bench.dir.path());
    bench
}

fn path_of(bench: &Bench, segment: SegmentInfo) -> PathBuf {
    let suffix = if segment.sealed { ".jsonl.zst" } else { ".jsonl" };
    bench.dir.path().join(format!("{:020}{suffix}", segment.first))
}

/// The lines of a segment as far as they can be read, and whether that is to the end.
fn read(bench: &Bench, segment: SegmentInfo) -> (Vec<u8>, bool) {
    let mut lines = Vec::new();
    let outcome = bench.disk().read(segment.first).and_then(|mut reader| reader.read_to_end(&mut lines));
    (lines, outcome.is_ok())
}

/// What somebody does to a byte of a file.
#[derive(Clone, Debug)]
enum Harm {
    Flip(u8),
    Cut,
    Insert(u8),
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        3 => (1_u8..=u8::MAX).prop_map(Harm::Flip),
        1 => Just(Harm::Cut),
        3 => any::<u8>().prop_map(Harm::Insert),
    ]
}

fn harmed(mut bytes: Vec<u8>, at: usize, harm: &Harm) -> Vec<u8> {
    match harm {
        Harm::Flip(bits) => bytes[at] ^= bits,
        Harm::Cut => bytes.truncate(at),
        Harm::Insert(byte) => bytes.insert(at, *byte),
    }
    bytes
}

/// The records among which the finding says the wrong one is.
fn named(found: &Finding) -> (u64, u64) {
    match found {
        Finding::Altered { sequence, .. }
        | Finding::Truncated { sequence, .. }
        | Finding::Unreadable { sequence, .. } => (*sequence, *sequence),
        Finding::Line(fault) => (fault.sequence, fault.sequence),
        Finding::AlteredAmong { first, last, .. } => (*first, *last),
        other => panic!("{other}"),
    }
}

// `PROPTEST_CASES=100000` makes it as many.
proptest! {
    #[test]
    fn every_harm_to_a_byte_of_a_segment_is_pinpointed(
        file: prop::sample::Index,
        at: prop::sample::Index,
        harm in harm(),
        with_tree: bool,
    ) {
        let bench = copy_of_the_log();
        if !with_tree {
            bench.drop_tree();
        }
        let segments = bench.disk().segments().unwrap();
        let segment = segments[file.index(segments.len())];
        let (lines, _) = read(&bench, segment);
        let path = path_of(&bench, segment);
        let bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        fs::write(&path, harmed(bytes, at, &harm)).unwrap();
        let (left, readable) = read(&bench, segment);
        let same = lines.iter().zip(&left).take_while(|(was, is)| was == is).count();
        // Not every byte of a compressed file counts, and what follows the newest checkpoint is signed by nobody.
        let harmless = same == lines.len() && (!segment.sealed || (readable && left.len() == same));
        let outcome = bench.verify();
        if harmless {
            prop_assert!(outcome.is_ok(), "{:?}", outcome);
            return Ok(());
        }
        let wrong = segment.first + lines[..same].iter().filter(|byte| **byte == b'\n').count() as u64;
        let found = outcome.unwrap_err();
        let (first, last) = named(&found);
        prop_assert!(first <= wrong && wrong <= last, "{} is not in {}..={}: {}", wrong, first, last, found);
        prop_assert!(!with_tree || first == last, "{}", found);
        if let Finding::Unreadable { segment: named, .. } = found {
            prop_assert_eq!(named, segment.first);
        }
    }
}

#[test]
fn what_is_wrong_first_is_named_though_a_later_segment_cannot_be_read() {
    let bench = copy_of_the_log();
    let segments = bench.disk().segments().unwrap();
    bench.verify().unwrap();
    for segment in [segments[2], segments[1]] {
        fs::write(path_of(&bench, segment), "damaged").unwrap();
        let found = bench.verify().unwrap_err();
        assert!(
            matches!(found, Finding::Unreadable { segment: at, sequence, .. }
                if at == segment.first && sequence == segment.first),
            "{found}"
        );
        let said = found.to_string();
        assert!(said.starts_with(&format!("segment {:020}, record {0}: ", segment.first)), "{said}");
    }
    // A record in the first frame of the first segment.
    let path = path_of(&bench, segments[0]);
    let lines = String::from_utf8(read(&bench, segments[0]).0).unwrap();
    let mut altered = Vec::new();
    strongroom_audit::compress_lines(lines.replacen("Decrypt", "Encrypt", 1).as_bytes(), &mut altered)
        .unwrap();
    fs::write(path, altered).unwrap();
    let found = bench.verify().unwrap_err();
    assert!(matches!(found, Finding::Altered { sequence: 1, .. }), "{found}");
}

#[test]
fn seal_that_cannot_be_read_is_named_by_file_and_line() {
    let bench = copy_of_the_log();
    let path = bench.dir.path().join("seals");
    let whole = fs::read_to_string(&path).unwrap();
    assert!(seals(&*bench.disk()).unwrap().len() > 1);
    let (first, rest) = whole.split_once('\n').unwrap();
    fs::write(&path, format!("{first}\n#{rest}")).unwrap();
    let found = bench.verify().unwrap_err().to_string();
    assert!(found.contains("seals, line 2: "), "{found}");
}
