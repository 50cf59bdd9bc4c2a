//! What may take authority away is answered only when the rollback anchor of it is kept outside the data directory (threat
//! T-25): an older copy that is put back after the answer is noticed, however soon. All who wait at a time share one anchor.
//!
//! A revocation counts more than its anchor. It is in force before anybody waits, and where no anchor can be kept (the secrets
//! folder is read-only or its disk stands still, the vault is sealed) it is answered all the same, after [`PATIENCE`]; from then
//! on nobody waits until an anchor is kept again. The operator's log says so.

use crate::anchor::AnchorWork;
use crate::complaints::Complaints;
use crate::service::Service;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_storage::Revision;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long an answer waits for its anchor.
const PATIENCE: Duration = Duration::from_secs(5);

/// Changes that nobody waits for and that follow each other within this time share an anchor.
const ANCHOR_INTERVAL: Duration = Duration::from_secs(1);

/// The longest pause between tries when no anchor can be kept.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What complaints are about.
const ANCHOR: &str = "anchor";

/// The reason of all of them: what exactly is wrong stands in the log already.
const NOT_KEPT: &str = "not kept";

/// Whether an anchor is kept, once that is known.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Keeps anchors outside the data directory: a seam, so that the service knows nothing of who does.
pub trait AnchorKeeper: Send + Sync {
    /// Puts an anchor in the place of the one before. Whether a crash cannot lose it any more; `false` too when that takes too
    /// long to wait for.
    fn keep(&self, text: String) -> Keeping<'_>;
}

/// How far the state is anchored.
#[derive(Debug, Default)]
struct Anchored {
    /// Up to here.
    revision: Revision,
    /// Somebody has waited in vain, and no anchor was kept since.
    is_stuck: bool,
}

/// How far the state is anchored, and how far somebody waits for.
#[derive(Debug)]
pub(crate) struct Anchoring {
    /// Whether anybody keeps anchors of this store.
    is_on: bool,
    anchored: watch::Sender<Anchored>,
    wanted: watch::Sender<Revision>,
    complaints: Mutex<Complaints>,
}

impl Anchoring {
    pub(crate) fn new(is_on: bool) -> Self {
        Self {
            is_on,
            anchored: watch::Sender::new(Anchored::default()),
            wanted: watch::Sender::new(Revision::ZERO),
            complaints: Mutex::default(),
        }
    }

    /// Waits until an anchor at this revision or beyond is kept, as long as that is worth while; whether it is.
    async fn is_kept(&self, revision: Revision) -> bool {
        self.wanted.send_if_modified(|wanted| {
            let is_newer = *wanted < revision;
            *wanted = revision.max(*wanted);
            is_newer
        });
        let mut anchored = self.anchored.subscribe();
        let is_over = |anchored: &Anchored| anchored.revision >= revision || anchored.is_stuck;
        let over = async {
            // The sender lives as long as self.
            let _ = anchored.wait_for(is_over).await;
        };
        // In time or not is seen from what is kept.
        let _ = timeout(PATIENCE, over).await;
        let mut is_kept = false;
        self.anchored.send_if_modified(|anchored| {
            is_kept = anchored.revision >= revision;
            let begins = !is_kept && !anchored.is_stuck;
            anchored.is_stuck |= begins;
            begins
        });
        is_kept
    }

    fn note_kept(&self, revision: Revision) {
        self.anchored.send_replace(Anchored { revision, is_stuck: false });
        self.complaints().settle(ANCHOR);
    }

    /// Returns when somebody waits for more than this revision, or after a while.
    async fn wants_beyond(&self, revision: Revision, at_most: Duration) {
        let mut wanted = self.wanted.subscribe();
        let more = async {
            // The sender lives as long as self.
            let _ = wanted.wait_for(|wanted| *wanted > revision).await;
        };
        // It is time either way.
        let _ = timeout(at_most, more).await;
    }

    /// Whether the operator is to be told, by the monotonic clock, that no anchor can be kept.
    fn is_news(&self, now: Duration) -> bool {
        self.complaints().is_news(ANCHOR, NOT_KEPT, now)
    }

