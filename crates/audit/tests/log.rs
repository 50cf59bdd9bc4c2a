//! The log on a disk that can be filled, broken and torn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod memory_disk;

use std::sync::Arc;
use std::time::Duration;

use memory_disk::MemoryDisk;
use serde_json::{Value, json};
use strongroom_audit::{
    AuditError, AuditLog, Disk, Durability, EventType, IdentityType, Intent, Json, KeyUses, LINE_BYTES_MAX,
    OpenIntent, Pending, Purpose, RealDisk, Record, Resource, Settings, TlsDetails, UserIdentity, event_time,
};
use strongroom_types::{RequestId, Timestamp};

const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const EIO: i32 = 5;
const KEY_ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn settings() -> Settings {
    Settings { probe_interval: Duration::from_millis(1), ..Settings::default() }
}

fn open(disk: &MemoryDisk) -> (AuditLog, Vec<OpenIntent>) {
    AuditLog::open(settings(), Arc::new(disk.clone())).unwrap()
}

fn request(number: u8) -> RequestId {
    RequestId::from_random([number; 16])
}

fn record(number: u8) -> Record<'static> {
    Record {
        event_version: "1.11".into(),
        user_identity: UserIdentity {
            identity_type: Some(IdentityType::IamUser),
            principal_id: Some("AIDAEXAMPLE".into()),
            arn: Some("arn:aws:iam::111122223333:user/Alice".into()),
            account_id: Some("111122223333".into()),
            access_key_id: Some("AKIAEXAMPLE".into()),
            user_name: Some("Alice".into()),
            identity_provider: None,
            session_context: None,
            invoked_by: None,
        },
        event_time: event_time(Timestamp::from_millis(1_764_086_590_000)).into(),
        event_source: "kms.amazonaws.com".into(),
        event_name: "Decrypt".into(),
        aws_region: "us-east-1".into(),
        source_ip_address: "192.0.2.7".into(),
        user_agent: "Boto3/1.40".into(),
        request_parameters: Json::new(&json!({"encryptionAlgorithm": "SYMMETRIC_DEFAULT"})).ok(),
        response_elements: None,
        additional_event_data: None,
        error_code: None,
        error_message: None,
        request_id: request(number).to_string().into(),
        event_id: request(number.wrapping_add(100)).to_string().into(),
        read_only: true,
        resources: vec![Resource::kms_key("111122223333", KEY_ARN)],
        event_type: EventType::AwsApiCall,
        management_event: true,
        recipient_account_id: "111122223333".into(),
        shared_event_id: None,
        service_event_details: None,
        event_category: "Management".into(),
        tls_details: Some(TlsDetails {
            tls_version: "TLSv1.3".into(),
            cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
            client_provided_host_header: "localhost:8443".into(),
            key_exchange: Some("X25519MLKEM768".into()),
        }),
        key_uses: KeyUses::default(),
    }
}

