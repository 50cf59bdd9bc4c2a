//! Many small messages at once, over all cores.
//!
//! Threads take runs of values from a counter. Materials and message ids are asked for once a run, so that what threads
//! share (the lock of a cache, what the random source looks at before it answers) is touched once for dozens of messages.

use crate::error::EnvelopeError;
use crate::materials::MaterialsManager;
use crate::message::MessageId;
use crate::small::{OpenedBytes, open_bytes, seal_value};
use crate::stream::{OpenOptions, SealOptions};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// The most values of a run.
const RUN_VALUES: usize = 32;
/// Materials are asked for values of about so many bytes at a time, so that a cache looks at its clock often.
const RUN_BYTES: u64 = 64 << 10;
/// How many runs there are for each thread, at least, where there are values enough: the last one to end keeps none waiting.
const RUNS_PER_THREAD: usize = 4;

/// Seals many values over all cores; the results are in the order of the values. The first failure ends it.
pub fn seal_many<V: AsRef<[u8]> + Sync>(
    values: &[V],
    manager: &(dyn MaterialsManager + Sync),
    options: SealOptions<'_>,
) -> Result<Vec<Vec<u8>>, EnvelopeError> {
    in_runs(values, options.threads, |run| seal_run(run, manager, options))
}

/// Opens many messages over all cores: one result for each, in their order. A message that is refused does not keep the
/// others from being opened.
pub fn open_many<M: AsRef<[u8]> + Sync>(
    messages: &[M],
    manager: &(dyn MaterialsManager + Sync),
    options: OpenOptions<'_>,
) -> Vec<Result<OpenedBytes, EnvelopeError>> {
    let open_run = |run: &[M]| {
        Ok(run.iter().map(|message| open_bytes(message.as_ref(), manager, options)).collect::<Vec<_>>())
    };
    in_runs(messages, options.threads, open_run)
        .unwrap_or_else(|_| messages.iter().map(|_| Err(EnvelopeError::WorkerLost)).collect())
}

/// Seals values one after the other, as many as the manager allows with the same materials.
fn seal_run<V: AsRef<[u8]>>(
    values: &[V],
    manager: &dyn MaterialsManager,
    options: SealOptions<'_>,
) -> Result<Vec<Vec<u8>>, EnvelopeError> {
    let values: Vec<&[u8]> = values.iter().map(AsRef::as_ref).collect();
    let mut sealed = Vec::with_capacity(values.len());
    let mut rest = &values[..];
    while !rest.is_empty() {
        let (materials, count) = options.materials_for_run(manager, &lengths(rest))?;
        let (now, later) = rest.split_at(count.min(rest.len()));
        let message_ids = MessageId::several(options.suite, now.len())?;
        for (value, message_id) in now.iter().zip(&message_ids) {
            sealed.push(seal_value(value, &materials, message_id, options)?);
        }
        rest = later;
    }
    Ok(sealed)
}

/// The lengths of the first values, at least of one, which have about [`RUN_BYTES`] together.
fn lengths(values: &[&[u8]]) -> Vec<u64> {
    let mut total = 0_u64;
    let lengths = values.iter().map(|value| value.len() as u64);
    let before_full = |bytes: &u64| {
        let room = total < RUN_BYTES;
        total = total.saturating_add(*bytes);
        room
    };
    lengths.take_while(before_full).collect()
}

/// Does `work` on runs of the values, on so many threads, of which this is one; gives the results in the order of the
/// values. After a failure no new run begins; of several failures the first in that order is returned.
pub(crate) fn in_runs<V: Sync, T: Send>(
    values: &[V],
    threads: usize,
    work: impl Fn(&[V]) -> Result<Vec<T>, EnvelopeError> + Sync,
) -> Result<Vec<T>, EnvelopeError> {
    // The first alone: with a cache the others find what it left there.
    let (first, others) = values.split_at(values.len().min(1));
    let mut results = work(first)?;
    results.reserve_exact(others.len());
    let run_values = others.len().div_ceil(threads.max(1).saturating_mul(RUNS_PER_THREAD));
    let runs: Vec<&[V]> = others.chunks(run_values.clamp(1, RUN_VALUES)).collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = runs.get(number) else { break };
            let result = work(run);
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            done.push((number, result));
        }
        done
    };
    for (_, result) in on_threads(threads.min(runs.len()), &worker) {
        results.extend(result?);
    }
    Ok(results)
}

/// The results of a run, and its number.
type Done<T> = (usize, Result<Vec<T>, EnvelopeError>);

/// What the workers have done, by number; behind it a failure for each that was lost.
fn on_threads<T: Send>(threads: usize, worker: &(impl Fn() -> Vec<Done<T>> + Sync)) -> Vec<Done<T>> {
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut done = worker();
        for other in others {
            let lost = |_| vec![(usize::MAX, Err(EnvelopeError::WorkerLost))];
            done.extend(other.join().unwrap_or_else(lost));
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done
}

#[cfg(test)]
#[path = "many_tests.rs"]
mod tests;
