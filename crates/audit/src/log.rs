//! The face of the log: reserve room, say what will be done, write what was done.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::checkpoint::Checkpoint;
use crate::disk::Disk;
use crate::figures::AuditFigures;
use crate::gather::{Gatherer, Item};
use crate::line::{ENVELOPE_BYTES_MAX, Gap, Intent, KeyUses, Kind, LINE_BYTES_MAX};
use crate::record::Record;
use crate::scan::{Closed, OpenIntent, scan};
use crate::sealing::Sealing;
use crate::shared::Shared;
use crate::syncer::Syncer;
use crate::text::push_record;
use crate::tree::Tree;
use crate::writer::Writer;

/// What is left to changes, of the disk's space and beyond the budget: when nothing else is served any more, authority
/// can still be taken away and put on the record.
const CHANGES_BYTES: u64 = 8 << 20;

/// Less than this on the disk is warned of: thirty-two times what is left to changes, 256 MiB.
pub(crate) const FREE_WARN_BYTES: u64 = 32 * CHANGES_BYTES;

/// What room is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A call that changes nothing.
    Use,
    /// A change: it may use what is left to changes.
    Change,
}

impl Purpose {
    /// Free space that must stay.
    pub(crate) const fn leaves(self) -> u64 {
        match self {
            Self::Use => CHANGES_BYTES,
            Self::Change => 0,
        }
    }

    /// How far beyond the budget it may go.
    pub(crate) const fn beyond_budget(self) -> u64 {
        match self {
            Self::Use => 0,
            Self::Change => CHANGES_BYTES,
        }
    }
}

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// A segment that would grow beyond this is ended; so is one that is old ([`AuditLog::end_old_segment`]).
    pub segment_bytes_max: u64,
    /// Bytes of all segments, their indexes, the tree and the checkpoints beyond which requests are refused.
    pub budget_bytes: u64,
    /// Percentage of the budget at which [`Status::warn`] is set.
    pub warn_percent: u8,
    /// The longest time that a written record waits for its sync.
    pub sync_interval: Duration,
    /// How often a log that cannot be written is tried again, and usage counted anew, while nobody writes.
    pub probe_interval: Duration,
    /// Whether segments that have ended are compressed.
    pub seal: bool,
    /// How long anybody waits for a disk that does not answer. Who comes when it has not for half of that is refused. So long
    /// the log's end also waits for segments that are not sealed yet.
    pub answer_within: Duration,
    /// What a thread calls first whose work nobody waits for, so that requests go before it; nothing by default.
    pub aside: fn(),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            segment_bytes_max: 64 << 20,
            budget_bytes: 10 << 30,
            warn_percent: 75,
            sync_interval: Duration::from_millis(20),
            probe_interval: Duration::from_millis(500),
            seal: true,
            answer_within: Duration::from_secs(5),
            aside: || {},
        }
    }
}

impl Settings {
    /// The default for a log with this budget. A segment has at most an eighth of it: only segments that have ended are
    /// compressed and can be removed, so some have to end long before the budget is used up.
    pub fn of_budget(budget_bytes: u64) -> Self {
        let default = Self::default();
        Self { budget_bytes, segment_bytes_max: default.segment_bytes_max.min(budget_bytes / 8), ..default }
    }
}

/// When a record counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When the kernel has it: it survives the death of every process, and is synced within 20 ms.
    Kernel,
    /// When the disk has it.
    Disk,
}

/// Why the log refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Writing failed; it is tried again by itself.
    #[error("the audit log cannot be written: {0}")]
    Unwritable(String),
    /// The disk is nearly full.
    #[error("there is no space left for the audit log")]
    NoSpace,
    /// The disk does not answer; what waits for it may still be written.
    #[error("the disk of the audit log does not answer")]
    Stalled,
    /// The segments have used up what they may.
    #[error(
        "the audit log has used up its budget of {budget_bytes} bytes: let retention remove old segments, or raise it"
    )]
    BudgetUsedUp {
        /// The budget.
        budget_bytes: u64,
    },
    /// One record is longer than [`LINE_BYTES_MAX`].
    #[error("an audit record has more than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// The record is not JSON.
    #[error("an audit record could not be encoded: {0}")]
    Encode(String),
    /// The log cannot be read at start.
    #[error("the audit log cannot be read: {0}")]
    Unreadable(String),
    /// The log has ended.
    #[error("the audit log is closed")]
    Closed,
}

/// How the log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Bytes of all segments, and of their indexes, the tree and the checkpoints as they were counted last: at the start,
    /// and whenever retention is looked at.
    pub used_bytes: u64,
    /// Bytes they may have.
    pub budget_bytes: u64,
    /// How many there are.
    pub segments: usize,
    /// Why it cannot be written now.
    pub failing: Option<String>,
    /// Whether the budget is nearly used up.
    pub warn: bool,
    /// Bytes that can still be written on the disk, as it was asked last; `None` if it did not say.
    pub free_bytes: Option<u64>,
    /// Whether the disk is nearly full: below 8 MiB nothing is served any more.
    pub free_warn: bool,
    /// The newest line's number; 0 when there is none.
    pub newest: u64,
    /// Why records are not in the Merkle tree, or segments not sealed.
    pub unproved: Option<String>,
}

