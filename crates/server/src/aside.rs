//! A future beside busy work: polled only when it asked to be. A timer polled along with every step of a connection
//! would register itself anew each time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Passes a future's wake-ups on and remembers them.
struct Asked {
    due: AtomicBool,
    task: Waker,
}

impl Wake for Asked {
    fn wake(self: Arc<Self>) {
        self.due.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

/// A future that is polled the first time, and then only after its own wake-ups.
pub(crate) struct Aside<F> {
    future: Pin<Box<F>>,
    asked: Option<Arc<Asked>>,
}

impl<F: Future> Aside<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future: Box::pin(future), asked: None }
    }
}

impl<F: Future> Future for Aside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let asked = match &this.asked {
            Some(asked) if asked.task.will_wake(context.waker()) => asked,
            // A task that was never told, or another one: it has to be polled to ask for this task.
            _ => this.asked.insert(Arc::new(Asked { due: true.into(), task: context.waker().clone() })),
        };
        // A look first: to take it back costs more, and it is hardly ever set.
        if !asked.due.load(Ordering::Acquire) || !asked.due.swap(false, Ordering::AcqRel) {
            return Poll::Pending;
        }
        let waker = Waker::from(asked.clone());
        this.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;

    /// Counts how often it is polled; ends at the third time.
    fn counted(polls: &AtomicUsize, waker: &std::sync::Mutex<Option<Waker>>) -> impl Future<Output = ()> {
        poll_fn(|context| {
            *waker.lock().unwrap() = Some(context.waker().clone());
            if polls.fetch_add(1, Ordering::SeqCst) == 2 { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    #[test]
    fn polled_first_and_after_its_own_wake_ups_only() {
        let (polls, waker) = (AtomicUsize::new(0), std::sync::Mutex::new(None));
        let mut aside = Aside::new(counted(&polls, &waker));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            assert!(Pin::new(&mut aside).poll(&mut context).is_pending());
        }
        assert_eq!(polls.load(Ordering::SeqCst), 1);
        for end in [false, true] {
            waker.lock().unwrap().take().unwrap().wake();
            assert_eq!(Pin::new(&mut aside).poll(&mut context).is_ready(), end);
        }
        assert_eq!(polls.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn another_task_is_asked_for_at_once() {
        let (polls, waker) = (AtomicUsize::new(0), std::sync::Mutex::new(None));
        let mut aside = Aside::new(counted(&polls, &waker));
        assert!(Pin::new(&mut aside).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let woken = Arc::new(Asked { due: false.into(), task: Waker::noop().clone() });
        let other = Waker::from(woken.clone());
        assert!(Pin::new(&mut aside).poll(&mut Context::from_waker(&other)).is_pending());
        waker.lock().unwrap().take().unwrap().wake();
        assert!(woken.due.load(Ordering::SeqCst), "the task that polled last is woken");
    }
}
