//! What the front does by itself, round after round: what is due, checkpoints of the audit log, the vault's state, the
//! rollback anchor, numbers of messages.

use crate::removal::{Removals, kept_text};
use crate::sinks::Sinks;
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::Retention;
use strongroom_control::{AuditRetention, Channel, FromFront};
use strongroom_service::{CheckpointWork, DueWork, RewrapWork, Service};
use tokio::sync::oneshot;
use tokio::time::{Interval, MissedTickBehavior};

/// How often what is due is looked for.
const DUE_INTERVAL: Duration = Duration::from_secs(1);

/// How often a vault is looked at that may open by itself at any moment: everybody waits for it.
const OPENING_INTERVAL: Duration = Duration::from_millis(100);

/// At least this often there is a checkpoint of the audit log, while there is something new.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);

/// How many of these rounds go by between warnings, and between writings of when access keys and roles were last used.
const MINUTE_TICKS: u64 = 60;

/// How many go by between thinnings of the checkpoints; the first comes a minute after the start.
const DAY_TICKS: u64 = 24 * 60 * MINUTE_TICKS;

/// Begins all of them but the checkpoints, whose end is waited for.
pub(crate) fn begin(
    service: &Arc<Service>,
    kept: &AuditRetention,
    sinks: &Arc<Sinks>,
    removals: Arc<Removals>,
) {
    let retention = Retention { days: kept.days, bytes: kept.bytes, needed_from: None };
    tokio::spawn(run_due(service.clone(), retention, sinks.clone(), removals));
    tokio::spawn(run_custody(service.clone()));
    tokio::spawn(run_anchor(service.clone()));
    tokio::spawn(run_reservations(service.clone()));
}

/// Deletions and rotations whose time has come, and what is done every minute.
async fn run_due(service: Arc<Service>, retention: Retention, sinks: Arc<Sinks>, removals: Arc<Removals>) {
    let mut work = DueWork::default();
    let mut ticks = tokio::time::interval(DUE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0u64.. {
        ticks.tick().await;
        // First: it looks at the clock, by which retention goes too.
        service.run_due(&mut work).await;
        if tick % MINUTE_TICKS == 0 {
            service.warn();
            // What a required sink has not got yet stays.
            let retention = Retention { needed_from: sinks.low_water(), ..retention };
            service.prune_log(removals.allow(&service, retention).await).await;
            service.keep_last_uses().await;
            service.scrub_if_due().await;
        }
        if tick % DAY_TICKS == MINUTE_TICKS {
            service.thin_checkpoints().await;
        }
    }
}

/// When the rounds of something come: one at once, the others after an interval, and the last one when it is time to end.
struct Pace {
    ticks: Interval,
    /// It is time when its sender is gone.
    close: oneshot::Receiver<()>,
}

impl Pace {
    fn new(interval: Duration, close: oneshot::Receiver<()>) -> Self {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, close }
    }

    /// Waits for the next round; whether it is the last one.
    async fn is_last_round(&mut self) -> bool {
        tokio::select! {
            _ = self.ticks.tick() => false,
            _ = &mut self.close => true,
        }
    }
}

/// A checkpoint of the audit log every second while there is something new, and the last one when the front ends. Its
/// public keys, and a checkpoint a minute, go to the secrets folder, where whoever writes to the data directory cannot
/// change them.
pub(crate) async fn run_checkpoints(
    service: Arc<Service>,
    channel: Arc<Channel>,
    mut work: CheckpointWork,
    close: oneshot::Receiver<()>,
) {
    let mut pace = Pace::new(CHECKPOINT_INTERVAL, close);
    let mut handed_over = None;
    let mut since_checkpoint = MINUTE_TICKS;
    loop {
        if pace.is_last_round().await {
            service.close_log(&mut work).await;
            hand_over_log_keys(&channel, &service, &mut handed_over);
            hand_over_checkpoint(&channel, work.newest());
            return hand_over_closed(&channel, work.closed_with());
        }
        service.checkpoint(&mut work).await;
        hand_over_log_keys(&channel, &service, &mut handed_over);
        if since_checkpoint >= MINUTE_TICKS {
            hand_over_checkpoint(&channel, work.newest());
            since_checkpoint = 0;
        }
        since_checkpoint += 1;
    }
}

