//! Whether the wall clock can be believed: compared with its persisted high-water mark (threat T-06).
//!
//! More than five minutes behind the mark nothing is served: a clock that was set back makes expired credentials and
//! old signatures good again. Only the operator can say that the clock is right and the mark is wrong.

use crate::fault::Fault;
use crate::operator::OperatorError;
use crate::service::Service;
use crate::state::{ChangeError, Changes, ClockRecord, Snapshot, layout};
use serde::Serialize;
use serde_json::json;
use strongroom_audit::event_time;
use strongroom_storage::Revision;
use strongroom_types::Timestamp;

/// How far the clock may be behind its mark.
const BEHIND_MAX_MS: u64 = 5 * 60_000;

/// What callers are told.
const BEHIND: &str = "The service's clock is behind its last known time; no request is served.";

/// What the operator's override did.
#[derive(Debug, Serialize)]
pub struct ClockAccepted {
    /// The mark before; absent if there was none.
    pub before: Option<String>,
    /// The mark now: the time of the wall clock.
    pub now: String,
}

impl Service {
    /// Why the clock is not believed; absent when it is.
    pub(crate) fn clock_is_behind(&self) -> Option<String> {
        let now = self.clock().now();
        let mark = event_time(mark_ahead_of(&self.snapshot(), now)?);
        Some(format!(
            "the clock says {} and said {mark} before: nothing is served until it is right, or until the operator \
             says that it is (strongroom clock accept)",
            event_time(now)
        ))
    }

    /// `plausible`, or what is wrong with the clock.
    pub(crate) fn what_of_the_clock(&self) -> String {
        let doubt = || self.clock_watch().doubt().unwrap_or("plausible").to_owned();
        self.clock_is_behind().unwrap_or_else(doubt)
    }

    /// The operator vouches for the clock: its mark is set to what it says now, and time is counted from there.
    pub async fn accept_clock(&self, peer_uid: u32) -> Result<ClockAccepted, OperatorError> {
        let now = self.clock().now();
        let mark = self.snapshot().clock_mark();
        let before = mark.map(|(ms, _)| event_time(Timestamp::from_millis(ms)));
        let revision = mark.map_or(Revision::ZERO, |(_, revision)| revision);
        let accepted = ClockAccepted { before, now: event_time(now) };
        let parameters = json!({ "before": accepted.before, "now": accepted.now });
        self.act("OperatorAcceptClock", peer_uid, Some(parameters), mark_at(now, revision)?).await?;
        self.clock_watch().believe(self.clock());
        Ok(accepted)
    }
}

/// Refuses every request while the clock is not believed.
pub(crate) fn clock_gate(snapshot: &Snapshot, now: Timestamp) -> Result<(), Fault> {
    if mark_ahead_of(snapshot, now).is_some() { Err(Fault::Internal(BEHIND)) } else { Ok(()) }
}

/// The mark, if the clock is too far behind it.
fn mark_ahead_of(snapshot: &Snapshot, now: Timestamp) -> Option<Timestamp> {
    let (mark_ms, _) = snapshot.clock_mark()?;
    (now.millis().saturating_add(BEHIND_MAX_MS) < mark_ms).then_some(Timestamp::from_millis(mark_ms))
}

/// The change that writes the mark, in place of the one of `revision`; zero when there is none.
pub(crate) fn mark_at(now: Timestamp, revision: Revision) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    match revision {
        Revision::ZERO => changes.absent(layout::clock())?,
        revision => changes.unchanged(layout::clock(), revision)?,
    };
    changes.put(layout::clock(), &ClockRecord { high_water_ms: now.millis() })?;
    Ok(changes)
}
