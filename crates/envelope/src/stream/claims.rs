//! Threads that take numbered pieces of work from a counter: no queue, no order, nothing shared but the counter.

use super::buffers::Buffers;
use crate::error::EnvelopeError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Does `work` for each number below `claims`. After a failure no new claim begins; of several failures the one
/// with the lowest number is returned, which is the first in the file because claims are taken in order.
pub(super) fn run(
    threads: usize,
    claims: u64,
    work: impl Fn(u64, &mut Buffers) -> Result<(), EnvelopeError> + Sync,
) -> Result<(), EnvelopeError> {
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let worker = || {
        let mut buffers = Buffers::default();
        while !failed.load(Ordering::Relaxed) {
            let claim = next.fetch_add(1, Ordering::Relaxed);
            if claim >= claims {
                break;
            }
            if let Err(error) = work(claim, &mut buffers) {
                failed.store(true, Ordering::Relaxed);
                return Err((claim, error));
            }
        }
        Ok(())
    };
    let threads = threads.min(usize::try_from(claims).unwrap_or(usize::MAX));
    let results = if threads <= 1 { vec![worker()] } else { on_threads(threads, &worker) };
    let first = results.into_iter().filter_map(Result::err).min_by_key(|(claim, _)| *claim);
    first.map_or(Ok(()), |(_, error)| Err(error))
}

type Outcome = Result<(), (u64, EnvelopeError)>;

fn on_threads(threads: usize, worker: &(impl Fn() -> Outcome + Sync)) -> Vec<Outcome> {
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let lost = |_| Err((u64::MAX, EnvelopeError::WorkerLost));
        handles.into_iter().map(|handle| handle.join().unwrap_or_else(lost)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MessageError;

    #[test]
    fn every_claim_is_done_once() {
        let done = AtomicU64::new(0);
        let work = |claim, _: &mut Buffers| {
            done.fetch_add(1u64 << claim, Ordering::Relaxed);
            Ok(())
        };
        run(3, 40, work).unwrap();
        assert_eq!(done.into_inner(), (1 << 40) - 1);
    }

    #[test]
    fn the_lowest_failure_is_reported() {
        for _ in 0..50 {
            let work = |claim, _: &mut Buffers| {
                if claim >= 7 { Err(MessageError::FrameTag(claim).into()) } else { Ok(()) }
            };
            let error = run(4, 1_000, work).unwrap_err();
            assert_eq!(error.to_string(), MessageError::FrameTag(7).to_string());
        }
    }
}
