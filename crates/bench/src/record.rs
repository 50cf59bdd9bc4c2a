//! A large audit record: how large it is, how long queries take with indexes, starts of the service, and verifying.

mod auditing;
mod ids;

use anyhow::Result;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use strongroom_audit::{Bounds, IndexKeeper, Outcome, Query, SegmentFolder, Usage, event_time, page};
use strongroom_types::Timestamp;

const SEGMENT_BYTES: usize = 64 << 20;
const KEYS: u64 = 1_000;
const USERS: u64 = 50;

/// The records are spread over a year that ends here.
const END: u64 = 1_800_000_000;
const YEAR: u64 = 365 * 86_400;
const MONTH: u64 = 30 * 86_400;

/// Makes a record of so many lines and asks it the questions of docs/audit-queries.md: with indexes, and with the segments
/// sealed too, after it was started on and signed as a log.
pub(crate) fn run(records: u64) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let begun = Instant::now();
    let bytes = write(dir.path(), records)?;
    println!(
        "{records} records, {} MiB, {} bytes each ({:.1?})",
        bytes >> 20,
        bytes / records,
        begun.elapsed()
    );
    let folder = SegmentFolder::new(dir.path());
    let begun = Instant::now();
    let made = IndexKeeper::default().round(&folder, || true)?.made;
    let indexes = size_of(dir.path(), ".idx")?;
    println!("{made} indexes, {:.1} % of the record ({:.1?})", percent(indexes, bytes), begun.elapsed());
    ask(&folder)?;
    auditing::run(dir.path())?;
    let sealed = size_of(dir.path(), ".zst")?;
    println!("sealed: {:.1} % of the record, {} bytes a record", percent(sealed, bytes), sealed / records);
    ask(&folder)
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole as f64
}

fn size_of(dir: &Path, ending: &str) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(ending) {
            sum += entry.metadata()?.len();
        }
    }
    Ok(sum)
}

fn write(dir: &Path, records: u64) -> Result<u64> {
    let (mut sum, mut number) = (0, 1);
    while number <= records {
        let mut out = BufWriter::new(File::create(dir.join(format!("{number:020}.jsonl")))?);
        let mut written = 0;
        while number <= records && written < SEGMENT_BYTES {
            let line = line(number, records);
            out.write_all(line.as_bytes())?;
            written += line.len();
            number += 1;
        }
        out.flush()?;
        sum += written as u64;
    }
    Ok(sum)
}

fn key(number: u64) -> String {
    format!("arn:aws:kms:us-east-1:000000000000:key/{}", ids::key(number))
}

/// A GenerateDataKey as the service records it over TLS; one in a hundred is denied.
fn line(number: u64, records: u64) -> String {
    // Neighbours are about other keys and by other users.
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let (key, user) = (key(mixed % KEYS), mixed / KEYS % USERS);
    let at = event_time(Timestamp::from_millis((END - YEAR + YEAR * number / records) * 1_000));
    let denied =
        if mixed.is_multiple_of(100) { r#""errorCode":"AccessDenied","errorMessage":"no","# } else { "" };
    format!(
        concat!(
            r#"{{"sequence":{number},"kind":"event","record":{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","#,
            r#""principalId":"AIDA{id}","arn":"arn:aws:iam::000000000000:user/user{user}","#,
            r#""accountId":"000000000000","accessKeyId":"AKIA{id}","userName":"user{user}"}},"#,
            r#""eventTime":"{at}","eventSource":"kms.amazonaws.com","eventName":"GenerateDataKey","#,
            r#""awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"Boto3/1.44 md/Botocore#1.44 ua/2.1","#,
            r#""requestParameters":{{"keyId":"{key}","encryptionContext":{{"document":"{number}"}},"keySpec":"AES_256"}},"#,
            r#""responseElements":null,{denied}"requestID":"{request}","#,
            r#""eventID":"{event}","readOnly":true,"resources":[{{"accountId":"#,
            r#""000000000000","type":"AWS::KMS::Key","ARN":"{key}"}}],"eventType":"AwsApiCall","managementEvent":true,"#,
            r#""recipientAccountId":"000000000000","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","#,
            r#""cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"localhost:8443","#,
            r#""keyExchange":"X25519MLKEM768"}}}}}}"#,
            "\n",
        ),
        number = number,
        request = ids::request(number),
        event = ids::event(number),
        id = ids::user(user),
        user = user,
        at = at,
        key = key,
        denied = denied,
    )
}

fn ask(folder: &SegmentFolder) -> Result<()> {
    let month = Query { since: Some(END - MONTH), ..Query::default() };
    let questions = [
        ("a key's last month", Query { key: Some(key(7)), ..month.clone() }),
        (
            "a key's denials in the last month",
            Query { key: Some(key(7)), outcome: Some(Outcome::new("denied")), ..month.clone() },
        ),
        ("one request", Query { request_id: Some(ids::request(7)), ..Query::default() }),
        (
            "one context",
            Query { context: [("document".to_owned(), "7".to_owned())].into(), ..Query::default() },
        ),
        ("a key's whole year", Query { key: Some(key(7)), ..Query::default() }),
    ];
    for (name, query) in questions {
        let begun = Instant::now();
        let everything = Bounds { records: usize::MAX, bytes: usize::MAX, time: None };
        let found = page(folder, &query, None, &everything)?.lines.len();
        tell(name, found as u64, begun.elapsed());
    }
    let begun = Instant::now();
    let mut usage = Usage::default();
    usage.gather(folder, &Query { key: Some(key(7)), ..Query::default() }, None, None)?;
    tell("usage of a key", usage.count, begun.elapsed());
    Ok(())
}

fn tell(name: &str, found: u64, took: Duration) {
    println!("  {name:<36}{found:>9} records  {took:>10.1?}");
}