    /// A poisoned lock is taken over: what was told is whole after each statement.
    fn complaints(&self) -> MutexGuard<'_, Complaints> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Returns when an anchor of what is in force now is kept: before anything is answered that may take authority away. At
    /// once where nobody keeps anchors.
    pub(crate) async fn anchored(&self) {
        let anchoring = self.anchoring();
        if !anchoring.is_on {
            return;
        }
        let revision = self.snapshot().revision;
        if !anchoring.is_kept(revision).await && anchoring.is_news(self.clock().monotonic()) {
            tracing::warn!(
                "no rollback anchor can be kept: changes that take something away are made and answered without, and a copy of \
                 the data directory from before them would be served"
            );
        }
    }

    /// Has the state anchored as it changes, for ever: a first change at once, those that follow it a second later, or at once
    /// if somebody waits for them. Returns only where nobody keeps anchors.
    pub async fn keep_anchors(&self) {
        let Some(keeper) = &self.parts().anchor_keeper else { return };
        let (mut work, mut pause) = (AnchorWork::default(), ANCHOR_INTERVAL);
        loop {
            let kept = work.anchored;
            // The vault is sealed, or the store closed.
            let Some(text) = self.next_anchor(&mut work).await else {
                sleep(ANCHOR_INTERVAL).await;
                continue;
            };
            let tried = work.anchored;
            if keeper.keep(text).await {
                self.anchoring().note_kept(tried);
                pause = ANCHOR_INTERVAL;
            } else {
                work.anchored = kept;
                sleep(ANCHOR_INTERVAL).await;
                pause = RETRY_MAX.min(pause * 2);
            }
            self.anchoring().wants_beyond(tried, pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::Instant;

    fn waits(anchoring: &Arc<Anchoring>, revision: u64) -> JoinHandle<bool> {
        let anchoring = anchoring.clone();
        tokio::spawn(async move { anchoring.is_kept(Revision::new(revision)).await })
    }

    #[tokio::test(start_paused = true)]
    async fn answer_waits_for_an_anchor_at_its_revision_or_beyond() {
        let anchoring = Arc::new(Anchoring::new(true));
        let (seventh, eighth) = (waits(&anchoring, 7), waits(&anchoring, 8));
        yield_now().await;
        assert_eq!(*anchoring.wanted.borrow(), Revision::new(8));
        anchoring.note_kept(Revision::new(6));
        yield_now().await;
        assert!(!seventh.is_finished(), "an anchor of before it");
        anchoring.note_kept(Revision::new(7));
        assert!(seventh.await.unwrap());
        assert!(!eighth.is_finished());
        anchoring.note_kept(Revision::new(9));
        assert!(eighth.await.unwrap());
        assert!(anchoring.is_kept(Revision::new(9)).await, "there already");
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_anchor_is_kept_one_answer_waits_in_vain_and_the_next_ones_not_until_one_is() {
        let anchoring = Arc::new(Anchoring::new(true));
        let begun = Instant::now();
        let (first, second) = (waits(&anchoring, 7), waits(&anchoring, 8));
        assert!(!first.await.unwrap() && !second.await.unwrap());
        assert_eq!(begun.elapsed(), PATIENCE);
        assert!(!anchoring.is_kept(Revision::new(9)).await);
        assert_eq!(begun.elapsed(), PATIENCE, "nobody waits any more");
        let news = |seconds| anchoring.is_news(Duration::from_secs(seconds));
        assert!(news(0) && !news(1));
        anchoring.note_kept(Revision::new(8));
        assert!(news(2), "of another spell");
        assert!(!anchoring.is_kept(Revision::new(9)).await);
        assert_eq!(begun.elapsed(), PATIENCE * 2, "it is worth while again");
    }

    #[tokio::test(start_paused = true)]
    async fn next_anchor_is_made_after_a_second_or_as_soon_as_somebody_waits_for_it() {
        let anchoring = Arc::new(Anchoring::new(true));
        let begun = Instant::now();
        anchoring.wants_beyond(Revision::new(7), ANCHOR_INTERVAL).await;
        assert_eq!(begun.elapsed(), ANCHOR_INTERVAL);
        let waiting = waits(&anchoring, 8);
        anchoring.wants_beyond(Revision::new(7), ANCHOR_INTERVAL).await;
        assert_eq!(begun.elapsed(), ANCHOR_INTERVAL);
        anchoring.wants_beyond(Revision::new(8), ANCHOR_INTERVAL).await;
        assert_eq!(begun.elapsed(), ANCHOR_INTERVAL * 2, "that one is being kept");
        waiting.abort();
    }
}
