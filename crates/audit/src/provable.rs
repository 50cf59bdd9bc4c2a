//! The log as a Merkle log: its head, its name, its checkpoints, and how long its segments stay.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosigned_thinning::thin_cosigned;
use crate::disk::FilesBeside;
use crate::gather::Gatherer;
use crate::log::{AuditError, AuditLog};
use crate::merkle::{Levels, root_at};
use crate::note::{NOTE_BYTES_MAX, NoteError, SignedNote};
use crate::retention::{Pruned, Retention, prunable, prune};
use crate::scan::{CHECKPOINTS, NEWEST, last_checkpoint};
use crate::segments::ORIGIN;
use crate::state::{beginning, seals};
use crate::thinning::{Thinned, thin};
use crate::tree::TreeHead;
use crate::witness::COSIGNATURES;
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

const ORIGIN_BYTES_MAX: usize = 200;

/// How long a segment grows at most, from its first record on, in seconds.
const SEGMENT_AGE_S: u64 = 86_400;

/// What thinning has to save: so much more than grows while somebody verifies the log that he sees that it is shorter.
const THINNING_WORTH_BYTES: u64 = 1 << 20;

/// What is left free for records while checkpoints are thinned.
const THINNING_ROOM_BYTES: u64 = 64 << 20;

/// How long [`AuditLog::settle`] waits: much longer than a sync may take that is not failing.
const SETTLE_PAUSE: Duration = Duration::from_millis(5);
const SETTLE_TRIES: usize = 1_000;

impl AuditLog {
    /// The log as far as it is on the disk and hashed.
    pub fn tree_head(&self) -> TreeHead {
        self.inner.shared.tree().0
    }

    /// Returns when everything written is on the disk and hashed, or after a while in which it did not come to that.
    pub async fn settle(&self) {
        for _ in 0..SETTLE_TRIES {
            // First: what was put in line just now gets its turn.
            tokio::time::sleep(SETTLE_PAUSE).await;
            if self.inner.shared.is_settled() {
                return;
            }
        }
    }

    /// Takes no record any more, and returns when everything written is on the disk and hashed, or after a while: whether
    /// nothing can come behind the tree's head now.
    pub async fn end(&self) -> bool {
        if let Some(gatherer) = &self.inner.gatherer {
            Gatherer::end(gatherer).await;
        }
        self.settle().await;
        self.inner.shared.is_whole()
    }

    /// Keeps a checkpoint, durably: in the history as it is given, and `newest` as the newest. Blocks.
    pub fn keep_checkpoint(&self, history: &SignedNote, newest: &SignedNote) -> Result<(), AuditError> {
        let unwritable = |fault: std::io::Error| AuditError::Unwritable(fault.to_string());
        let disk = &self.inner.disk;
        let _turn = self.inner.appending.lock().unwrap_or_else(PoisonError::into_inner);
        let before = disk.length(CHECKPOINTS).map_err(unwritable)?;
        if let Err(fault) = disk.append(CHECKPOINTS, history.to_string().as_bytes(), true) {
            // Half a note would spoil the next one. If this fails too, the next start cuts it off.
            let _ = disk.cut(CHECKPOINTS, before);
            return Err(unwritable(fault));
        }
        disk.replace(NEWEST, newest.to_string().as_bytes()).map_err(|fault| {
            // Whoever is told that it was not kept names the one before it as the last.
            let _ = disk.cut(CHECKPOINTS, before);
            unwritable(fault)
        })
    }

    /// The log's name, made by `make` when the log has none: which log a checkpoint is of. Blocks.
    pub fn origin(&self, make: impl FnOnce() -> String) -> Result<String, AuditError> {
        let unreadable = |fault: std::io::Error| AuditError::Unreadable(fault.to_string());
        let disk = &self.inner.disk;
        // A log gets one name, whoever asks for it first.
        let _turn = self.inner.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = disk.read_part(ORIGIN, 0, ORIGIN_BYTES_MAX).map_err(unreadable)?;
        if !kept.is_empty() {
            let text = String::from_utf8(kept).unwrap_or_default();
            return Ok(text.trim_end().to_owned());
        }
        let origin = make();
        disk.replace(ORIGIN, format!("{origin}\n").as_bytes()).map_err(unreadable)?;
        Ok(origin)
    }

