//! What a sink has received is verified like the log, and what is wrong with it is named.

use super::*;
use crate::audit_verify::tests::{data_dir, keys};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

const HEAD: &str = ",\"kind\":\"gap\",\"record\":";

fn record(line: &str) -> &str {
    let at = line.find("\"record\":").unwrap() + "\"record\":".len();
    line[at..].strip_suffix('}').unwrap()
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn sequence(line: &str) -> u64 {
    let line: Value = serde_json::from_str(line).unwrap();
    line["sequence"].as_u64().unwrap()
}

fn manifest_path(folder: &Path, lines: &[&str]) -> PathBuf {
    let (first, last) = (sequence(lines[0]), sequence(lines[lines.len() - 1]));
    folder.join(MANIFESTS).join(format!("{first:020}-{last:020}.json"))
}

/// A batch as the courier exports it: its first line stands in the manifest, the others' records in a file.
fn deliver(folder: &Path, lines: &[&str]) {
    let (loose, filed) = lines.split_first().unwrap();
    let records: Vec<&str> = filed.iter().map(|line| record(line)).collect();
    let content = gzipped(&format!("{{\"Records\":[{}]}}", records.join(",")));
    let numbers: Vec<[u64; 2]> = filed.iter().map(|line| [sequence(line); 2]).collect();
    let name = format!("AWSLogs/{}.json.gz", sequence(loose));
    let (first, last) = (sequence(loose), sequence(filed[filed.len() - 1]));
    let manifest = json!({
        "version": 1,
        "first": first,
        "last": last,
        "files": [{ "name": name, "sha256": const_hex::encode(digest(&SHA256, &content)), "numbers": numbers }],
        "around": [{ "first": first, "last": last, "head": HEAD, "tail": "}" }],
        "lines": [loose],
    });
    for part in [MANIFESTS, "AWSLogs"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    fs::write(folder.join(name), content).unwrap();
    fs::write(manifest_path(folder, lines), manifest.to_string()).unwrap();
}

/// A log of six lines that was delivered in two batches.
struct Delivered {
    log: tempfile::TempDir,
    sink: tempfile::TempDir,
    lines: Vec<String>,
}

impl Delivered {
    async fn new() -> Self {
        let (log, _) = data_dir(6).await;
        let segment = log.path().join("audit/00000000000000000001.jsonl");
        let lines: Vec<String> = fs::read_to_string(segment).unwrap().lines().map(str::to_owned).collect();
        let delivered = Self { log, sink: tempfile::tempdir().unwrap(), lines };
        for batch in delivered.batches() {
            deliver(delivered.sink.path(), &batch);
        }
        delivered
    }

    fn batches(&self) -> [Vec<&str>; 2] {
        let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        [lines[..3].to_vec(), lines[3..].to_vec()]
    }

    fn open(&self) -> DeliveredLog {
        DeliveredLog::open(self.sink.path(), &self.log.path().join("audit/checkpoints")).unwrap()
    }

    fn found(&self) -> String {
        self.open().verify(&keys()).unwrap_err().to_string()
    }

    /// Changes the text of a batch's manifest.
    fn change(&self, batch: usize, from: &str, to: &str) {
        let path = manifest_path(self.sink.path(), &self.batches()[batch]);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

#[tokio::test]
async fn what_was_delivered_verifies_with_the_checkpoints_of_the_log() {
    let delivered = Delivered::new().await;
    assert!(DeliveredLog::is_one(delivered.sink.path()) && !DeliveredLog::is_one(delivered.log.path()));
    let log = delivered.open();
    let verified = log.verify(&keys()).unwrap();
    assert_eq!((verified.records, verified.checkpoints, log.signed()), (6, 6, 6));
}

#[tokio::test]
async fn altered_file_is_named() {
    let delivered = Delivered::new().await;
    let records: Vec<&str> = delivered.lines[4..].iter().map(|line| record(line)).collect();
    let altered = format!("{{\"Records\":[{}]}}", records.join(",")).replacen("a line", "b line", 1);
    fs::write(delivered.sink.path().join("AWSLogs/4.json.gz"), gzipped(&altered)).unwrap();
    let found = delivered.found();
    assert!(found.contains("AWSLogs/4.json.gz") && found.contains("SHA-256"), "{found}");
    // With its hash in the manifest too it is still not what was signed.
    let content = fs::read(delivered.sink.path().join("AWSLogs/4.json.gz")).unwrap();
    let genuine = gzipped(&format!("{{\"Records\":[{}]}}", records.join(",")));
    let hash = |bytes: &[u8]| const_hex::encode(digest(&SHA256, bytes));
    delivered.change(1, &hash(&genuine), &hash(&content));
    let found = delivered.found();
    assert!(found.contains("not what was signed") && found.contains("records 5 to 5"), "{found}");
}

#[tokio::test]
async fn altered_line_of_a_manifest_is_among_those_that_are_named() {
    let delivered = Delivered::new().await;
    delivered.change(1, "a line", "b line");
    assert!(delivered.found().contains("records 4 to 4"), "{}", delivered.found());
}

#[tokio::test]
async fn missing_batch_is_named_and_one_that_is_still_to_come_is_not_missing() {
    let delivered = Delivered::new().await;
    let [first, last] = delivered.batches().map(|batch| manifest_path(delivered.sink.path(), &batch));
    let text = fs::read(&last).unwrap();
    fs::remove_file(&last).unwrap();
    let log = delivered.open();
    assert_eq!((log.verify(&keys()).unwrap().records, log.signed()), (3, 6));
    fs::write(&last, text).unwrap();
    fs::remove_file(first).unwrap();
    assert!(delivered.found().contains("the log goes on with record 4"), "{}", delivered.found());
}

#[tokio::test]
async fn manifest_that_names_a_file_elsewhere_or_other_numbers_is_refused() {
    for (from, to, why) in [
        ("AWSLogs/1.json.gz", "../AWSLogs/1.json.gz", "as no export does"),
        ("[[2,2],[3,3]]", "[[2,2]]", "more records than numbers"),
        ("[[2,2],[3,3]]", "[[2,3],[3,3]]", "fewer records than numbers"),
        ("AWSLogs/1.json.gz", "AWSLogs/9.json.gz", "AWSLogs/9.json.gz: "),
    ] {
        let delivered = Delivered::new().await;
        delivered.change(0, from, to);
        assert!(delivered.found().contains(why), "{}", delivered.found());
    }
}

#[tokio::test]
async fn changed_byte_of_a_manifest_is_found_or_changes_no_line() {
    let delivered = Delivered::new().await;
    let path = manifest_path(delivered.sink.path(), &delivered.batches()[0]);
    let whole = fs::read(&path).unwrap();
    let checkpoints = delivered.log.path().join("audit/checkpoints");
    let mut found = 0;
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        let verified = DeliveredLog::open(delivered.sink.path(), &checkpoints).ok();
        match verified.and_then(|log| log.verify(&keys()).ok()) {
            Some(verified) => assert_eq!(verified.records + verified.unsigned, 6, "byte {at}"),
            None => found += 1,
        }
    }
    assert!(found > whole.len() / 2, "{found} of {}", whole.len());
}

#[test]
fn what_gaps_take_back_is_not_counted() {
    let leaves = |numbers: &[[u64; 2]], voids: &[Range<u64>]| {
        Count { numbers: numbers.to_vec(), voids: voids.to_vec() }.leaves()
    };
    assert_eq!(leaves(&[[1, 6], [7, 7], [8, 10]], &[]), 10);
    assert_eq!(leaves(&[[1, 6], [7, 7], [8, 10]], &[3..5, 4..8]), 5);
    assert_eq!(leaves(&[[1, u64::MAX]], &[Range { start: 5, end: 3 }, 0..1]), u64::MAX - 1);
}