/// Whether the vault is open, and what is to be wrapped anew.
async fn run_custody(service: Arc<Service>) {
    let mut work = RewrapWork::default();
    loop {
        if service.look_at_vault().await {
            tokio::time::sleep(OPENING_INTERVAL).await;
            continue;
        }
        service.rewrap(&mut work).await;
        tokio::time::sleep(DUE_INTERVAL).await;
    }
}

/// Numbers of messages are reserved before they are used up.
async fn run_reservations(service: Arc<Service>) {
    loop {
        service.reserve_ahead().await;
    }
}

/// What the state has come to is kept outside the data directory.
async fn run_anchor(service: Arc<Service>) {
    service.keep_anchors().await;
}

/// The public keys of the log, when there are others than were handed over last.
fn hand_over_log_keys(channel: &Channel, service: &Service, handed_over: &mut Option<String>) {
    let keys = service.log_keys();
    if keys == *handed_over {
        return;
    }
    if let Some(text) = keys.clone()
        && let Err(error) = channel.send(&FromFront::LogKeys { text }, &[])
    {
        tracing::error!(%error, "the public keys of the audit log could not be handed over");
    }
    *handed_over = keys;
}

fn hand_over_checkpoint(channel: &Channel, checkpoint: Option<&str>) {
    let Some(text) = checkpoint.map(kept_text) else { return };
    if let Err(error) = channel.send(&FromFront::LogCheckpoint { text }, &[]) {
        tracing::error!(%error, "the checkpoint of the audit log could not be handed over");
    }
}

/// That the log is closed, behind the checkpoint that says so: a start believes it only of the one that is kept.
fn hand_over_closed(channel: &Channel, checkpoint: Option<&str>) {
    let Some(text) = checkpoint.map(kept_text) else { return };
    if let Err(error) = channel.send(&FromFront::LogClosed { text }, &[]) {
        tracing::error!(%error, "that the audit log is closed could not be handed over");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::removal::are_kept_beside;
    use std::os::unix::net::UnixStream;
    use tokio::time::{Instant, advance};

    #[test]
    fn log_is_closed_with_the_checkpoint_that_is_kept_beside_what_was_removed() {
        let (here, there) = UnixStream::pair().unwrap();
        let (here, there) = (Channel::new(here), Channel::new(there));
        hand_over_checkpoint(&here, Some("note\n"));
        hand_over_closed(&here, Some("note\n"));
        let FromFront::LogCheckpoint { text: kept } = there.receive::<FromFront>().unwrap().0 else {
            panic!()
        };
        let FromFront::LogClosed { text: closed } = there.receive::<FromFront>().unwrap().0 else { panic!() };
        assert_eq!(kept, closed);
        assert!(kept.starts_with("note\n") && are_kept_beside(&kept));
    }

    #[tokio::test(start_paused = true)]
    async fn checkpoints_come_at_once_every_second_and_at_the_end() {
        let (closing, close) = oneshot::channel();
        let mut pace = Pace::new(CHECKPOINT_INTERVAL, close);
        let begun = Instant::now();
        let half_seconds = || begun.elapsed().as_millis() / 500;
        for expected in [0, 2, 4] {
            assert!(!pace.is_last_round().await);
            assert_eq!(half_seconds(), expected);
        }
        // A round that takes long is followed by the next one at once, and that by one a second later.
        advance(Duration::from_millis(1_500)).await;
        for expected in [7, 9] {
            assert!(!pace.is_last_round().await);
            assert_eq!(half_seconds(), expected);
        }
        drop(closing);
        assert!(pace.is_last_round().await);
        assert_eq!(half_seconds(), 9, "the end does not wait for the next second");
    }
}
