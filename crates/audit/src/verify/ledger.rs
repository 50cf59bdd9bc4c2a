//! The vault's count of key uses against the record.

use super::finding::Finding;
use super::{RECORDED_WITHIN_MS, Verified};
use crate::checkpoint::Standing;
use crate::line::Gap;
use std::collections::VecDeque;

/// The vault's count beside the record's.
pub(super) struct Ledger {
    vault: Option<[u8; 16]>,
    /// What was accounted for when the vault before had its last checkpoint.
    base: u64,
    last: u64,
    last_closed: bool,
    /// Uses on lines that are no leaves, but for those that a gap has told of.
    void: u64,
    void_base: u64,
    /// Those since the last leaf.
    taken_back: u64,
    /// Counts whose records may still come.
    due: VecDeque<(Standing, u64)>,
    /// Uses without a record that gaps tell of since the last checkpoint, where nobody knows how many there are.
    told: u64,
    /// Vaults that ended without closing the log, until their last counts are compared too.
    ended: Vec<Ended>,
    /// The first checkpoint is not the log's first: what it builds on is taken from itself.
    joins: bool,
}

/// The last count of a vault that has ended, whose records may still come.
struct Ended {
    counted: Standing,
    size: u64,
    base: u64,
    void_base: u64,
    /// What gaps tell of it: a front that died with it cannot bring the records any more.
    told: u64,
}

impl Ledger {
    pub(super) fn new(joins: bool) -> Self {
        Self {
            vault: None,
            base: 0,
            last: 0,
            last_closed: true,
            void: 0,
            void_base: 0,
            taken_back: 0,
            due: VecDeque::new(),
            told: 0,
            ended: Vec::new(),
            joins,
        }
    }

    /// Uses on a line that is no leaf.
    pub(super) fn take_back(&mut self, uses: u64) {
        self.void += uses;
        self.taken_back += uses;
    }

    /// A leaf, which may be a gap: one that counts uses on the lines before it that are none, or tells of uses without
    /// counting as records of them. Told twice, by a start that failed, it is the same.
    pub(super) fn leaf(&mut self, gap: Option<&Gap>) {
        let taken_back = std::mem::take(&mut self.taken_back);
        let Some(gap) = gap else { return };
        self.void -= gap.uses_in_doubt.unwrap_or_default().min(taken_back);
        let told = gap.uses_at_least.unwrap_or_default();
        self.told = self.told.max(told);
        for ended in &mut self.ended {
            ended.told = ended.told.max(told);
        }
    }

    pub(super) fn compare(
        &mut self,
        size: u64,
        standing: Standing,
        accounted: u64,
        verified: &mut Verified,
    ) -> Result<(), Finding> {
        if self.vault != Some(standing.vault) {
            self.change_vault(&standing, verified);
        }
        (self.last, self.last_closed, self.told) = (accounted, standing.closed, 0);
        let recorded = accounted.saturating_sub(self.base) + (self.void - self.void_base);
        self.due.push_back((standing, size));
        while let Some((counted, size)) = self.due.front().filter(|(counted, _)| is_due(counted, &standing)) {
            within(counted, *size, recorded)?;
            self.due.pop_front();
        }
        let has_come = |ended: &Ended| is_due(&ended.counted, &standing);
        for ended in self.ended.iter().filter(|ended| has_come(ended)) {
            // Those of the vaults after it are among them: of whose use a record is, it does not say.
            let recorded = accounted.saturating_sub(ended.base) + (self.void - ended.void_base);
            within(&ended.counted, ended.size, recorded.saturating_add(ended.told))?;
        }
        self.ended.retain(|ended| !has_come(ended));
        Ok(())
    }

    fn change_vault(&mut self, standing: &Standing, verified: &mut Verified) {
        if let Some(before) = self.vault.filter(|_| !self.last_closed) {
            verified.unclosed.push(const_hex::encode(before));
            let (base, void_base, told) = (self.base, self.void_base, self.told);
            let last = self.due.pop_back();
            self.ended.extend(last.map(|(counted, size)| Ended { counted, size, base, void_base, told }));
        }
        self.base = if self.joins { standing.base } else { self.last };
        (self.vault, self.void_base, self.joins) = (Some(standing.vault), self.void, false);
        self.due.clear();
    }
}

/// Whether by now every use that was counted then has its record.
fn is_due(counted: &Standing, now: &Standing) -> bool {
    now.closed || counted.time_ms.saturating_add(RECORDED_WITHIN_MS) <= now.time_ms
}

fn within(counted: &Standing, size: u64, recorded: u64) -> Result<(), Finding> {
    if counted.uses <= recorded {
        return Ok(());
    }
    let vault = const_hex::encode(counted.vault);
    Err(Finding::Unrecorded { vault, size, counted: counted.uses, recorded })
}
