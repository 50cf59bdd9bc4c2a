//! Ending front and vault in an orderly way.

use crate::children::Running;
use crate::front_words::FrontWords;
use crate::supervise::Event;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};
use strongroom_control::{Channel, FromFront, ToFront};
use strongroom_vault_protocol::CustodyChannel;

/// How long the front may finish what is in flight.
const SHUTDOWN: Duration = Duration::from_secs(30);

/// How long the secrets folder's disk may take for what was kept last.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// How long what a front said before it ended may be on its way.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The vault has nothing to finish.
const VAULT_SHUTDOWN: Duration = Duration::from_secs(2);

/// Tells the front to finish and to end; one that does not is killed.
pub(crate) fn end_front(
    mut front: Running<Channel>,
    events: (&SyncSender<Event>, &Receiver<Event>),
    words: &mut FrontWords,
    vault: Option<&CustodyChannel>,
) {
    let told = front.channel.send(&ToFront::Shutdown, &[]).is_ok();
    if told && !ends_in_time(&mut front, events, words, vault) {
        tracing::error!("front did not end within {} s and is killed", SHUTDOWN.as_secs());
    }
    let _ = front.end();
}

/// Whether the front ends by itself. Its last words are taken: all of them, and so that it never waits for us.
fn ends_in_time(
    front: &mut Running<Channel>,
    (later, events): (&SyncSender<Event>, &Receiver<Event>),
    words: &mut FrontWords,
    vault: Option<&CustodyChannel>,
) -> bool {
    let deadline = Instant::now() + SHUTDOWN;
    let (mut ended, mut gone) = (false, false);
    let is_last = |event: &Event, of: u64| matches!(event, Event::FrontGone(from) if *from == of);
    while !ended && Instant::now() < deadline {
        ended = front.ended_before((Instant::now() + Duration::from_millis(50)).min(deadline));
        while let Ok(event) = events.try_recv() {
            gone |= is_last(&event, front.generation);
            hear_last(front, event, later, words, vault);
        }
    }
    let until = Instant::now() + LAST_WORDS;
    while ended
        && !gone
        && let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now()))
    {
        gone = is_last(&event, front.generation);
        words.take_last(event, vault);
    }
    ended
}

/// What changes in flight wait for is kept for them and answered; everything else is taken.
fn hear_last(
    front: &Running<Channel>,
    event: Event,
    later: &SyncSender<Event>,
    words: &mut FrontWords,
    vault: Option<&CustodyChannel>,
) {
    match event {
        Event::FromFront(from, asked @ FromFront::Anchor { .. }) if from == front.generation => {
            // Its answer is an event that follows.
            let _ = words.keep_for_front(from, asked, later);
        }
        // A front that has ended waits for nothing.
        Event::ForFront(of, answer) if of == front.generation => drop(front.channel.send(&answer, &[])),
        event => words.take_last(event, vault),
    }
}

/// What the front had kept last is in the secrets folder before the process ends, unless its disk stands still.
pub(crate) fn finish_writing(words: &FrontWords) {
    let until = Instant::now() + LAST_WRITES;
    if !words.keeper.finish(LAST_WRITES) {
        tracing::error!(
            "the secrets folder does not take the last anchor and checkpoint: its disk stands still"
        );
    }
    if !words.root_keys.finish(until.saturating_duration_since(Instant::now())) {
        tracing::error!(
            "the secrets folder does not take what became of a root access key: its disk stands still"
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
