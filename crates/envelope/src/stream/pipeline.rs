//! One reader, workers, one writer in order: for pipes and for signed messages, whose hash has a thread of its own. A
//! ring of two batches for each worker bounds memory.

use super::buffers::Buffers;
use crate::error::EnvelopeError;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// A run of whole frames on its way.
#[derive(Default)]
pub(super) struct Batch {
    /// Its place among the batches, from 0.
    index: u64,
    /// The number of its first frame, from 1.
    pub(super) first_frame: u64,
    /// Whether the message ends with it.
    pub(super) last: bool,
    /// What was read, and what will be written.
    pub(super) buffers: Buffers,
}

/// A batch that is ready, or the reason why there is none in that place.
type Done = (u64, Result<Batch, EnvelopeError>);

/// Sees each batch behind the writer, in order.
pub(super) type Witness<'a> = &'a mut (dyn FnMut(&Batch) + Send);

/// Runs the stages until the batch that is marked as the last, or until the first failure in the order of the stream.
/// Everything before the failure was written. The last batch is given back, neither written nor witnessed: whoever
/// signs or verifies has a word to say before it goes out.
///
/// `fill` reads the next batch, `work` turns input into output, `emit` writes one batch's output.
pub(super) fn run(
    threads: usize,
    fill: impl FnMut(&mut Batch) -> Result<(), EnvelopeError> + Send,
    work: impl Fn(&mut Batch) -> Result<(), EnvelopeError> + Sync,
    emit: impl FnMut(&Batch) -> Result<(), EnvelopeError>,
    witness: Option<Witness<'_>>,
) -> Result<Batch, EnvelopeError> {
    let (free_in, free_out) = channel();
    let (filled_in, filled_out) = channel();
    let (done_in, done_out) = channel();
    let filled_out = Arc::new(Mutex::new(filled_out));
    for _ in 0..2 * threads {
        let _ = free_in.send(Batch::default());
    }
    thread::scope(|scope| {
        for _ in 0..threads {
            let (filled, done, work) = (Arc::clone(&filled_out), done_in.clone(), &work);
            scope.spawn(move || work_loop(&filled, &done, work));
        }
        drop(filled_out);
        scope.spawn(move || read_loop(&free_out, &filled_in, &done_in, fill));
        let written = match witness {
            None => free_in,
            Some(witness) => {
                let (written_in, written_out) = channel();
                scope.spawn(move || witness_loop(&written_out, &free_in, witness));
                written_in
            }
        };
        write_loop(done_out, written, emit)
    })
}

fn witness_loop(written: &Receiver<Batch>, free: &Sender<Batch>, witness: Witness<'_>) {
    while let Ok(batch) = written.recv() {
        witness(&batch);
        let _ = free.send(batch);
    }
}

fn read_loop(
    free: &Receiver<Batch>,
    filled: &Sender<Batch>,
    done: &Sender<Done>,
    mut fill: impl FnMut(&mut Batch) -> Result<(), EnvelopeError>,
) {
    let mut index = 0;
    while let Ok(mut batch) = free.recv() {
        batch.index = index;
        if let Err(error) = fill(&mut batch) {
            let _ = done.send((index, Err(error)));
            return;
        }
        let last = batch.last;
        if filled.send(batch).is_err() || last {
            return;
        }
        index += 1;
    }
}

fn work_loop(
    filled: &Mutex<Receiver<Batch>>,
    done: &Sender<Done>,
    work: &impl Fn(&mut Batch) -> Result<(), EnvelopeError>,
) {
    loop {
        let next = match filled.lock() {
            Ok(filled) => filled.recv(),
            Err(_) => return,
        };
        let Ok(mut batch) = next else { return };
        let index = batch.index;
        let result = work(&mut batch).map(|()| batch);
        if done.send((index, result)).is_err() {
            return;
        }
    }
}

/// Takes its channel ends by value: when it returns early, the other stages see them closed and end.
fn write_loop(
    done: Receiver<Done>,
    written: Sender<Batch>,
    mut emit: impl FnMut(&Batch) -> Result<(), EnvelopeError>,
) -> Result<Batch, EnvelopeError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    loop {
        let (index, result) = done.recv().map_err(|_| EnvelopeError::WorkerLost)?;
        waiting.insert(index, result);
        while let Some(result) = waiting.remove(&next) {
            let batch = result?;
            if batch.last {
                return Ok(batch);
            }
            emit(&batch)?;
            let _ = written.send(batch);
            next += 1;
        }
    }
}