/// Every line of the log in order; panics on a torn one.
fn lines(disk: &MemoryDisk) -> Vec<Value> {
    let contents = disk.contents();
    contents.values().flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Waits for the writer thread to find out that the disk is well again.
/// The log counts the space anew while nobody writes.
fn reserve_change(log: &AuditLog) -> Pending {
    loop {
        match log.reserve(Purpose::Change) {
            Ok(pending) => return pending,
            Err(_) => std::thread::yield_now(),
        }
    }
}

fn reserve_when_healed(log: &AuditLog) -> Pending {
    loop {
        match log.reserve(Purpose::Use) {
            Ok(pending) => return pending,
            Err(_) => std::thread::yield_now(),
        }
    }
}

#[test]
fn record_golden() {
    let expected = concat!(
        r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","#,
        r#""arn":"arn:aws:iam::111122223333:user/Alice","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","#,
        r#""userName":"Alice"},"eventTime":"2025-11-25T16:03:10Z","eventSource":"kms.amazonaws.com","#,
        r#""eventName":"Decrypt","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"Boto3/1.40","#,
        r#""requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,"#,
        r#""requestID":"01010101-0101-4101-8101-010101010101","#,
        r#""eventID":"65656565-6565-4565-a565-656565656565","readOnly":true,"#,
        r#""resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"#,
        r#""arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}],"#,
        r#""eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","#,
        r#""eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","#,
        r#""cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"localhost:8443","#,
        r#""keyExchange":"X25519MLKEM768"}}"#,
    );
    assert_eq!(serde_json::to_string(&record(1)).unwrap(), expected);
    let mut denied = record(1);
    denied.error_code = Some("AccessDenied".into());
    let text = serde_json::to_string(&denied).unwrap();
    assert!(text.contains(r#""responseElements":null,"errorCode":"AccessDenied","requestID""#));
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), denied);
}

#[tokio::test]
async fn records_lie_in_the_order_of_their_answers() {
    let disk = MemoryDisk::default();
    let (log, open_intents) = open(&disk);
    assert!(open_intents.is_empty());
    for number in 0..50 {
        let durability = if number % 5 == 0 { Durability::Disk } else { Durability::Kernel };
        log.close(log.reserve(Purpose::Use).unwrap(), &record(number), durability).await.unwrap();
    }
    drop(log);
    let lines = lines(&disk);
    assert_eq!(lines.len(), 50);
    for (number, line) in (0_u8..).zip(&lines) {
        assert_eq!(line["sequence"], u64::from(number) + 1);
        assert_eq!(line["kind"], "event");
        assert_eq!(line["record"]["requestID"], request(number).to_string());
    }
    assert_eq!(disk.dirty_bytes(), 0, "everything is synced at the end");
}

#[tokio::test]
async fn group_commit_shares_one_write() {
    let disk = MemoryDisk::default();
    let (log, _) = open(&disk);
    disk.hold_appends(true);
    let mut tasks = Vec::new();
    for number in 0..50 {
        let log = log.clone();
        tasks.push(tokio::spawn(async move {
            log.close(log.reserve(Purpose::Use).unwrap(), &record(number), Durability::Disk).await
        }));
    }
    // One turn of the single-threaded runtime: every task has queued its record.
    tokio::task::yield_now().await;
    disk.hold_appends(false);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(lines(&disk).len(), 50);
    assert!(disk.appends() <= 3, "{} writes", disk.appends());
    assert_eq!(disk.dirty_bytes(), 0);
}

#[tokio::test]
async fn kernel_durability_does_not_wait_for_the_sync() {
    let disk = MemoryDisk::default();
    let (log, _) = open(&disk);
    disk.hold_syncs(true);
    log.close(log.reserve(Purpose::Use).unwrap(), &record(1), Durability::Kernel).await.unwrap();
    assert_eq!(lines(&disk).len(), 1);
    assert!(disk.dirty_bytes() > 0);
    let waiting = {
        let log = log.clone();
        tokio::spawn(async move {
            log.close(log.reserve(Purpose::Use).unwrap(), &record(2), Durability::Disk).await
        })
    };
    log.close(log.reserve(Purpose::Use).unwrap(), &record(3), Durability::Kernel).await.unwrap();
    assert!(!waiting.is_finished(), "the disk has nothing yet");
    disk.hold_syncs(false);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn full_disk_refuses_at_once_and_heals() {
    for (errno, creations_too) in [(ENOSPC, false), (ENOSPC, true), (EROFS, false), (EROFS, true)] {
        refuses_and_heals(errno, creations_too).await;
    }
}

/// A disk that takes no lines, and no new segment either if so.
async fn refuses_and_heals(errno: i32, creations_too: bool) {
    let disk = MemoryDisk::default();
    let (log, _) = open(&disk);
    log.close(log.reserve(Purpose::Use).unwrap(), &record(1), Durability::Kernel).await.unwrap();
    let reserved = log.reserve(Purpose::Use).unwrap();
    disk.fail_creations(creations_too.then_some(errno));
    disk.fail_appends(Some(errno));
    let fault = log.close(reserved, &record(2), Durability::Kernel).await.unwrap_err();
    let why = std::io::Error::from_raw_os_error(errno).to_string();
    assert_eq!(fault, AuditError::Unwritable(why.clone()));
    // The log tries to heal meanwhile.
    while creations_too && disk.refused_creations() == 0 {
        std::thread::yield_now();
    }
    for purpose in [Purpose::Use, Purpose::Change] {
        assert_eq!(log.reserve(purpose).map(drop), Err(AuditError::Unwritable(why.clone())));
    }
    assert_eq!(log.status().failing, Some(why));
    disk.fail_appends(None);
    disk.fail_creations(None);
    let pending = reserve_when_healed(&log);
    log.close(pending, &record(3), Durability::Disk).await.unwrap();
    assert_eq!(log.status().failing, None);
    drop(log);
    let contents = disk.contents();
    assert_eq!(contents.len(), 2, "the torn segment is left alone and a new one begun");
    let first: Vec<&str> = contents[&1].lines().collect();
    assert!(first[0].contains(&*record(1).request_id));
    let second: Vec<Value> =
        contents.values().nth(1).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(second[0]["kind"], "gap");
    assert_eq!(second[0]["record"]["from"], 2);
    assert_eq!(second[1]["record"]["requestID"], *record(3).request_id);
    assert_eq!(second[1]["sequence"], 4, "the number of a failed write is not used again");
}

#[tokio::test]
async fn failed_sync_is_told_and_ends_the_segment() {
    let disk = MemoryDisk::default();
    let (log, _) = open(&disk);
    disk.fail_syncs(Some(EIO));
    let fault =
        log.close(log.reserve(Purpose::Use).unwrap(), &record(1), Durability::Disk).await.unwrap_err();
    assert!(matches!(fault, AuditError::Unwritable(_)), "{fault}");
    disk.fail_syncs(None);
    let pending = reserve_when_healed(&log);
    log.close(pending, &record(2), Durability::Disk).await.unwrap();
    drop(log);
    let lines = lines(&disk);
    let kinds: Vec<&Value> = lines.iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["event", "gap", "event"]);
    assert_eq!(lines[1]["record"]["from"], 1);
    assert_eq!(disk.contents().len(), 2);
}

#[tokio::test]
async fn little_free_space_refuses_before_it_is_used_up() {
    let disk = MemoryDisk::default();
    disk.set_free(1 << 20);
    let (log, _) = open(&disk);
    assert_eq!(log.reserve(Purpose::Use).map(drop), Err(AuditError::NoSpace));
    disk.set_free(1 << 30);
    drop(reserve_when_healed(&log));
}

#[tokio::test]
async fn little_free_space_is_warned_of_long_before_it_refuses() {
    let disk = MemoryDisk::default();
    disk.set_free(256 << 20);
    let (log, _) = open(&disk);
    assert_eq!((log.status().free_bytes, log.status().free_warn), (Some(256 << 20), false));
    disk.set_free((256 << 20) - 1);
    while !log.status().free_warn {
        std::thread::yield_now();
    }
    drop(log.reserve(Purpose::Use).unwrap());
    let status = log.status();
    assert_eq!((status.free_bytes, status.failing, status.warn), (Some((256 << 20) - 1), None, false));
    disk.set_free(1 << 30);
    while log.status().free_warn {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn changes_go_on_in_the_room_that_is_left_to_them() {
    let disk = MemoryDisk::default();
    disk.set_free(4 << 20);
    let (log, _) = open(&disk);
    assert_eq!(log.reserve(Purpose::Use).map(drop), Err(AuditError::NoSpace));
    log.close(log.reserve(Purpose::Change).unwrap(), &record(1), Durability::Disk).await.unwrap();
    let budget_bytes = LINE_BYTES_MAX as u64;
    let (log, _) = AuditLog::open(Settings { budget_bytes, ..settings() }, Arc::new(disk.clone())).unwrap();
    disk.set_free(1 << 30);
    let fault = log.reserve(Purpose::Use).unwrap_err();
    assert_eq!(fault, AuditError::BudgetUsedUp { budget_bytes });
    log.close(reserve_change(&log), &record(2), Durability::Disk).await.unwrap();
}

#[tokio::test]
async fn room_that_was_made_is_seen_at_once() {
    let disk = MemoryDisk::default();
    disk.set_free(0);
    let never = Settings { probe_interval: std::time::Duration::from_secs(3_600), ..settings() };
    let (log, _) = AuditLog::open(never, Arc::new(disk.clone())).unwrap();
    assert_eq!(log.reserve(Purpose::Change).map(drop), Err(AuditError::NoSpace));
    disk.set_free(16 << 20);
    assert_eq!(log.reserve(Purpose::Change).map(drop), Err(AuditError::NoSpace));
    log.close(log.reserve_after_room_was_made().unwrap(), &record(1), Durability::Disk).await.unwrap();
}

#[test]
fn segments_end_long_before_the_budget_is_used_up() {
    let small = Settings::of_budget(16 << 20);
    assert_eq!((small.budget_bytes, small.segment_bytes_max), (16 << 20, 2 << 20));
    assert!(small.segment_bytes_max > LINE_BYTES_MAX as u64, "a segment takes the longest line");
    assert_eq!(Settings::of_budget(10 << 30).segment_bytes_max, Settings::default().segment_bytes_max);
}

#[tokio::test]
async fn budget_warns_then_refuses_and_heals_when_segments_go() {
    let disk = MemoryDisk::default();
    let budget_bytes = 5 * LINE_BYTES_MAX as u64;
    let tight = Settings { budget_bytes, warn_percent: 50, segment_bytes_max: 1 << 18, ..settings() };
    let (log, _) = AuditLog::open(tight, Arc::new(disk.clone())).unwrap();
    let mut long = record(1);
    long.user_agent = "x".repeat(100_000).into();
    let mut warned = false;
    let fault = loop {
        match log.reserve(Purpose::Use) {
            Ok(pending) => log.close(pending, &long, Durability::Disk).await.unwrap(),
            Err(fault) => break fault,
        }
        warned |= log.status().warn;
    };
    assert_eq!(fault, AuditError::BudgetUsedUp { budget_bytes });
    assert!(warned, "it warned before it refused");
    assert!(log.status().failing.is_some_and(|why| why.contains("budget")), "it says why it refuses");
    assert!(log.status().used_bytes <= budget_bytes);
    assert!(log.status().segments > 1);
    disk.remove_first();
    disk.remove_first();
    drop(reserve_when_healed(&log));
}

#[tokio::test]
async fn dropped_reservation_gives_its_room_back() {
    let disk = MemoryDisk::default();
    let tight = Settings { budget_bytes: 2 * LINE_BYTES_MAX as u64, ..settings() };
    let (log, _) = AuditLog::open(tight, Arc::new(disk)).unwrap();
    let pending = log.reserve(Purpose::Use).unwrap();
    assert!(matches!(log.reserve(Purpose::Use), Err(AuditError::BudgetUsedUp { .. })));
    drop(pending);
    drop(log.reserve(Purpose::Use).unwrap());
}

#[tokio::test]
async fn record_too_long_is_refused() {
    let (log, _) = open(&MemoryDisk::default());
    let mut long = record(1);
    long.user_agent = "x".repeat(LINE_BYTES_MAX).into();
    let refused = log.close(log.reserve(Purpose::Use).unwrap(), &long, Durability::Kernel).await;
    assert_eq!(refused, Err(AuditError::TooLong));
}

#[tokio::test]
async fn intent_without_a_close_is_returned_at_the_next_start() {
    let disk = MemoryDisk::default();
    let (log, _) = open(&disk);
    let open_one = Intent::new(request(1), [0xaa; 16], 41, "DisableKey");
    let closed_one = Intent::new(request(2), [0xbb; 16], 42, "EnableKey");
    let first = log.reserve(Purpose::Use).unwrap();
    log.intent(&first, &open_one).await.unwrap();
    assert_eq!(disk.dirty_bytes(), 0, "an intent is on the disk before the commit begins");
    let second = log.reserve(Purpose::Use).unwrap();
    log.intent(&second, &closed_one).await.unwrap();
    log.close(second, &record(2), Durability::Disk).await.unwrap();
    drop(first);
    drop(log);

    let (log, found) = open(&disk);
    assert_eq!(found, [OpenIntent { sequence: 1, intent: open_one }]);
    log.correct(log.reserve(Purpose::Use).unwrap(), &record(1)).await.unwrap();
    drop(log);
    assert_eq!(lines(&disk).last().unwrap()["kind"], "correction");
    assert!(open(&disk).1.is_empty());
}

#[tokio::test]
async fn torn_tail_is_left_alone_and_told() {
    for torn in [1, 20] {
        let disk = MemoryDisk::default();
        let (log, _) = open(&disk);
        for number in 1..=3 {
            log.close(log.reserve(Purpose::Use).unwrap(), &record(number), Durability::Disk).await.unwrap();
        }
        drop(log);
        disk.tear(torn);
        let before = disk.contents()[&1].clone();

        let (log, _) = open(&disk);
        log.close(log.reserve(Purpose::Use).unwrap(), &record(4), Durability::Disk).await.unwrap();
        drop(log);
        let contents = disk.contents();
        assert_eq!(contents[&1], before, "not a byte is rewritten");
        let second: Vec<Value> =
            contents[&3].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(second[0]["kind"], "gap");
        assert_eq!((&second[0]["sequence"], &second[0]["record"]["from"]), (&json!(3), &json!(3)));
        let whole: usize = before.split_inclusive('\n').take(2).map(str::len).sum();
        assert_eq!(second[0]["record"]["bytes"], before.len() - whole, "so much of the third is there");
        assert_eq!(second[1]["sequence"], 4);
    }
}

#[tokio::test]
async fn death_between_a_segment_and_the_gap_that_it_begins_with_is_no_damage() {
    let disk = MemoryDisk::default();
    let (log, _) = open(&disk);
    for number in 1..=3 {
        log.close(log.reserve(Purpose::Use).unwrap(), &record(number), Durability::Disk).await.unwrap();
    }
    drop(log);
    disk.tear(20);
    // The next start came as far as the name of its segment.
    disk.create(3).unwrap();
    let (log, _) = open(&disk);
    log.close(log.reserve(Purpose::Use).unwrap(), &record(4), Durability::Disk).await.unwrap();
    drop(log);
    let contents = disk.contents();
    assert_eq!(contents[&3], "");
    let told: Vec<Value> = contents[&4].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&told[0]["kind"], &told[0]["record"]["from"]), (&json!("gap"), &json!(3)));
    assert_eq!(told[1]["sequence"], 5);
    drop(open(&disk));
}

#[tokio::test]
async fn segment_begins_when_the_disk_has_all_of_the_one_before() {
    let disk = MemoryDisk::default();
    let small = Settings { segment_bytes_max: 5_000, ..settings() };
    let (log, _) = AuditLog::open(small, Arc::new(disk.clone())).unwrap();
    for number in 0..10 {
        log.close(log.reserve(Purpose::Use).unwrap(), &record(number), Durability::Kernel).await.unwrap();
    }
    drop(log);
    assert!(disk.contents().len() > 1);
    assert_eq!(disk.dirty_when_a_segment_began(), 0);
}

#[tokio::test]
async fn segments_end_at_their_limit_and_the_log_goes_on_after_reopening() {
    let disk = MemoryDisk::default();
    let small = Settings { segment_bytes_max: 5_000, ..settings() };
    for round in 0..3 {
        let (log, _) = AuditLog::open(small, Arc::new(disk.clone())).unwrap();
        for number in 0..10 {
            log.close(log.reserve(Purpose::Use).unwrap(), &record(round * 10 + number), Durability::Disk)
                .await
                .unwrap();
        }
    }
    let contents = disk.contents();
    assert!(contents.len() > 4);
    assert!(contents.values().all(|text| text.len() <= 5_000 && text.ends_with('\n')));
    for (first, text) in &contents {
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["sequence"], *first, "a segment is named by its first line");
    }
    let sequences: Vec<u64> = lines(&disk).iter().map(|line| line["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequences, (1..=30).collect::<Vec<u64>>());
}

#[tokio::test]
async fn real_disk_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&path).unwrap());
    let (log, _) = AuditLog::open(settings(), Arc::clone(&disk)).unwrap();
    log.close(log.reserve(Purpose::Use).unwrap(), &record(1), Durability::Disk).await.unwrap();
    drop(log);
    let file = path.join("00000000000000000001.jsonl");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (_log, found) = AuditLog::open(settings(), disk).unwrap();
    assert!(found.is_empty());
    assert!(std::fs::read_to_string(file).unwrap().ends_with("}\n"));
}