    /// Whether the log has all of a checkpoint that was kept where whoever writes the log cannot reach: `Unreadable` says
    /// what it lacks. Blocks.
    pub fn has_all_of(&self, kept: &str) -> Result<(), AuditError> {
        let unreadable = |fault: &dyn std::fmt::Display| AuditError::Unreadable(fault.to_string());
        let note: SignedNote = kept.parse().map_err(|fault: NoteError| unreadable(&fault))?;
        let kept: Checkpoint = note.text.parse().map_err(|fault: CheckpointError| unreadable(&fault))?;
        let disk = &self.inner.disk;
        let origin = disk.read_part(ORIGIN, 0, ORIGIN_BYTES_MAX).map_err(|fault| unreadable(&fault))?;
        if String::from_utf8_lossy(&origin).trim_end() != kept.origin {
            return Err(unreadable(&format!("it is not the log {}", kept.origin)));
        }
        let size = self.tree_head().size;
        if size < kept.size {
            let signed = kept.size;
            return Err(unreadable(&format!(
                "it has {size} records, and {signed} were signed: records are missing"
            )));
        }
        let last = last_checkpoint(&**disk).map_err(|fault| unreadable(&fault))?;
        if last.is_none_or(|last| last.size < kept.size) {
            let signed = kept.size;
            return Err(unreadable(&format!(
                "its checkpoints (audit/checkpoints) end before the one of {signed} records: some are missing"
            )));
        }
        match root_at(&Levels::reader(disk.clone()), kept.size) {
            Ok(root) if root == kept.root => Ok(()),
            Ok(_) => {
                Err(unreadable(&format!("its first {} records are not those that were signed", kept.size)))
            }
            // What could tell is lost; `strongroom audit verify` says so.
            Err(fault) if fault.kind() == std::io::ErrorKind::UnexpectedEof => Ok(()),
            Err(fault) => Err(unreadable(&fault)),
        }
    }

    /// How many records the newest checkpoint has that was kept; 0 without one. Blocks.
    pub fn signed_size(&self) -> Result<u64, AuditError> {
        let unreadable = |fault: &dyn std::fmt::Display| AuditError::Unreadable(fault.to_string());
        let text =
            self.inner.disk.read_part(NEWEST, 0, NOTE_BYTES_MAX).map_err(|fault| unreadable(&fault))?;
        if text.is_empty() {
            return Ok(0);
        }
        let note: SignedNote =
            String::from_utf8_lossy(&text).parse().map_err(|fault: NoteError| unreadable(&fault))?;
        let newest: Checkpoint = note.text.parse().map_err(|fault: CheckpointError| unreadable(&fault))?;
        Ok(newest.size)
    }

    /// Ends the segment that grows if its first record came more than a day ago, as soon as its thread comes to it: records
    /// of a log that grows slowly are to be sealed too, and removed when their time is over.
    pub fn end_old_segment(&self, now_s: u64) {
        self.inner.shared.end_begun_before.store(now_s.saturating_sub(SEGMENT_AGE_S), Ordering::Release);
    }

    /// The number of the first record that retention has left. Blocks.
    pub fn begins(&self) -> Result<u64, AuditError> {
        let disk = &*self.inner.disk;
        let found = seals(disk).and_then(|seals| Ok(beginning(&seals, &disk.segments()?).next));
        found.map_err(|fault| AuditError::Unreadable(fault.to_string()))
    }

    /// What [`Self::prune`] would remove now. Counts anew what lies beside the segments, which grows though nothing goes.
    /// Blocks.
    pub fn prunable(&self, retention: &Retention, now_s: u64) -> Result<Pruned, AuditError> {
        let unreadable = |fault: std::io::Error| AuditError::Unreadable(fault.to_string());
        self.inner.shared.count_beside(&*self.inner.disk).map_err(unreadable)?;
        prunable(&*self.inner.disk, retention, now_s).map_err(unreadable)
    }

    /// Removes sealed segments whose time is over, the oldest first. The record has to say before what goes. Blocks.
    pub fn prune(&self, retention: &Retention, now_s: u64) -> Result<Pruned, AuditError> {
        let unreadable = |fault: std::io::Error| AuditError::Unreadable(fault.to_string());
        let pruned = prune(&*self.inner.disk, retention, now_s, &self.inner.keeping).map_err(unreadable)?;
        self.inner.shared.give_back(pruned.bytes);
        self.inner.shared.count_beside(&*self.inner.disk).map_err(unreadable)?;
        Ok(pruned)
    }

    /// Thins the history of checkpoints, if it is worth while: once a day is often enough. Blocks.
    pub fn thin_checkpoints(&self, now_ms: u64) -> Result<Thinned, AuditError> {
        self.thin_file(CHECKPOINTS, |disk| thin(disk, now_ms, THINNING_WORTH_BYTES, &self.inner.appending))
    }

    /// Thins what witnesses have signed, in the same way; each one's last signature stays. Blocks.
    pub fn thin_cosignatures(&self, now_ms: u64) -> Result<Thinned, AuditError> {
        let keeping = &self.inner.keeping;
        self.thin_file(COSIGNATURES, |disk| thin_cosigned(disk, now_ms, THINNING_WORTH_BYTES, keeping))
    }

    /// What stays is written beside what is there; that must not take the room of records.
    fn thin_file(
        &self,
        name: &str,
        thin: impl FnOnce(&dyn FilesBeside) -> io::Result<Thinned>,
    ) -> Result<Thinned, AuditError> {
        let unwritable = |fault: io::Error| AuditError::Unwritable(fault.to_string());
        let disk = &*self.inner.disk;
        let room = disk.length(name).map_err(unwritable)?.saturating_add(THINNING_ROOM_BYTES);
        if disk.free_bytes().map_err(unwritable)? < room {
            return Ok(Thinned::default());
        }
        thin(disk).map_err(unwritable)
    }
}
