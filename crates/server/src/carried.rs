//! Work that is carried to its end, whoever still waits for it. A change must be: the store makes it though its caller has
//! left, and its record has to say who that was.

use crate::limits::STREAMS_MAX;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a connection has under way. Work whose caller has left counts until it is done, so whoever calls and leaves, again
/// and again, has no more of it than others.
pub(crate) struct Carried {
    places: Arc<Semaphore>,
}

impl Carried {
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(STREAMS_MAX as usize)) }
    }

    /// Does the work in a task of its own, once there is a place for it. Whoever stops waiting before that leaves nothing
    /// done, and after it everything. `None` if the work panicked, or came after the end.
    pub(crate) async fn out<T, W>(&self, work: W) -> Option<T>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let place = self.places.clone().acquire_owned().await.ok()?;
        let carried = tokio::spawn(async move {
            let done = work.await;
            drop(place);
            done
        });
        carried.await.ok()
    }

    /// Returns once all work is done; what comes later is not begun.
    pub(crate) async fn ended(&self) {
        let all = self.places.acquire_many(STREAMS_MAX).await;
        self.places.close();
        drop(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::ready;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::{oneshot, watch};

    /// Has a caller wait a little, in vain.
    async fn waited<T>(mut caller: Pin<&mut impl Future<Output = T>>) {
        tokio::select! {
            biased;
            _ = caller.as_mut() => panic!("it was to wait"),
            () = ready(()) => {}
        }
    }

    #[tokio::test]
    async fn work_is_done_though_its_caller_leaves_and_the_end_waits_for_it() {
        let (carried, done) = (Carried::new(), Arc::new(AtomicUsize::new(0)));
        let work = || {
            let (go, gone) = oneshot::channel::<()>();
            let done = done.clone();
            let work = async move {
                gone.await.unwrap();
                done.fetch_add(1, Ordering::SeqCst);
            };
            (go, work)
        };
        let (go, by_itself) = work();
        let mut by_itself = Box::pin(by_itself);
        waited(by_itself.as_mut()).await;
        drop(by_itself);
        assert_eq!(go.send(()), Err(()), "control: work that is not carried ends with its caller");
        let (go, left) = work();
        let mut left = Box::pin(carried.out(left));
        waited(left.as_mut()).await;
        drop(left);
        let mut ended = Box::pin(carried.ended());
        waited(ended.as_mut()).await;
        go.send(()).unwrap();
        ended.await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
        assert_eq!(carried.out(async {}).await, None, "nothing is begun after the end");
    }

    #[tokio::test]
    async fn work_whose_caller_has_left_keeps_its_place() {
        let (carried, begun) = (Carried::new(), Arc::new(AtomicUsize::new(0)));
        let (go, gone) = watch::channel(false);
        let work = || {
            let (begun, mut gone) = (begun.clone(), gone.clone());
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                gone.wait_for(|gone| *gone).await.unwrap();
            }
        };
        for _ in 0..STREAMS_MAX {
            let mut left = Box::pin(carried.out(work()));
            waited(left.as_mut()).await;
        }
        let mut one_more = Box::pin(carried.out(work()));
        waited(one_more.as_mut()).await;
        while begun.load(Ordering::SeqCst) < STREAMS_MAX as usize {
            tokio::task::yield_now().await;
        }
        waited(one_more.as_mut()).await;
        assert_eq!(begun.load(Ordering::SeqCst), STREAMS_MAX as usize);
        go.send(true).unwrap();
        assert_eq!(one_more.await, Some(()));
        carried.ended().await;
        assert_eq!(begun.load(Ordering::SeqCst), STREAMS_MAX as usize + 1);
    }

    #[tokio::test]
    async fn work_that_panics_gives_nothing_and_its_place_back() {
        let carried = Carried::new();
        assert_eq!(carried.out::<(), _>(async { panic!("a panic of the test") }).await, None);
        carried.ended().await;
    }
}