/// Room for the two lines that one request writes at most.
pub(crate) const RESERVED_BYTES: u64 = 2 * LINE_BYTES_MAX as u64;

/// Room for one request's records. Dropping it gives the room back.
#[derive(Debug)]
#[must_use = "a request without a record must not be answered"]
pub struct Pending {
    pub(crate) shared: Arc<Shared>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.shared.reserved.fetch_sub(RESERVED_BYTES, Ordering::AcqRel);
    }
}

/// The log. Clones write to the same one; dropping the last writes and syncs what is queued.
#[derive(Clone, Debug)]
pub struct AuditLog {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) disk: Arc<dyn Disk>,
    /// Held while a checkpoint is appended, and while a thinned history takes the place of the one that is there.
    pub(crate) appending: Mutex<()>,
    /// Held while holds or witnesses change, which are files that are read and written whole, while a segment is removed, and
    /// while the log gets its name.
    pub(crate) keeping: Mutex<()>,
    pub(crate) gatherer: Option<Arc<Gatherer>>,
    threads: Vec<JoinHandle<()>>,
}

/// What a log had when it was opened.
#[derive(Debug)]
pub struct Opened {
    /// The log.
    pub log: AuditLog,
    /// Intents without a record.
    pub open_intents: Vec<OpenIntent>,
    /// Its last checkpoint, and the uses of keys that were on the record then.
    pub last: Option<(Checkpoint, u64)>,
}

impl AuditLog {
    /// Opens the log, and tells which intents have no record: see [`Self::open_whole`].
    pub fn open(settings: Settings, disk: Arc<dyn Disk>) -> Result<(Self, Vec<OpenIntent>), AuditError> {
        let opened = Self::open_whole(settings, disk)?;
        Ok((opened.log, opened.open_intents))
    }

    /// Opens the log. Blocks while it reads the segments that are not sealed. A torn last line is left as it is: a new
    /// segment begins with a `gap` line that tells of it. A log that lacks what its last checkpoint has is `Unreadable`.
    pub fn open_whole(settings: Settings, disk: Arc<dyn Disk>) -> Result<Opened, AuditError> {
        Self::open_closed(settings, disk, None, || Ok(()))
    }

    /// The same of a log that is known to have been closed: one that has more records than then is `Unreadable`. `begin` is
    /// called when the log has been read and before a record is written; what it refuses is not opened.
    pub fn open_closed(
        settings: Settings,
        disk: Arc<dyn Disk>,
        closed: Option<&Closed>,
        begin: impl FnOnce() -> Result<(), AuditError>,
    ) -> Result<Opened, AuditError> {
        let unreadable = |fault: std::io::Error| AuditError::Unreadable(fault.to_string());
        let mut found = scan(&disk, closed).map_err(|fault| AuditError::Unreadable(fault.to_string()))?;
        begin()?;
        let open_intents = found.open_intents();
        let last = found.last.take();
        let shared = Arc::new(Shared::new(settings, &found));
        shared.refresh_free(&*disk);
        shared.count_beside(&*disk).map_err(unreadable)?;
        let (queue, items) = channel();
        let (jobs, todo) = channel();
        let (grown, synced) = channel();
        let syncer = Syncer::new(Arc::clone(&shared), Arc::clone(&disk), todo, grown);
        let writer =
            Writer::new(Arc::clone(&shared), Arc::clone(&disk), items, jobs, &found).map_err(unreadable)?;
        let sealing = Arc::new(Sealing::new(Arc::clone(&shared), Arc::clone(&disk)));
        let tree = Tree::new(Arc::clone(&shared), Arc::clone(&disk), synced, Arc::clone(&sealing), found);
        let name = |text: &str| Builder::new().name(text.to_owned());
        let threads = vec![
            name("audit-write").spawn(move || writer.run()).map_err(unreadable)?,
            name("audit-sync").spawn(move || syncer.run()).map_err(unreadable)?,
            name("audit-tree").spawn(move || tree.run()).map_err(unreadable)?,
            name("audit-seal").spawn(move || sealing.run()).map_err(unreadable)?,
        ];
        let gatherer = Some(Arc::new(Gatherer::new(queue, settings.answer_within)));
        let log = Self {
            inner: Arc::new(Inner {
                shared,
                disk,
                appending: Mutex::default(),
                keeping: Mutex::default(),
                gatherer,
                threads,
            }),
        };
        Ok(Opened { log, open_intents, last })
    }

    /// Reserves room before an operation begins; refuses at once when its record could not be written.
    pub fn reserve(&self, purpose: Purpose) -> Result<Pending, AuditError> {
        self.inner.shared.reserve(purpose)
    }

