//! The calls of multipart uploads that are on their way. An upload is taken back when none is: S3 may store a part whose answer
//! nobody waits for any more, also after the upload was aborted.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock, watch};
use tokio::time::timeout;

/// How long calls on their way may take to end by themselves before they are cut off: a part is long over a slow line.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// The calls of one session.
#[derive(Clone, Default)]
pub(super) struct UnderWay {
    /// Read while a call is on its way, written when none is to begin any more.
    gate: Arc<RwLock<()>>,
    /// Whether those on their way are to stop where they are.
    cut: Arc<watch::Sender<bool>>,
}

impl UnderWay {
    /// Makes a call. One that is cut off, or comes after [`Self::ended`], has no end: what it would end in is a message about
    /// what the user asked for.
    pub(super) async fn make<T>(&self, call: impl Future<Output = T>) -> T {
        let mut cut = self.cut.subscribe();
        let on_its_way = Arc::clone(&self.gate).read_owned().await;
        let done = tokio::select! {
            biased;
            () = cut_off(&mut cut) => None,
            done = call => Some(done),
        };
        drop(on_its_way);
        match done {
            Some(done) => done,
            None => pending().await,
        }
    }

    /// Waits until none is on its way, and cuts off what takes longer. None begins while what this gives is kept.
    pub(super) async fn ended(&self, patience: Duration) -> OwnedRwLockWriteGuard<()> {
        if let Ok(none) = timeout(patience, Arc::clone(&self.gate).write_owned()).await {
            return none;
        }
        self.cut.send_replace(true);
        Arc::clone(&self.gate).write_owned().await
    }
}

async fn cut_off(cut: &mut watch::Receiver<bool>) {
    let _ = cut.wait_for(|cut| *cut).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    fn wait(test: impl Future<Output = ()>) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    /// Whether it ends by what was there when it was asked.
    async fn ends<T>(call: impl Future<Output = T>) -> bool {
        tokio::select! {
            biased;
            _ = call => true,
            () = yield_now() => false,
        }
    }

    #[test]
    fn the_end_waits_for_a_call_on_its_way_and_none_begins_after_it() {
        wait(async {
            let under_way = UnderWay::default();
            let (answer, answered) = oneshot::channel();
            let (calls, call) = (under_way.clone(), async move { answered.await.unwrap() });
            let made = tokio::spawn(async move { calls.make(call).await });
            yield_now().await;
            assert!(!ends(under_way.ended(Duration::MAX)).await);
            answer.send(7).unwrap();
            let none = under_way.ended(Duration::MAX).await;
            assert_eq!(made.await.unwrap(), 7);
            assert!(!ends(under_way.make(async {})).await);
            drop(none);
            assert!(ends(under_way.make(async {})).await, "the positive control");
        });
    }

    #[test]
    fn a_call_that_takes_longer_is_cut_off_and_has_no_end() {
        wait(async {
            let under_way = UnderWay::default();
            let (held, mut let_go) = oneshot::channel::<()>();
            let (calls, call) = (under_way.clone(), async move {
                let _held = held;
                pending::<()>().await;
            });
            let mut made = tokio::spawn(async move { calls.make(call).await });
            yield_now().await;
            assert!(!ends(&mut let_go).await, "the positive control: the call is on its way");
            let _none = under_way.ended(Duration::ZERO).await;
            assert!(ends(&mut let_go).await, "it is still on its way");
            assert!(!ends(&mut made).await);
        });
    }
}
