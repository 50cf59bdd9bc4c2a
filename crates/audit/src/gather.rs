//! Gathering: the records of all requests that are ready at the same time go to the writer thread together, and
//! its answer comes back for all of them. A wake-up each way for every record would cost more than writing it.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::line::{ENVELOPE_BYTES_MAX, KeyUses, Kind};
use crate::log::{AuditError, Durability};
use crate::spare::Spare;

/// The most bytes in one write, and so the most that a segment is overshot by.
const BATCH_BYTES_MAX: usize = 1 << 20;

pub(crate) type Reply = oneshot::Sender<Result<(), AuditError>>;

/// Records with their kinds and uses of keys.
pub(crate) type Lines = Vec<(Kind, KeyUses, Vec<u8>)>;

/// A record that waits to be written.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) uses: KeyUses,
    pub(crate) body: Vec<u8>,
    pub(crate) durability: Durability,
    pub(crate) reply: Reply,
}

/// Records that are written together.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) lines: Lines,
    /// Upper bound of what is written.
    pub(crate) bytes: usize,
    /// Answered when the disk has the batch.
    pub(crate) synced: Vec<Reply>,
    /// Answered when the kernel has it, with the lines: memory is given back cheaply only where it was taken.
    pub(crate) written: oneshot::Sender<Result<Lines, AuditError>>,
}

/// What waits to be handed over.
#[derive(Debug, Default)]
struct Gathered {
    items: Vec<Item>,
    /// Nothing is taken any more.
    ended: bool,
}

/// Where records are gathered.
#[derive(Debug)]
pub(crate) struct Gatherer {
    gathered: Mutex<Gathered>,
    /// Held from taking what is gathered until it is in the queue, for the mark of an end to stand behind it. Requests do not
    /// wait for it.
    sending: Mutex<()>,
    queue: Sender<Batch>,
    /// Where the texts of records go when they are written, and come from.
    spare: Arc<Spare>,
    /// How long a batch is waited for.
    answer_within: Duration,
}

impl Gatherer {
    pub(crate) fn new(queue: Sender<Batch>, answer_within: Duration) -> Self {
        let (gathered, sending) = (Mutex::default(), Mutex::default());
        Self { gathered, sending, queue, spare: Arc::default(), answer_within }
    }

    /// An empty buffer for a record's text.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.spare.take()
    }

    /// Adds a record, unless the log has ended. The first of a batch starts the task that hands the batch over: a task of its
    /// own, so that no caller who gives up leaves others waiting. Needs a tokio runtime.
    pub(crate) fn add(this: &Arc<Self>, item: Item) -> Result<(), AuditError> {
        let first = {
            let mut gathered = this.gathered();
            if gathered.ended {
                return Err(AuditError::Closed);
            }
            gathered.items.push(item);
            gathered.items.len() == 1
        };
        if first {
            tokio::spawn(hand_over(Arc::clone(this)));
        }
        Ok(())
    }

    /// Takes nothing any more; returns when the kernel has what was taken, or after a while in which it did not come to that.
    pub(crate) async fn end(this: &Arc<Self>) {
        this.gathered().ended = true;
        hand_over(Arc::clone(this)).await;
        let (reply, written) = oneshot::channel();
        {
            // Behind everything that another task has taken.
            let _sending = this.sending();
            drop(this.queue.send(Batch {
                lines: Lines::new(),
                bytes: 0,
                synced: Vec::new(),
                written: reply,
            }));
        }
        // Whoever asks looks at what is settled.
        let _ = tokio::time::timeout(this.answer_within, written).await;
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sending(&self) -> MutexGuard<'_, ()> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends everything gathered, in batches of bounded size. A writer that has gone drops the batches, which
    /// whoever waits takes as closed.
    fn send(&self) -> Vec<Sent> {
        let _sending = self.sending();
        let items = std::mem::take(&mut self.gathered().items);
        let mut sent = Vec::new();
        if items.is_empty() {
            return sent;
        }
        let mut batch = Gathering::default();
        for item in items {
            if batch.bytes >= BATCH_BYTES_MAX {
                sent.push(std::mem::take(&mut batch).send(&self.queue));
            }
            batch.add(item);
        }
        sent.push(batch.send(&self.queue));
        sent
    }
}

/// A batch that grows.
#[derive(Default)]
struct Gathering {
    lines: Lines,
    bytes: usize,
    synced: Vec<Reply>,
    waiting: Vec<Reply>,
}

/// A batch that the writer thread has, and who waits for it to be written.
struct Sent {
    written: oneshot::Receiver<Result<Lines, AuditError>>,
    waiting: Vec<Reply>,
}

impl Gathering {
    fn add(&mut self, item: Item) {
        self.bytes += item.body.len() + ENVELOPE_BYTES_MAX;
        self.lines.push((item.kind, item.uses, item.body));
        match item.durability {
            Durability::Kernel => self.waiting.push(item.reply),
            Durability::Disk => self.synced.push(item.reply),
        }
    }

    fn send(self, queue: &Sender<Batch>) -> Sent {
        let (reply, written) = oneshot::channel();
        drop(queue.send(Batch { lines: self.lines, bytes: self.bytes, synced: self.synced, written: reply }));
        Sent { written, waiting: self.waiting }
    }
}

/// Hands over what is gathered once everybody who is ready to run had a turn, and passes the answers on.
async fn hand_over(gatherer: Arc<Gatherer>) {
    tokio::task::yield_now().await;
    let sent = gatherer.send();
    let (within, spare) = (gatherer.answer_within, Arc::clone(&gatherer.spare));
    // Whoever drops the log waits for the writer thread, which ends when its queue has no sender.
    drop(gatherer);
    for batch in sent {
        let answer = match tokio::time::timeout(within, batch.written).await {
            Ok(written) => written
                .unwrap_or(Err(AuditError::Closed))
                .map(|lines| spare.put(lines.into_iter().map(|(_, _, body)| body))),
            Err(_) => Err(AuditError::Stalled),
        };
        for reply in batch.waiting {
            // Whoever asked may have gone; the record stands.
            drop(reply.send(answer.clone()));
        }
    }
}
