//! The operator socket of a real service: whatever is asked of it is on the audit record.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use strongroom_control::{AuditAct, OperatorRequest as R, QuotaSetting};
use strongroom_operator::{OperatorError, ask, ask_with_file};

/// How often an act of custody is tried that comes while the one before it is being stored.
const TRIES_MAX: usize = 10_000;

/// A service on a data directory of its own.
struct Served {
    child: Child,
    data: PathBuf,
}

impl Served {
    fn start(folder: &Path) -> Self {
        let data = folder.join("data");
        let mut child = Command::new(env!("CARGO_BIN_EXE_strongroom"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&data)
            .env_clear()
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(said.any(|line| line.starts_with("strongroom: ready on ")), "it ended");
        // The service must not wait for somebody who reads what it says.
        thread::spawn(move || said.for_each(drop));
        Self { child, data }
    }

    fn ask(&self, request: &R) -> Result<Value, OperatorError> {
        let once = || match request {
            R::Backup => ask_with_file(&self.data, request, tempfile::tempfile().unwrap().as_fd()),
            _ => ask(&self.data, request),
        };
        for _ in 0..TRIES_MAX {
            match once() {
                Err(OperatorError::Refused(why)) if why.contains("try again") => {}
                answer => return answer,
            }
        }
        once()
    }

    /// How many records of that name there are.
    fn count(&self, name: &str) -> usize {
        let files = fs::read_dir(self.data.join("audit")).unwrap().map(|entry| entry.unwrap().path());
        let segments = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        let text: String = segments.map(|path| fs::read_to_string(path).unwrap()).collect();
        // The last line may be being written.
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["kind"] == "event" && line["record"]["eventName"] == name).count()
    }

