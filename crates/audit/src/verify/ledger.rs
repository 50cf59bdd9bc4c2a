//! The vault's count of key uses against the record.

use super::finding::Finding;
use super::{RECORDED_WITHIN_MS, Verified};
use crate::checkpoint::Standing;
use std::collections::VecDeque;

/// The vault's count beside the record's.
pub(super) struct Ledger {
    vault: Option<[u8; 16]>,
    /// What was accounted for when the vault before had its last checkpoint.
    base: u64,
    last: u64,
    last_closed: bool,
    /// Uses on lines that are no leaves.
    pub(super) void: u64,
    void_base: u64,
    /// Counts whose records may still come.
    due: VecDeque<(Standing, u64)>,
    /// The first checkpoint is not the log's first: what it builds on is taken from itself.
    joins: bool,
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
            due: VecDeque::new(),
            joins,
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
            if let Some(before) = self.vault.filter(|_| !self.last_closed) {
                verified.unclosed.push(const_hex::encode(before));
            }
            self.base = if self.joins { standing.base } else { self.last };
            (self.vault, self.void_base, self.joins) = (Some(standing.vault), self.void, false);
            self.due.clear();
        }
        (self.last, self.last_closed) = (accounted, standing.closed);
        let recorded = accounted.saturating_sub(self.base) + (self.void - self.void_base);
        self.due.push_back((standing, size));
        let is_due = |counted: &Standing| {
            standing.closed || counted.time_ms.saturating_add(RECORDED_WITHIN_MS) <= standing.time_ms
        };
        while let Some((counted, size)) = self.due.front().copied().filter(|(counted, _)| is_due(counted)) {
            if counted.uses > recorded {
                let vault = const_hex::encode(counted.vault);
                return Err(Finding::Unrecorded { vault, size, counted: counted.uses, recorded });
            }
            self.due.pop_front();
        }
        Ok(())
    }
}
