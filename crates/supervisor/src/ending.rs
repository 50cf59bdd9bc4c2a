//! Ending front and vault in an orderly way.

use crate::children::Running;
use crate::keeper::{Keeper, Kept};
use crate::supervise::Event;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use strongroom_control::{Channel, FromFront};
use strongroom_vault_protocol::CustodyChannel;

/// How long the front may finish what is in flight.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(30);

/// How long the secrets folder's disk may take for what was kept last.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// The vault has nothing to finish.
const VAULT_SHUTDOWN: Duration = Duration::from_secs(2);

/// What counts still once the service ends: the front's anchor, keys and checkpoint of the log are kept.
pub(crate) fn keep_last(event: Event, keeper: &Keeper) {
    let Event::FromFront(_, message) = event else { return };
    match message {
        FromFront::Anchor { text } => keeper.keep(Kept::Anchor, text),
        FromFront::LogKeys { text } => keeper.keep(Kept::LogKeys, text),
        FromFront::LogCheckpoint { text } => keeper.keep(Kept::LogCheckpoint, text),
        _ => {}
    }
}

/// Whether the front ends by itself. Its last words are taken so that it never waits for us.
pub(crate) fn ends_in_time(front: &mut Running<Channel>, events: &Receiver<Event>, keeper: &Keeper) -> bool {
    let deadline = Instant::now() + SHUTDOWN;
    let mut ended = false;
    while !ended && Instant::now() < deadline {
        ended = front.ended_before((Instant::now() + Duration::from_millis(50)).min(deadline));
        while let Ok(event) = events.try_recv() {
            keep_last(event, keeper);
        }
    }
    ended
}

/// What the front had kept last is in the secrets folder before the process ends, unless its disk stands still.
pub(crate) fn finish_writing(keeper: &Keeper) {
    if !keeper.finish(LAST_WRITES) {
        tracing::error!(
            "the secrets folder does not take the last anchor and checkpoint: its disk stands still"
        );
    }
}

/// The vault ends when the front's lanes and our socket are closed; it is not waited for long.
pub(crate) fn end_vault(mut vault: Running<CustodyChannel>) {
    if vault.channel.close().is_err() || !vault.ended_before(Instant::now() + VAULT_SHUTDOWN) {
        tracing::warn!("vault did not end by itself");
    }
    let _ = vault.end();
}
