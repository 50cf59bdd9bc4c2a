//! What a batch becomes: log files as CloudTrail names and fills them, then the manifest. The same batch makes the same
//! bytes.

use crate::export::Object;
use crate::export::manifest::{FileEntry, Manifest};
use crate::hash::sha256_hex;
use crate::line::{Facts, Line};
use crate::sink::Batch;
use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The records of one log file.
struct LogFile<'a> {
    lines: Vec<&'a Line>,
    /// When its first record was, if it says so.
    at: Option<jiff::Timestamp>,
}

/// The log files and, last, the manifest.
pub(crate) fn of(batch: &Batch) -> io::Result<Vec<Object>> {
    let mut files: BTreeMap<(String, String), LogFile<'_>> = BTreeMap::new();
    for line in batch.lines().iter().filter(|line| line.is_cloudtrail()) {
        let facts = line.facts();
        let file =
            files.entry(place(&facts)).or_insert_with(|| LogFile { lines: Vec::new(), at: facts.at() });
        file.lines.push(line);
    }
    let mut objects = Vec::new();
    let mut manifest = Manifest::of(batch);
    for ((account, region), file) in &files {
        let records = records(&file.lines);
        let object = Object { name: name(account, region, file), content: gzipped(records.as_bytes())? };
        manifest.files.push(FileEntry {
            name: object.name.clone(),
            sha256: sha256_hex(&object.content),
            content_sha256: sha256_hex(records.as_bytes()),
            bytes: object.content.len() as u64,
            records: file.lines.len() as u64,
            numbers: FileEntry::ranges(file.lines.iter().map(|line| line.number)),
        });
        objects.push(object);
    }
    objects.push(manifest.object()?);
    Ok(objects)
}

/// Account and Region of a record. They become parts of paths: what is neither stands under a name of its own.
fn place(facts: &Facts<'_>) -> (String, String) {
    let account = facts.recipient_account_id.as_ref();
    let account_fits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let region = facts.aws_region.as_ref();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let region_fits = (1..=32).contains(&region.len()) && region.bytes().all(plain);
    let or = |fits: bool, text: &str, other: &str| if fits { text.to_owned() } else { other.to_owned() };
    (or(account_fits, account, "000000000000"), or(region_fits, region, "unknown"))
}

/// `AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`. Sixteen
/// characters are unique: the first record's number in hex.
fn name(account: &str, region: &str, file: &LogFile<'_>) -> String {
    let at = file.at.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let (day, minute) = (at.strftime("%Y/%m/%d"), at.strftime("%Y%m%dT%H%MZ"));
    let unique = file.lines.first().map_or(0, |line| line.number);
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique:016x}.json.gz"
    )
}

/// `{"Records":[...]}`, the records as they are in the log.
fn records(lines: &[&Line]) -> String {
    let records: Vec<&str> = lines.iter().map(|line| line.record()).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// Without a time in its header.
fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::tests::{event, of as line};
    use flate2::read::GzDecoder;
    use serde_json::Value;
    use std::io::Read;

    fn read(object: &Object) -> Value {
        let mut text = String::new();
        GzDecoder::new(object.content.as_slice()).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn batch() -> Batch {
        let other = "{\"eventTime\":\"2026-11-26T00:00:00Z\",\"awsRegion\":\"us-east-1\",\
                     \"recipientAccountId\":\"444455556666\"}";
        let lines = vec![
            event(9),
            line("intent", 10, "{\"x\":1}"),
            line("correction", 11, other),
            event(12),
            event(13),
        ];
        Batch::new(lines).unwrap()
    }

    #[test]
    fn records_go_to_the_file_of_their_account_and_region() {
        let objects = of(&batch()).unwrap();
        let names: Vec<&str> = objects.iter().map(|object| object.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/25/\
                 111122223333_CloudTrail_eu-west-1_20261125T1603Z_0000000000000009.json.gz",
                "AWSLogs/444455556666/CloudTrail/us-east-1/2026/11/26/\
                 444455556666_CloudTrail_us-east-1_20261126T0000Z_000000000000000b.json.gz",
                "Strongroom-Manifests/00000000000000000009-00000000000000000013.json",
            ]
        );
        let records = read(&objects[0]);
        let numbers: Vec<_> =
            records["Records"].as_array().unwrap().iter().map(|r| r["n"].as_u64()).collect();
        assert_eq!(numbers, [Some(9), Some(12), Some(13)]);
    }

    #[test]
    fn the_same_batch_makes_the_same_bytes() {
        assert_eq!(of(&batch()).unwrap(), of(&batch()).unwrap());
    }

    #[test]
    fn no_record_can_choose_a_path() {
        for (account, region) in [("../../../../x", "us-east-1"), ("1", "a/../b"), ("", ""), ("x", "EU")] {
            let record = format!("{{\"recipientAccountId\":\"{account}\",\"awsRegion\":\"{region}\"}}");
            let objects = of(&Batch::new(vec![line("event", 1, &record)]).unwrap()).unwrap();
            assert!(objects[0].name.starts_with("AWSLogs/000000000000/CloudTrail/"), "{}", objects[0].name);
            assert!(!objects[0].name.contains(".."), "{}", objects[0].name);
        }
    }

    #[test]
    fn a_batch_without_records_is_a_manifest() {
        let objects = of(&Batch::new(vec![line("gap", 4, "{\"from\":4}")]).unwrap()).unwrap();
        assert_eq!(objects.len(), 1);
        let manifest: Value = serde_json::from_slice(&objects[0].content).unwrap();
        assert_eq!(manifest["lines"][0], "{\"sequence\":4,\"kind\":\"gap\",\"record\":{\"from\":4}}");
    }
}
