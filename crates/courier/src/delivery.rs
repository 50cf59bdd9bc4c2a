//! One sink's loop: read a batch, hand it over, keep the cursor. What fails is tried again; the cursor moves after the
//! sink has the batch, so a death in between means a second copy, never a lost record.

use crate::back_off::BackOff;
use crate::board::Board;
use crate::cursors::{Cursor, Keep};
use crate::log::{Chunk, Limits, Log, Position};
use crate::sink::{Batch, Sink, SinkError, Taken};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use strongroom_types::Random;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How often a log that has nothing new is looked at.
const POLL: Duration = Duration::from_millis(250);

/// What the operator may set of a sink's batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// The most records.
    pub(crate) records: usize,
    /// No further record once there are as many bytes.
    pub(crate) bytes: usize,
    /// How long a record waits for others.
    pub(crate) wait: Duration,
}

/// What comes after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next step, at once.
    Go,
    /// The next step, after a while: nothing is there, or not enough.
    Wait(Duration),
    /// The next step, after a while: this one failed.
    Failed(Duration),
}

/// What a delivery is made of.
pub(crate) struct Parts<L, S, K, R> {
    /// The sink's place in the list.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) log: L,
    pub(crate) sink: S,
    pub(crate) keep: Arc<K>,
    pub(crate) board: Arc<Board>,
    pub(crate) random: R,
    pub(crate) batching: Batching,
    /// How far the sink is.
    pub(crate) cursor: Cursor,
}

/// One sink, being delivered to.
pub(crate) struct Delivery<L, S, K, R> {
    parts: Parts<L, S, K, R>,
    /// Whether the cursor is kept.
    kept: bool,
    back_off: BackOff,
    /// Since when a batch that is not full has waited.
    waiting: Option<Instant>,
    /// Where something was passed over, so that it is told once.
    told: Option<Position>,
    /// The most records of a batch since one was too large for the sink, until it has caught up.
    records_max: Option<usize>,
}

impl<L: Log, S: Sink, K: Keep, R: Random> Delivery<L, S, K, R> {
    pub(crate) fn new(parts: Parts<L, S, K, R>) -> Self {
        Self { parts, kept: true, back_off: BackOff::new(), waiting: None, told: None, records_max: None }
    }

    /// Goes on until it is told to end; then what is there is delivered once more, unless that fails.
    pub(crate) async fn run(mut self, mut ending: watch::Receiver<bool>) {
        loop {
            let last_words = *ending.borrow_and_update();
            match self.step(last_words).await {
                Next::Go => {}
                Next::Wait(_) | Next::Failed(_) if last_words => return,
                Next::Wait(pause) | Next::Failed(pause) => {
                    tokio::select! {
                        () = sleep(pause) => {}
                        // Whoever could tell is gone: the process ends.
                        changed = ending.changed() => if changed.is_err() { return },
                    }
                }
            }
        }
    }

    /// At most one batch. In a hurry it waits for no further records.
    pub(crate) async fn step(&mut self, hurry: bool) -> Next {
        match self.try_step(hurry).await {
            Ok(next) => next,
            Err(error) => {
                let text = error.to_string();
                if self.parts.board.failed(self.parts.index, &text) {
                    let sink = &self.parts.name;
                    tracing::warn!(%sink, error = %text, "a sink of the audit log does not take records");
                }
                Next::Failed(self.back_off.failed(error.retry_after(), &self.parts.random))
            }
        }
    }

