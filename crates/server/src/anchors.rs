//! Rollback anchors on their way to the secrets folder: the supervisor says when its disk has one. Changes that take something
//! away are answered only then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_control::{Channel, FromFront};
use strongroom_service::{AnchorKeeper, AnchorWork, Keeping, Service};
use tokio::sync::oneshot;

/// How long the disk of the secrets folder may take before another anchor is tried. The supervisor writes the newest it has.
const PATIENCE: Duration = Duration::from_secs(10);

/// The anchor that is waited for, and where the answer goes.
type Waiting = Option<(String, oneshot::Sender<bool>)>;

/// Has the supervisor keep them, one at a time.
pub(crate) struct Anchors {
    channel: Arc<Channel>,
    waiting: Mutex<Waiting>,
    /// Whether the last one is on its way: none that was made before it may come after it. Held while one is handed over.
    is_over: Mutex<bool>,
}

impl Anchors {
    pub(crate) fn new(channel: Arc<Channel>) -> Self {
        Self { channel, waiting: Mutex::default(), is_over: Mutex::default() }
    }

    /// Hands over how far the state has come when the front ends, and nothing after it.
    pub(crate) async fn hand_over_last(&self, service: &Service) {
        self.end();
        if let Some(text) = service.anchor_now(&mut AnchorWork::default()).await {
            hand_over(&self.channel, text);
        }
    }

    fn end(&self) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// The supervisor's answer. Nobody waits for what a front hands over as it ends, nor any more for what took too long.
    pub(crate) fn heard(&self, text: &str, kept: bool) {
        if let Some((_, tell)) = self.waiting().take_if(|(awaited, _)| awaited == text) {
            // It may have given up in this moment.
            let _ = tell.send(kept);
        }
    }

    async fn has_kept(&self, text: String) -> bool {
        let (tell, told) = oneshot::channel();
        *self.waiting() = Some((text.clone(), tell));
        self.hand_over(text) && matches!(tokio::time::timeout(PATIENCE, told).await, Ok(Ok(true)))
    }

    fn hand_over(&self, text: String) -> bool {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        !*is_over && hand_over(&self.channel, text)
    }

    /// A poisoned lock is taken over: what it guards is whole after each statement.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnchorKeeper for Anchors {
    fn keep(&self, text: String) -> Keeping<'_> {
        Box::pin(self.has_kept(text))
    }
}

/// Hands an anchor over and does not wait; whether that was possible.
fn hand_over(channel: &Channel, text: String) -> bool {
    let sent = channel.send(&FromFront::Anchor { text }, &[]);
    if let Err(error) = &sent {
        tracing::error!(%error, "the rollback anchor could not be handed over");
    }
    sent.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use tokio::time::Instant;

    fn anchors() -> (Anchors, Channel) {
        let (near, far) = UnixStream::pair().unwrap();
        (Anchors::new(Arc::new(Channel::new(near))), Channel::new(far))
    }

    /// What the front has handed over.
    fn handed_over(supervisor: &Channel) -> String {
        match supervisor.receive::<FromFront>().unwrap().0 {
            FromFront::Anchor { text } => text,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn anchor_is_kept_when_the_supervisor_says_so_of_it() {
        let (anchors, supervisor) = anchors();
        for kept in [true, false] {
            let answer = async {
                while anchors.waiting().is_none() {
                    tokio::task::yield_now().await;
                }
                assert_eq!(handed_over(&supervisor), "new");
                anchors.heard("old", !kept);
                assert!(anchors.waiting().is_some(), "another one's answer");
                anchors.heard("new", kept);
            };
            let (is_kept, ()) = tokio::join!(anchors.keep("new".to_owned()), answer);
            assert_eq!(is_kept, kept);
        }
        anchors.heard("new", true);
    }

    #[tokio::test(start_paused = true)]
    async fn disk_that_stands_still_is_waited_for_and_not_for_ever() {
        let (anchors, supervisor) = anchors();
        let begun = Instant::now();
        assert!(!anchors.keep("one".to_owned()).await);
        assert_eq!((begun.elapsed(), handed_over(&supervisor).as_str()), (PATIENCE, "one"));
        drop(supervisor);
        assert!(!anchors.keep("two".to_owned()).await);
        assert_eq!(begun.elapsed(), PATIENCE, "nobody is there to wait for");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_handed_over_after_the_last_one() {
        let (anchors, supervisor) = anchors();
        let begun = Instant::now();
        anchors.end();
        assert!(!anchors.keep("late".to_owned()).await);
        assert_eq!(begun.elapsed(), Duration::ZERO, "nor waited for");
        hand_over(&anchors.channel, "last".to_owned());
        assert_eq!(handed_over(&supervisor), "last");
    }
}
