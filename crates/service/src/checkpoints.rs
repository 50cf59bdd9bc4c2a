//! Checkpoints of the audit log: once a second, while there is something new, the log's head is signed by the vault and
//! kept; and once more when the service ends. Here too is found out what a crash left unrecorded: the vault's count says; and
//! that the vault signs with other keys than before, which are derived from its keyring key.

use crate::recording;
use crate::service::Service;
use crate::signing::Signed;
use std::sync::PoisonError;
use strongroom_audit::{
    AuditError, Checkpoint, CheckpointError, Durability, Gap, Json, LogKeys, NoteError, Purpose, TreeHead,
    event_time,
};
use strongroom_types::Timestamp;
use strongroom_vault_protocol::{LogHead, SignedHead, VaultError};

/// How often the history of checkpoints gets the long post-quantum signature too. The newest checkpoint always has it.
const POST_QUANTUM_EVERY_MS: u64 = 60_000;

/// Why no checkpoint was made.
#[derive(Debug, thiserror::Error)]
enum CheckpointFault {
    #[error("{0}")]
    Vault(#[from] VaultError),
    #[error("{0}")]
    Audit(#[from] AuditError),
    #[error("{0}")]
    Keys(#[from] NoteError),
    #[error("{0}")]
    Text(#[from] CheckpointError),
    #[error("the vault signs checkpoints with other keys than it says")]
    OtherKeys,
}

/// The vault that signs, and what its count is compared with.
struct Signer {
    vault: [u8; 16],
    /// With which it signs now.
    keys: LogKeys,
    /// Uses that were accounted for at the last checkpoint of the vault before it.
    base: u64,
}

/// The checkpoint that was kept last.
#[derive(Clone, Copy)]
struct Kept {
    vault: [u8; 16],
    base: u64,
    closed: bool,
    size: u64,
    /// The digest of its text.
    digest: [u8; 32],
    /// Uses that were accounted for.
    accounted: u64,
    /// Uses that the vault had counted.
    uses: u64,
    time_ms: u64,
}

/// Where the work stands, from one second to the next.
#[derive(Default)]
pub struct CheckpointWork {
    kept: Option<Kept>,
    signer: Option<Signer>,
    /// The vault that was met last since this process started: what there was to tell is told.
    met: Option<[u8; 16]>,
    /// The public keys of this log so far.
    listed: Option<LogKeys>,
    post_quantum_ms: u64,
    newest: Option<String>,
    /// What this start found of a log that was closed, until a checkpoint says it.
    found: Option<TreeHead>,
    /// Whether the newest checkpoint has all that will ever be on the record of this process.
    ended: bool,
    failing: bool,
    /// Whether the vault let its last answer be waited for in vain.
    hangs: bool,
}

impl std::fmt::Debug for CheckpointWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CheckpointWork")
    }
}

impl CheckpointWork {
    /// Goes on after the checkpoint that the log had when it was opened, with the uses that were accounted for then, and
    /// with the public keys that were kept for auditors, as [`Service::log_keys`] gave them.
    pub fn after(last: Option<(Checkpoint, u64)>, kept_keys: Option<&str>) -> Self {
        let listed = kept_keys.and_then(|text| match text.parse::<LogKeys>() {
            Ok(keys) => Some(keys),
            Err(error) => {
                tracing::error!(%error, "the public keys that were kept of the audit log cannot be read");
                None
            }
        });
        let kept = last.and_then(|(checkpoint, accounted)| {
            let standing = checkpoint.standing?;
            Some(Kept {
                vault: standing.vault,
                base: standing.base,
                closed: standing.closed,
                size: checkpoint.size,
                digest: checkpoint.digest,
                accounted,
                uses: standing.uses,
                time_ms: standing.time_ms,
            })
        });
        Self { kept, listed, ..Self::default() }
    }

    /// The log had been closed, and this was its head when it was opened: the first checkpoint says so, so that what was added
    /// to it meanwhile is told from what is written now.
    pub fn found_closed(self, head: TreeHead) -> Self {
        Self { found: Some(head), ..self }
    }

    /// The checkpoint with which the log was closed, if nothing can have come behind it.
    pub fn closed_with(&self) -> Option<&str> {
        self.newest().filter(|_| self.ended)
    }

    /// How far the log is signed.
    fn signed(&self) -> Option<Signed> {
        self.kept.map(|kept| Signed { size: kept.size, time_ms: kept.time_ms })
    }

    /// The newest checkpoint that this process has made, with its signatures.
    pub fn newest(&self) -> Option<&str> {
        self.newest.as_deref()
    }
}

impl Service {
    /// Makes a checkpoint if there is something new. One that fails is tried again the next time.
    pub async fn checkpoint(&self, work: &mut CheckpointWork) {
        self.signing.look(work.signed(), self.unsigned_records() > 0, self.clock().monotonic());
        let unchanged = work.kept.is_some_and(|kept| kept.size == self.audit().tree_head().size);
        if work.signer.is_some() && unchanged {
            return;
        }
        self.tried(work, false).await;
    }

    /// The last checkpoint, when nothing is served any more: everything is on the record.
    pub async fn close_log(&self, work: &mut CheckpointWork) {
        self.audit().settle().await;
        // While nothing was new nobody asked which vault there is.
        let is_met = match &work.signer {
            Some(signer) => self.is_met(signer).await,
            None => Ok(false),
        };
        work.hangs = is_met == Err(VaultError::TimedOut);
        if is_met != Ok(true) {
            work.signer = None;
        }
        // What another vault or its keys give occasion to tell is told, and what this start found is signed, before nothing is
        // taken any more.
        if !work.hangs && (work.signer.is_none() || work.found.is_some()) {
            self.checkpoint(work).await;
        }
        let whole = self.audit().end().await;
        if work.hangs {
            // Asked again, it would have the end wait for longer than whoever stops the service does.
            tracing::error!("the vault does not answer: the audit log ends without its last checkpoint");
            return;
        }
        self.tried(work, true).await;
        let head = self.audit().tree_head();
        work.ended = whole && work.kept.is_some_and(|kept| kept.closed && kept.size == head.size);
    }

    /// The public keys of the log's checkpoints, one a line, the oldest first; `None` until the vault was open once.
    pub fn log_keys(&self) -> Option<String> {
        self.log_keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn tried(&self, work: &mut CheckpointWork, closed: bool) {
        let mut outcome = self.try_checkpoint(work, closed).await;
        let another = matches!(
            outcome,
            Err(CheckpointFault::Vault(VaultError::BadRequest) | CheckpointFault::OtherKeys)
        );
        if another && work.signer.is_some() {
            // Another vault process than the one that was met, or with another keyring key: it is met now.
            work.signer = None;
            outcome = self.try_checkpoint(work, closed).await;
        }
        work.hangs = matches!(outcome, Err(CheckpointFault::Vault(VaultError::TimedOut)));
        let Err(error) = outcome else {
            self.signing.made(work.signed());
            work.failing = false;
            return;
        };
        // The vault may have been started again.
        work.signer = None;
        // Without a root nothing is signed, and nothing is used.
        let sealed = matches!(error, CheckpointFault::Vault(VaultError::Sealed | VaultError::Opening));
        if sealed {
            self.signing.nobody_can();
        } else {
            // What lasts is told every minute: `Service::warn`.
            self.signing.failed(error.to_string());
            if !work.failing {
                tracing::error!(%error, "no checkpoint of the audit log could be made");
            }
        }
        work.failing = true;
    }

    async fn try_checkpoint(&self, work: &mut CheckpointWork, closed: bool) -> Result<(), CheckpointFault> {
        if work.signer.is_none() {
            let signer = self.meet(work).await?;
            work.met = Some(signer.vault);
            work.signer = Some(signer);
        }
        let Some(signer) = &work.signer else { return Ok(()) };
        let found = work.found.filter(|_| !closed);
        let tree = found.unwrap_or_else(|| self.audit().tree_head());
        let (vault, base) = (signer.vault, signer.base);
        let origin = signer.keys.origin();
        let head = LogHead {
            vault,
            origin,
            size: tree.size,
            root: tree.root,
            base,
            closed,
            opened: found.is_some(),
            after: work.kept.filter(|kept| kept.vault != vault).map(|kept| kept.digest),
        };
        let signed = self.vault().sign_checkpoint(head).await?;
        let text = head.text(signed.uses, signed.time_ms)?;
        let post_quantum =
            closed || signed.time_ms >= work.post_quantum_ms.saturating_add(POST_QUANTUM_EVERY_MS);
        let newest = self.keep(&signer.keys, &text, &signed, post_quantum).await?;
        let digest = text.parse::<Checkpoint>()?.digest;
        work.newest = Some(newest);
        work.found = None;
        if post_quantum {
            work.post_quantum_ms = signed.time_ms;
        }
        work.kept = Some(Kept {
            vault,
            base,
            closed,
            size: tree.size,
            digest,
            accounted: tree.accounted,
            uses: signed.uses,
            time_ms: signed.time_ms,
        });
        Ok(())
    }

    async fn keep(
        &self,
        keys: &LogKeys,
        text: &str,
        signed: &SignedHead,
        post_quantum: bool,
    ) -> Result<String, CheckpointFault> {
        let newest = keys.note(text, &signed.ed25519, Some(&signed.ml_dsa_65));
        if keys.open(&newest).is_err() {
            return Err(CheckpointFault::OtherKeys);
        }
        let history = keys.note(text, &signed.ed25519, post_quantum.then_some(signed.ml_dsa_65.as_slice()));
        let (log, text) = (self.audit().clone(), newest.to_string());
        let kept = tokio::task::spawn_blocking(move || log.keep_checkpoint(&history, &newest)).await;
        kept.map_err(|_| AuditError::Closed)??;
        Ok(text)
    }

    /// A name for an audit log that has none.
    pub(crate) fn new_log_name(&self) -> String {
        let (account, region) = (&self.parts().account, &self.parts().region);
        format!("strongroom.local/{account}/{region}/{}", self.request_id())
    }

    /// Whether the vault that answers is the one that was met, with the same keys.
    async fn is_met(&self, signer: &Signer) -> Result<bool, VaultError> {
        let standing = self.vault().standing().await?;
        let keys = LogKeys::new(signer.keys.origin(), &standing.ed25519, &standing.ml_dsa_65);
        Ok(standing.vault == signer.vault && keys.is_ok_and(|keys| keys == signer.keys))
    }

    /// Asks which vault there is; tells what the one before, or this one under another front, left unrecorded.
    async fn meet(&self, work: &mut CheckpointWork) -> Result<Signer, CheckpointFault> {
        let standing = self.vault().standing().await?;
        let origin = self.audit().origin(|| self.new_log_name())?;
        let keys = LogKeys::new(&origin, &standing.ed25519, &standing.ml_dsa_65)?;
        self.list_keys(work, &keys).await?;
        let base = match work.kept {
            None => 0,
            Some(kept) if kept.vault == standing.vault => kept.base,
            Some(kept) => kept.accounted,
        };
        if let Some(gap) = unrecorded(work, standing.vault, standing.uses, &self.audit().tree_head()) {
            let pending = self.audit().reserve(Purpose::Change)?;
            self.audit().tell(pending, &gap).await?;
            // The next checkpoint has it.
            self.audit().settle().await;
        }
        Ok(Signer { vault: standing.vault, keys, base })
    }
}

impl Service {
    /// Lists these keys behind those that were the log's so far. New ones are on the record before the first checkpoint that
    /// they sign.
    async fn list_keys(&self, work: &mut CheckpointWork, keys: &LogKeys) -> Result<(), CheckpointFault> {
        let before = work.listed.clone().filter(|listed| listed.origin() == keys.origin());
        let listed = match before {
            None => keys.clone(),
            Some(before) => {
                if !before.lists(keys) {
                    self.tell_new_keys(&before, keys).await?;
                    // They sign nothing that does not have that.
                    work.found = None;
                }
                before.followed_by(keys.clone())
            }
        };
        *self.log_keys.lock().unwrap_or_else(PoisonError::into_inner) = Some(listed.to_string());
        work.listed = Some(listed);
        Ok(())
    }

    async fn tell_new_keys(&self, before: &LogKeys, keys: &LogKeys) -> Result<(), CheckpointFault> {
        tracing::warn!("the audit log has new public keys: the vault's keyring key was replaced");
        let pending = self.audit().reserve(Purpose::Change)?;
        let mut record = recording::service_event(self, "ChangeAuditKeys", "strongroom", None);
        let lines = |keys: &LogKeys| keys.to_string().lines().map(str::to_owned).collect::<Vec<_>>();
        let parameters = serde_json::json!({ "before": lines(before), "now": lines(keys) });
        record.request_parameters = Json::new(&parameters).ok();
        self.audit().close(pending, &record, Durability::Disk).await?;
        // The next checkpoint has it.
        self.audit().settle().await;
        Ok(())
    }
}

/// What is to be told before the next checkpoint: why something may be missing, and how much, as far as that is known.
fn unrecorded(work: &CheckpointWork, vault: [u8; 16], uses: u64, tree: &TreeHead) -> Option<Gap> {
    let kept = work.kept.filter(|kept| !kept.closed && work.met != Some(vault))?;
    let accounted = tree.accounted.saturating_sub(kept.base);
    let gap = Gap {
        since: Some(event_time(Timestamp::from_millis(kept.time_ms))),
        after: tree.next.checked_sub(1),
        ..Gap::default()
    };
    if kept.vault != vault {
        // A front that met the vault before still has calls under way, whose records come.
        let front_ended = work.met.is_none();
        let missing = kept.uses.checked_sub(accounted).filter(|missing| front_ended && *missing > 0);
        let reason = "a vault ended and the log was not closed: what it did after its last checkpoint may be missing, and \
                      after a power cut the records of 20 ms";
        return Some(Gap { reason: reason.to_owned(), uses_at_least: missing, ..gap });
    }
    let lost = uses.checked_sub(accounted).filter(|lost| *lost > 0)?;
    let reason = "the front ended before it had recorded what the vault did for it";
    Some(Gap { reason: reason.to_owned(), uses: Some(lost), ..gap })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(accounted: u64) -> TreeHead {
        TreeHead { size: 9, root: [0; 32], next: 10, accounted }
    }

    fn work(closed: bool, met: bool) -> CheckpointWork {
        let met = met.then_some([1; 16]);
        let (vault, base, accounted, uses, time_ms) = ([1; 16], 10, 15, 8, 1_764_086_590_000);
        let kept = Some(Kept { vault, base, closed, size: 9, digest: [0; 32], accounted, uses, time_ms });
        CheckpointWork { kept, met, ..CheckpointWork::default() }
    }

    #[test]
    fn front_that_died_is_told_with_the_uses_that_it_did_not_record() {
        assert_eq!(unrecorded(&work(false, false), [1; 16], 8, &tree(15)).unwrap().uses, Some(3));
        assert_eq!(unrecorded(&work(false, false), [1; 16], 5, &tree(15)), None, "everything is there");
        assert_eq!(unrecorded(&work(false, true), [1; 16], 8, &tree(15)), None, "calls are under way");
        assert_eq!(unrecorded(&work(true, false), [1; 16], 8, &tree(15)), None, "the log was closed");
    }

    #[test]
    fn kept_keys_are_taken_up_and_damaged_ones_are_not() {
        let keys = LogKeys::new("log", &[1; 32], &[2; 1_952]).unwrap();
        assert_eq!(CheckpointWork::after(None, Some(&keys.to_string())).listed, Some(keys));
        assert_eq!(CheckpointWork::after(None, Some("log+00000000+AQ==")).listed, None);
        assert_eq!(CheckpointWork::after(None, None).listed, None);
    }

    #[test]
    fn vault_that_died_is_told_with_what_bounds_the_loss() {
        let gap = unrecorded(&work(false, false), [2; 16], 0, &tree(15)).unwrap();
        assert_eq!(gap.uses_at_least, Some(3), "eight were counted, and five are on the record");
        assert_eq!((gap.since.as_deref(), gap.after), (Some("2025-11-25T16:03:10Z"), Some(9)));
        assert_eq!((gap.uses, gap.from), (None, None), "the next vault gets no slack");
        let whole = unrecorded(&work(false, false), [2; 16], 0, &tree(18)).unwrap();
        assert_eq!(whole.uses_at_least, None, "everything that was counted is there");
        let under_way = unrecorded(&work(false, true), [2; 16], 0, &tree(15)).unwrap();
        assert_eq!(under_way.uses_at_least, None, "this front still writes its records");
        assert_eq!(under_way.after, Some(9));
        assert_eq!(unrecorded(&work(true, false), [2; 16], 0, &tree(15)), None);
        assert_eq!(unrecorded(&CheckpointWork::default(), [2; 16], 0, &tree(0)), None, "the first start");
    }
}
