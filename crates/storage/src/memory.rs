//! The engine for tests and simulations: everything in memory, same promises except surviving the process.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::batch::{Batch, Write};
use crate::head::{Chain, FORMAT_KEY, HEAD_KEY, Head, OUR_FORMAT};
use crate::judge::{ReadRecords, first_conflict};
use crate::key::{Key, Prefix, Value};
use crate::store::{BoxFuture, CommitError, Revision, Scrubbed, Snapshot, Store, StoreError};
use crate::watch::{Change, Changes, WatchError, Watchers};

const HISTORY_DEFAULT: usize = 10_000;

/// A store in memory.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<State>,
    history_max: usize,
}

#[derive(Debug, Default)]
struct State {
    head: Revision,
    chain: Chain,
    records: BTreeMap<Key, (Revision, Value)>,
    history: VecDeque<Change>,
    watchers: Watchers,
}

impl MemoryStore {
    /// An empty store with a history of 10,000 batches.
    pub fn new() -> Self {
        Self::with_history(HISTORY_DEFAULT)
    }

    /// An empty store that forgets all but the last `history_max` batches.
    pub fn with_history(history_max: usize) -> Self {
        let mut state = State::default();
        if let Ok(key) = Key::new(FORMAT_KEY) {
            state.records.insert(key, (Revision::ZERO, OUR_FORMAT.encode()));
        }
        Self { state: Mutex::new(state), history_max }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, so a poisoned lock still guards whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit_now(&self, batch: Batch) -> Result<Revision, CommitError> {
        batch.validate()?;
        let head_key = Key::new(HEAD_KEY).map_err(|_| CommitError::Unavailable)?;
        let mut state = self.state();
        if let Ok(Some(conflict)) = first_conflict(&batch, &state.records) {
            return Err(conflict.into());
        }
        let revision = state.head.next();
        state.head = revision;
        state.chain = state.chain.extend(revision, &batch.encode());
        for write in &batch.write {
            match write {
                Write::Put { key, value } => {
                    state.records.insert(key.clone(), (revision, value.clone()));
                }
                Write::Delete { key } => {
                    state.records.remove(key);
                }
            }
        }
        state.records.insert(head_key, (revision, Head::of(&batch).encode()));
        let change = Change { revision, batch: Arc::new(batch) };
        state.history.push_back(change.clone());
        if state.history.len() > self.history_max {
            state.history.pop_front();
        }
        state.watchers.publish(&change);
        Ok(revision)
    }

    fn watch_now(&self, after: Revision) -> Result<Changes, WatchError> {
        let mut state = self.state();
        let kept = u64::try_from(state.history.len()).unwrap_or(u64::MAX);
        let oldest = Revision::new(state.head.get().saturating_sub(kept));
        if after < oldest {
            return Err(WatchError::Compacted { oldest });
        }
        let backlog = state.history.iter().filter(|change| change.revision > after).cloned().collect();
        Ok(state.watchers.add(after, backlog))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            Ok(Snapshot { revision: state.head, records: state.records.clone(), ..Snapshot::default() })
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move { self.commit_now(batch) })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Changes, WatchError>> {
        Box::pin(async move { self.watch_now(after) })
    }

    fn newest(&self) -> Option<(Revision, Chain)> {
        let state = self.state();
        Some((state.head, state.chain))
    }

    fn scrub(&self) -> BoxFuture<'_, Result<Scrubbed, StoreError>> {
        Box::pin(async move {
            self.state().history.clear();
            Ok(Scrubbed::default())
        })
    }
}

impl ReadRecords for BTreeMap<Key, (Revision, Value)> {
    type Error = Infallible;

    fn revision_of(&self, key: &Key) -> Result<Option<Revision>, Infallible> {
        Ok(self.get(key).map(|(revision, _)| *revision))
    }

    fn newer_under(&self, prefix: &Prefix, at: Revision) -> Result<Option<(Key, Revision)>, Infallible> {
        let start = Key::new(prefix.as_bytes()).map_or(Bound::Unbounded, Bound::Included);
        let newer = self
            .range((start, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .find(|(_, (revision, _))| *revision > at);
        Ok(newer.map(|(key, (revision, _))| (key.clone(), *revision)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn memory_engine_conforms() {
        conformance::run_all(|| Arc::new(MemoryStore::new()) as Arc<dyn Store>).await;
    }

    #[tokio::test]
    async fn scrubbed_memory_engine_conforms() {
        conformance::scrubbed(Arc::new(MemoryStore::new())).await;
    }

    #[tokio::test]
    async fn memory_engine_forgets_old_history() {
        conformance::compacted(Arc::new(MemoryStore::with_history(10)), 10).await;
    }
}