    /// Asks, and finds a record of it; gives the answer, or nothing where it was refused.
    fn recorded(&self, request: &R, name: &str) -> Value {
        let before = self.count(name);
        let answer = self.ask(request);
        assert!(self.count(name) > before, "{request:?} is not on the record as {name}: {answer:?}");
        answer.unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks, and how the record calls them. Some find nothing, and are on it all the same.
fn looks() -> Vec<(R, &'static str)> {
    let (none, bob) = ("alias/none".to_owned(), "arn:aws:iam::000000000000:user/bob".to_owned());
    vec![
        (R::Status, "OperatorStatus"),
        (R::Figures { ticket: None }, "OperatorWatchFigures"),
        (R::LogKeys, "OperatorShowAuditKeys"),
        (R::QuotasShow, "OperatorShowQuotas"),
        (R::AccountList, "OperatorListAccounts"),
        (R::Explain { request_id: "00000000-0000-4000-8000-000000000000".to_owned() }, "OperatorExplain"),
        (
            R::Simulate {
                principal: bob,
                action: "kms:ListKeys".to_owned(),
                resource: None,
                grant: None,
                encryption_context: BTreeMap::new(),
                at: None,
                source_ip: None,
                request: None,
            },
            "OperatorSimulate",
        ),
        (R::WhoCan { action: "kms:Decrypt".to_owned(), key: none.clone() }, "OperatorWhoCan"),
        (R::AuditQuery { query: json!({}), after: None, ticket: None, records: None }, "OperatorQueryAudit"),
        (
            R::AuditUsage { query: json!({}), after: None, ticket: None, corrected: Vec::new() },
            "OperatorQueryAudit",
        ),
        (R::KeyUsage { key: none }, "OperatorShowKeyUsage"),
        (R::KeysUnused { days: 1 }, "OperatorListUnusedKeys"),
        (R::AuditSinks, "OperatorShowAuditSinks"),
        (R::KeyStores, "OperatorListKeyStores"),
        (R::VaultStatus, "OperatorVaultStatus"),
    ]
}

/// Acts that the front carries out, in an order in which they can be.
fn acts() -> Vec<(R, &'static str)> {
    let id = || "111122223333".to_owned();
    let quota =
        QuotaSetting { per: "account".to_owned(), class: "grants".to_owned(), per_second: 50, burst: None };
    let hold = AuditAct::HoldAdd { name: "case".to_owned(), reason: "a test".to_owned() };
    vec![
        (R::UserCreate { name: "bob".to_owned(), account: None }, "OperatorCreateUser"),
        (R::QuotasSet { quota }, "OperatorSetQuota"),
        (R::RenewRootAccessKey { account: None }, "OperatorRenewRootAccessKey"),
        (R::AccountCreate { id: id() }, "OperatorCreateAccount"),
        (R::AccountDelete { id: id() }, "OperatorDeleteAccount"),
        (R::AuditAct { act: hold }, "OperatorAddAuditHold"),
        (R::ClockAccept, "OperatorAcceptClock"),
        (R::VaultScrub, "OperatorScrub"),
        (R::Backup, "OperatorBackup"),
    ]
}

/// Acts of custody, each of which rests on the one before it.
fn custody(folder: &Path, mut recorded: impl FnMut(R, &'static str) -> Value) {
    let text = |answer: &Value, member: &str| answer[member].as_str().unwrap_or_default().to_owned();
    let enroll = R::VaultEnroll {
        kind: "key-file".to_owned(),
        name: Some("second".to_owned()),
        file: Some(folder.join("second-key")),
        passphrase: None,
    };
    let root = text(&recorded(enroll, "OperatorEnrollRoot"), "Root");
    let remove = R::VaultRemove { root, passphrases: Vec::new(), key_files: Vec::new() };
    recorded(remove, "OperatorRemoveRoot");
    recorded(R::VaultRotateDomainKey, "OperatorRotateDomainKey");
    let create = R::VaultRecoveryCreate { shares: 3, threshold: 2, prepare: false };
    recorded(create, "OperatorCreateRecovery");
    let remove = R::VaultRecoveryRemove { passphrases: Vec::new(), key_files: Vec::new() };
    recorded(remove, "OperatorRemoveRecovery");
}

/// The names of all requests that there are: whoever asks for another one is told them.
fn every_request() -> BTreeSet<String> {
    let refused = serde_json::from_value::<R>(json!({ "do": "nothing" })).unwrap_err().to_string();
    let (_, names) = refused.split_once("expected one of ").unwrap();
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_request_of_the_operator_is_on_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let mut asked = BTreeSet::new();
    let mut recorded = |request: R, name: &'static str| {
        let value = serde_json::to_value(&request).unwrap();
        asked.insert(value["do"].as_str().unwrap().to_owned());
        served.recorded(&request, name)
    };
    for (request, name) in acts().into_iter().chain(looks()) {
        recorded(request, name);
    }
    custody(folder.path(), &mut recorded);
    // A set that is only prepared is stored by another request, and recorded with that.
    let prepared = served.ask(&R::VaultRecoveryCreate { shares: 3, threshold: 2, prepare: true }).unwrap();
    let set = prepared["Set"].as_str().unwrap().to_owned();
    recorded(R::VaultRecoveryStore { set }, "OperatorCreateRecovery");
    recorded(R::VaultSeal, "OperatorSealVault");
    recorded(R::VaultUnseal { passphrase: None }, "OperatorUnsealVault");
    assert_eq!(asked, every_request());
}

#[test]
fn watch_is_on_the_record_once_however_long_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let figures = |ticket| served.ask(&R::Figures { ticket }).unwrap();
    let first = figures(None);
    let ticket = first["ticket"].as_u64();
    assert!(ticket.is_some() && first["strongroom_ready"].is_array(), "{first}");
    for _ in 0..3 {
        assert_eq!(figures(ticket)["ticket"].as_u64(), ticket);
    }
    assert_eq!(served.count("OperatorWatchFigures"), 1);
    assert_ne!(figures(Some(u64::MAX))["ticket"].as_u64(), ticket, "of no watch");
    assert_eq!(served.count("OperatorWatchFigures"), 2);
}