    /// Reserves room for a change after room was made on the disk: looks again, and whether the log can be written
    /// is left to the writing.
    pub fn reserve_after_room_was_made(&self) -> Result<Pending, AuditError> {
        self.inner.shared.refresh_free(&*self.inner.disk);
        self.inner.shared.reserve_room(Purpose::Change)
    }

    /// Writes that a change is about to be committed; returns when the disk has it.
    pub async fn intent(&self, _pending: &Pending, intent: &Intent) -> Result<(), AuditError> {
        let text = serde_json::to_vec(intent).map_err(|fault| AuditError::Encode(fault.to_string()))?;
        self.write(Kind::Intent, KeyUses::default(), text, Durability::Disk).await
    }

    /// Writes a request's record.
    pub async fn close(
        &self,
        pending: Pending,
        record: &Record<'_>,
        durability: Durability,
    ) -> Result<(), AuditError> {
        let written = self.record(&pending, record, durability).await;
        drop(pending);
        written
    }

    /// The same, and the room is kept: a request that wrote no intent has enough left for [`Self::correct`].
    pub async fn record(
        &self,
        _pending: &Pending,
        record: &Record<'_>,
        durability: Durability,
    ) -> Result<(), AuditError> {
        self.write(Kind::Event, record.key_uses, self.text(record)?, durability).await
    }

    /// Writes a second record for a request id: what a crash left open, or what turned out otherwise.
    pub async fn correct(&self, pending: Pending, record: &Record<'_>) -> Result<(), AuditError> {
        let text = self.text(record)?;
        let written = self.write(Kind::Correction, record.key_uses, text, Durability::Disk).await;
        drop(pending);
        written
    }

    /// Puts a record in line without waiting: of a call whose caller has gone. Needs a tokio runtime.
    pub fn close_unattended(&self, record: &Record<'_>) -> Result<(), AuditError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(AuditError::Closed);
        }
        let item = (Kind::Event, record.key_uses, self.text(record)?);
        self.queue(item, Durability::Kernel).map(drop)
    }

    /// Writes that something is missing, and how many uses of keys, as far as is known.
    pub async fn tell_gap(
        &self,
        pending: Pending,
        reason: &str,
        uses: Option<u64>,
    ) -> Result<(), AuditError> {
        self.tell(pending, &Gap { reason: reason.to_owned(), uses, ..Gap::default() }).await
    }

    /// Writes that something is missing, with what is known of it. Without `from`, which only the first line of a segment
    /// may have.
    pub async fn tell(&self, pending: Pending, gap: &Gap) -> Result<(), AuditError> {
        let text = serde_json::to_vec(gap).map_err(|fault| AuditError::Encode(fault.to_string()))?;
        let written = self.write(Kind::Gap, KeyUses::default(), text, Durability::Disk).await;
        drop(pending);
        written
    }

    /// What was counted since the log was opened.
    pub fn figures(&self) -> AuditFigures {
        self.inner.shared.counted.figures()
    }

    /// Usage, and whether it can be written.
    pub fn status(&self) -> Status {
        self.inner.shared.status()
    }

    async fn write(
        &self,
        kind: Kind,
        uses: KeyUses,
        body: Vec<u8>,
        durability: Durability,
    ) -> Result<(), AuditError> {
        let answer = self.queue((kind, uses, body), durability)?;
        let answered = match durability {
            // The gatherer looks at the clock, for all of a batch.
            Durability::Kernel => answer.await,
            Durability::Disk => {
                let within = self.inner.shared.settings.answer_within;
                tokio::time::timeout(within, answer).await.map_err(|_| AuditError::Stalled)?
            }
        };
        answered.unwrap_or(Err(AuditError::Closed))
    }

    fn queue(
        &self,
        (kind, uses, body): (Kind, KeyUses, Vec<u8>),
        durability: Durability,
    ) -> Result<oneshot::Receiver<Result<(), AuditError>>, AuditError> {
        if body.len() + ENVELOPE_BYTES_MAX > LINE_BYTES_MAX {
            return Err(AuditError::TooLong);
        }
        let (reply, answer) = oneshot::channel();
        Gatherer::add(self.gatherer()?, Item { kind, uses, body, durability, reply })?;
        Ok(answer)
    }

    /// A record as it goes into its line.
    fn text(&self, record: &Record<'_>) -> Result<Vec<u8>, AuditError> {
        let mut text = self.gatherer()?.buffer();
        push_record(&mut text, record).map_err(|fault| AuditError::Encode(fault.to_string()))?;
        Ok(text)
    }

    fn gatherer(&self) -> Result<&Arc<Gatherer>, AuditError> {
        self.inner.gatherer.as_ref().ok_or(AuditError::Closed)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.gatherer.take());
        for thread in self.threads.drain(..) {
            // A panic of a thread was its own; the others still end.
            let _ = thread.join();
        }
    }
}