    async fn try_step(&mut self, hurry: bool) -> Result<Next, SinkError> {
        // With a cursor that cannot be kept no further batch is delivered: a restart would repeat them all.
        if !self.kept {
            self.save(self.parts.cursor).await?;
        }
        let chunk = self.read().await?;
        self.tell_what_is_passed_over(&chunk);
        let (next, at_end) = (chunk.next, chunk.at_end);
        let Some(batch) = Batch::new(chunk.lines) else {
            self.parts.cursor.position = next;
            self.parts.board.caught_up(self.parts.index);
            return Ok(if at_end { Next::Wait(POLL) } else { Next::Go });
        };
        self.parts.board.lacks(self.parts.index);
        if at_end && !hurry && self.parts.cursor.through.is_none() {
            let since = *self.waiting.get_or_insert_with(Instant::now);
            let left = self.parts.batching.wait.saturating_sub(since.elapsed());
            if !left.is_zero() {
                return Ok(Next::Wait(left));
            }
        }
        let handed = self.hand_over(&batch).await;
        if let Err(error) = &handed
            && self.halves(error, &batch)
        {
            return Ok(Next::Go);
        }
        let taken = handed?;
        self.waiting = None;
        let cursor = Cursor { position: next, next: batch.last().saturating_add(1), through: None };
        if self.parts.board.took(self.parts.index, batch.lines().len(), taken, cursor) {
            let sink = &self.parts.name;
            tracing::info!(%sink, next = cursor.next, "a sink of the audit log takes records");
        }
        // In a log that grows all the time there is always something new; it does not lag for that.
        if at_end {
            self.parts.board.caught_up(self.parts.index);
            self.records_max = None;
        }
        self.back_off.reset();
        self.save(cursor).await?;
        Ok(Next::Go)
    }

    /// Once, however often it is read.
    fn tell_what_is_passed_over(&mut self, chunk: &Chunk) {
        let from = Some(self.parts.cursor.position);
        if self.told == from || !(chunk.missed || chunk.unreadable > 0) {
            return;
        }
        self.told = from;
        self.parts.board.passed_over(self.parts.index, chunk.unreadable, chunk.missed);
        if chunk.missed {
            let sink = &self.parts.name;
            tracing::error!(%sink, "records are gone that a sink of the audit log has not taken");
        }
    }

    async fn hand_over(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        if self.parts.sink.repeats() && self.parts.cursor.through.is_none() {
            self.save(Cursor { through: Some(batch.last()), ..self.parts.cursor }).await?;
        }
        let deadline = self.parts.sink.deadline();
        timeout(deadline, self.parts.sink.deliver(batch)).await.unwrap_or(Err(SinkError::TooSlow(deadline)))
    }

    /// Whether half a batch is to be tried at once, because this one is too large for the sink. An export's must stay the same.
    fn halves(&mut self, error: &SinkError, batch: &Batch) -> bool {
        let records = batch.lines().len();
        if !error.is_too_large() || records < 2 || self.parts.sink.repeats() {
            return false;
        }
        if self.records_max.is_none() {
            let sink = &self.parts.name;
            tracing::warn!(%sink, records, "a sink of the audit log finds a batch too large: it gets smaller ones");
        }
        self.records_max = Some(records / 2);
        true
    }

    async fn read(&mut self) -> Result<Chunk, SinkError> {
        let Batching { records, bytes, .. } = self.parts.batching;
        let lines = self.records_max.map_or(records, |most| most.min(records));
        let limits = Limits { lines, bytes, through: self.parts.cursor.through };
        let (log, from) = (self.parts.log.clone(), self.parts.cursor.position);
        let read = aside(move || log.read(from, &limits)).await;
        read.map_err(|error| SinkError::Inside(format!("the audit log cannot be read: {error}")))
    }

    /// The cursor holds at once; it is kept, or will be before the next batch.
    async fn save(&mut self, cursor: Cursor) -> Result<(), SinkError> {
        self.parts.cursor = cursor;
        self.kept = false;
        let (keep, index) = (self.parts.keep.clone(), self.parts.index);
        let saved = aside(move || keep.save(index, &cursor)).await;
        saved.map_err(|error| SinkError::Inside(format!("its cursor cannot be kept: {error}")))?;
        self.kept = true;
        Ok(())
    }
}

/// On a thread that may wait for the disk.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => Err(io::Error::other(failed)),
    }
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
