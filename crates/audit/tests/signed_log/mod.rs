//! A log in a folder, written and signed as a service does.
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::one_record::{record, removal};
use crate::signer::Signer;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::merkle::{Hash, leaf_hash};
use strongroom_audit::verify::{Finding, KeptCheckpoint, Verified, verify, verify_with};
use strongroom_audit::{AuditError, AuditLog, Disk, Durability, Opened, Pruned, Purpose, RealDisk, Settings};

/// A log in a folder, with small segments and a vault that signs.
pub(crate) struct Bench {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) signer: Signer,
    number: u64,
}

/// Small segments, which are not sealed.
pub(crate) fn settings() -> Settings {
    Settings {
        segment_bytes_max: 4_000,
        sync_interval: Duration::from_millis(1),
        probe_interval: Duration::from_millis(1),
        seal: false,
        ..Settings::default()
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), signer: Signer::new("log/1", [1; 16]), number: 0 }
    }

    pub(crate) fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(RealDisk::new(self.dir.path()).unwrap())
    }

    pub(crate) fn try_open(&self, settings: Settings) -> Result<Opened, AuditError> {
        AuditLog::open_whole(settings, self.disk())
    }

    pub(crate) fn open(&self) -> AuditLog {
        self.try_open(settings()).unwrap().log
    }

    /// Writes so many records of one use each; the vault counts them.
    pub(crate) async fn write(&mut self, log: &AuditLog, records: u64) {
        for _ in 0..records {
            self.number += 1;
            self.signer.uses += 1;
            let pending = log.reserve(Purpose::Use).unwrap();
            log.close(pending, &record(self.number, 1), Durability::Disk).await.unwrap();
        }
    }

    pub(crate) async fn sign(&mut self, log: &AuditLog, closed: bool) {
        log.settle().await;
        let head = log.tree_head();
        let note = self.signer.sign(head.size, &head.root, closed);
        log.keep_checkpoint(&note, &note).unwrap();
    }

    /// Puts on the record what retention has removed, as the service does.
    pub(crate) async fn tell_removed(&mut self, log: &AuditLog, pruned: Pruned) {
        self.number += 1;
        let pending = log.reserve(Purpose::Change).unwrap();
        let told = removal(self.number, pruned.next - 1, pruned.seal.map(const_hex::encode));
        log.close(pending, &told, Durability::Disk).await.unwrap();
    }

    /// A log of so many records with a checkpoint at every tenth.
    pub(crate) async fn filled(records: u64) -> Self {
        let mut bench = Self::new();
        let log = bench.open();
        for _ in 0..records / 10 {
            bench.write(&log, 10).await;
            bench.sign(&log, false).await;
        }
        bench.write(&log, records % 10).await;
        bench.sign(&log, true).await;
        bench
    }

    pub(crate) fn verify(&self) -> Result<Verified, Finding> {
        verify(&*self.disk(), &self.signer.keys())
    }

    /// The same of a log of which it is known elsewhere that its newest checkpoint closed it.
    pub(crate) fn verify_closed(&self) -> Result<Verified, Finding> {
        let text = fs::read_to_string(self.dir.path().join("checkpoint")).unwrap();
        self.verify_kept(text, true)
    }

    /// The same with this checkpoint, which was kept elsewhere.
    pub(crate) fn verify_kept(&self, text: String, closed: bool) -> Result<Verified, Finding> {
        let kept = KeptCheckpoint { name: "elsewhere".to_owned(), text, closed };
        verify_with(&*self.disk(), &self.signer.keys(), &[kept])
    }

    /// Files of segments in order.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .collect();
        found.sort();
        found
    }

    /// All lines, and in which segment each is.
    pub(crate) fn lines(&self) -> Vec<(PathBuf, String)> {
        let of = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            text.lines().map(|line| (path.clone(), line.to_owned())).collect::<Vec<_>>()
        };
        self.segments().into_iter().flat_map(of).collect()
    }

    pub(crate) fn put_lines(&self, lines: &[(PathBuf, String)]) {
        for path in self.segments() {
            let of = lines.iter().filter(|(at, _)| *at == path);
            let text: String = of.map(|(_, line)| format!("{line}\n")).collect();
            fs::write(path, text).unwrap();
        }
    }

    pub(crate) fn drop_tree(&self) {
        fs::remove_dir_all(self.dir.path().join("tree")).unwrap();
    }

    /// Makes the tree's leaves those of the lines as they are, as somebody does who wants no line to differ from its leaf.
    pub(crate) fn rewrite_leaves(&self) {
        let leaves: Vec<Hash> = self.lines().iter().map(|(_, line)| leaf_hash(line.as_bytes())).collect();
        fs::write(self.dir.path().join("tree/00"), leaves.concat()).unwrap();
    }
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Copies a folder.
pub(crate) fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copied(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
