//! The operator's looks at the audit record, and what looks after it: its indexes, and the last uses of keys that a front
//! which was killed did not come to write down. All of it reads files, on threads that serve no request.

use crate::looks::Looks;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use strongroom_audit::{
    Bounds, Disk, Flow, IndexKeeper, Kind, Position, Query, RealDisk, RecordView, SegmentFolder,
    SegmentSource, Usage, event_seconds, page, visit,
};
use strongroom_control::OperatorRequest;
use strongroom_service::{OperatorError, Service, fitting};

/// The most records, and bytes of them, on one page: written as JSON texts, they fit into a message.
const PAGE_RECORDS_MAX: usize = 1_000;
const PAGE_BYTES_MAX: usize = 400_000;

/// How long one page, or one part of a count, is worked on.
const LOOK_TIME: Duration = Duration::from_secs(2);

/// How often segments without an index are looked for, and how long the thread rests before it reads one.
const INDEX_INTERVAL: Duration = Duration::from_secs(10);
const INDEX_REST: Duration = Duration::from_millis(200);

/// So many segments without an index may wait for a core that is idle.
const INDEX_WAITING_MAX: usize = 8;

/// How long indexes are left alone after one could not be written.
const INDEX_BACK_OFF: Duration = Duration::from_secs(600);

/// What has to be free for an index to be written: room is the record's first.
const INDEX_ROOM_BYTES: u64 = 256 << 20;

/// For how long before the newest use of a key that is written down others may not be: uses are written every minute, and
/// what fails of it is tried again.
const CATCH_UP_SECONDS: u64 = 3_600;

/// Where a look at the record begins, and with which ticket.
struct Asked {
    query: Value,
    after: Option<Value>,
    ticket: Option<u64>,
}

/// Looks at the record, one at a time.
pub(crate) struct AuditReading {
    source: SegmentFolder,
    turn: tokio::sync::Mutex<()>,
    looks: Looks,
}

impl AuditReading {
    /// Reads the segments of this folder.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { source: SegmentFolder::new(dir), turn: tokio::sync::Mutex::default(), looks: Looks::default() }
    }

    /// Answers what the operator asks of the record and of the use of keys.
    pub(crate) async fn answer(
        &self,
        service: &Service,
        uid: u32,
        request: OperatorRequest,
    ) -> Result<Value, OperatorError> {
        use OperatorRequest as R;
        match request {
            R::AuditQuery { query, after, ticket, records } => {
                self.query(service, uid, Asked { query, after, ticket }, records).await
            }
            R::AuditUsage { query, after, ticket, corrected } => {
                self.usage(service, uid, Asked { query, after, ticket }, corrected).await
            }
            R::KeyUsage { key } => Ok(fitting(&service.key_usage(&key, uid).await?)),
            R::KeysUnused { days } => Ok(json!(service.unused_keys(days, uid).await?)),
            _ => Err(OperatorError::Question("this is not asked of the record".to_owned())),
        }
    }

    /// One page of records.
    async fn query(
        &self,
        service: &Service,
        uid: u32,
        asked: Asked,
        records: Option<usize>,
    ) -> Result<Value, OperatorError> {
        let (query, after, ticket) = self.begin(service, uid, asked).await?;
        let records = records.unwrap_or(PAGE_RECORDS_MAX).clamp(1, PAGE_RECORDS_MAX);
        let bounds = Bounds { records, bytes: PAGE_BYTES_MAX, time: Some(LOOK_TIME) };
        let page = self.read(move |source| page(source, &query, after, &bounds)).await?;
        Ok(json!({ "ticket": ticket, "page": page }))
    }

    /// One part of the count of a key's uses.
    async fn usage(
        &self,
        service: &Service,
        uid: u32,
        asked: Asked,
        corrected: Vec<String>,
    ) -> Result<Value, OperatorError> {
        let (query, after, ticket) = self.begin(service, uid, asked).await?;
        let counted = self.read(move |source| {
            let mut usage = Usage { corrected: corrected.into_iter().collect(), ..Usage::default() };
            let stop = usage.gather(source, &query, after, Some(Instant::now() + LOOK_TIME))?;
            Ok((usage, stop))
        });
        let (usage, stop) = counted.await?;
        Ok(json!({ "ticket": ticket, "usage": usage, "next": stop.position, "done": stop.done }))
    }

    /// Understands what is asked, and puts the look on the record unless it goes on with one that is there.
    async fn begin(
        &self,
        service: &Service,
        uid: u32,
        asked: Asked,
    ) -> Result<(Query, Option<Position>, u64), OperatorError> {
        let mut query: Query = understood(asked.query.clone())?;
        let after = asked.after.map(understood).transpose()?;
        let known = self.looks.has(asked.ticket, &asked.query);
        let ticket = match known {
            Some(ticket) => ticket,
            None => {
                service.note_audit_look(&asked.query, uid).await?;
                self.looks.open(&asked.query)
            }
        };
        query.key = query.key.map(|key| service.key_on_record(&key));
        Ok((query, after, ticket))
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&SegmentFolder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, OperatorError> {
        let turn = self.turn.lock().await;
        let source = self.source.clone();
        let (reply, outcome) = tokio::sync::oneshot::channel();
        let work = move || {
            go_second();
            // Whoever asked may have gone.
            drop(reply.send(read(&source)));
        };
        let started = thread::Builder::new().name("audit-look".to_owned()).spawn(work);
        let outcome = match started {
            Ok(_) => outcome.await.unwrap_or_else(|_| Err(io::Error::other("the reader ended"))),
            Err(fault) => Err(fault),
        };
        drop(turn);
        outcome.map_err(|fault| OperatorError::Question(format!("the audit log cannot be read: {fault}")))
    }
}

fn understood<T: DeserializeOwned>(value: Value) -> Result<T, OperatorError> {
    serde_json::from_value(value).map_err(|error| OperatorError::Question(format!("not a query: {error}")))
}

/// Requests go first: on Linux niceness is a thread's own.
fn go_second() {
    if let Err(error) = rustix::process::setpriority_process(None, 10) {
        tracing::debug!(%error, "a thread that reads the audit log keeps its priority");
    }
}

/// Keeps the indexes of segments that have ended, on threads of its own until the process ends: one looks, and starts another
/// for each round that has something to do.
pub(crate) fn keep_indexes(dir: &Path) -> io::Result<()> {
    let (source, disk) = (SegmentFolder::new(dir), RealDisk::new(dir)?);
    let keep = move || {
        go_second();
        let mut keeper = IndexKeeper::default();
        loop {
            thread::sleep(keep_some(&mut keeper, &source, &disk));
        }
    };
    thread::Builder::new().name("audit-index".to_owned()).spawn(keep).map(drop)
}

/// Does what there is to do, and says how long to wait then. While little waits it is done when the core has nothing
/// else to do, one segment a round; a thread does not come back from there, so each round has its own.
fn keep_some(keeper: &mut IndexKeeper, source: &SegmentFolder, disk: &RealDisk) -> Duration {
    // What cannot be listed is the round's to tell.
    let waiting = keeper.waiting(source).unwrap_or(1);
    if waiting == 0 {
        return INDEX_INTERVAL;
    }
    let aside = waiting <= INDEX_WAITING_MAX;
    let round = || {
        if aside {
            strongroom_confine::run_when_idle();
        }
        index_round(keeper, source, disk, if aside { 1 } else { waiting })
    };
    thread::scope(|scope| {
        let started = thread::Builder::new().name("audit-index".to_owned()).spawn_scoped(scope, round);
        started.ok().and_then(|thread| thread.join().ok()).unwrap_or(INDEX_BACK_OFF)
    })
}

/// One round over so many segments at most, and how long to wait after it.
fn index_round(
    keeper: &mut IndexKeeper,
    source: &SegmentFolder,
    disk: &RealDisk,
    segments_max: usize,
) -> Duration {
    let mut looked = 0;
    let pause = || {
        looked += 1;
        if looked > segments_max {
            return false;
        }
        thread::sleep(INDEX_REST);
        disk.free_bytes().is_ok_and(|free| free >= INDEX_ROOM_BYTES)
    };
    match keeper.round(source, pause) {
        Ok(kept) => {
            if kept.made > 0 || kept.without > 0 {
                tracing::debug!(made = kept.made, without = kept.without, "indexes of the audit log");
            }
            if looked > segments_max { INDEX_REST } else { INDEX_INTERVAL }
        }
        Err(error) => {
            tracing::warn!(%error, "an index of the audit log could not be made; queries read whole segments");
            INDEX_BACK_OFF
        }
    }
}

/// Notes the last uses of keys that are on the record and not in the state: back to an hour before `kept`, the newest that
/// the state has, however long its disk was nearly full; or of the whole record where none was ever written down. Then
/// the state is current. Blocks while it reads.
pub(crate) fn catch_up_key_uses(service: &Arc<Service>, dir: &Path, kept: Option<u64>) {
    go_second();
    let source = SegmentFolder::new(dir);
    if let Err(error) = note_uses(&source, kept, &|record| service.note_recorded_use(record)) {
        tracing::warn!(%error, "the last uses of keys could not be caught up from the audit log");
    }
    service.recorded_uses_are_noted();
}

fn note_uses(
    source: &dyn SegmentSource,
    kept: Option<u64>,
    note: &dyn Fn(&RecordView<'_>),
) -> io::Result<()> {
    let (mut newest, mut corrected) = (None, BTreeSet::new());
    let query = Query { reverse: true, ..Query::default() };
    visit(source, &query, None, None, &mut |hit| {
        let record = &hit.view.record;
        let second = event_seconds(&record.event_time);
        let newest = *newest.get_or_insert(second.unwrap_or(u64::MAX));
        if hit.view.kind == Kind::Correction {
            corrected.insert(record.request_id.to_string());
            note(record);
        } else if !corrected.remove(&*record.request_id) {
            note(record);
        }
        // A clock that once was ahead leaves uses that are newer than the record.
        let from = kept.map(|kept| kept.min(newest).saturating_sub(CATCH_UP_SECONDS));
        let before = second.zip(from).is_some_and(|(second, from)| second < from);
        if before { Flow::Stop } else { Flow::On }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn what_is_no_query_is_refused() {
        let refused = |value: Value| understood::<Query>(value).unwrap_err().to_string();
        assert!(refused(json!({ "kye": "a" })).starts_with("not a query"));
        assert!(understood::<Position>(json!({ "segment": 1 })).is_err());
    }

    /// A record whose line has this number, so many minutes after midnight.
    fn line_at(number: u64, minutes: u64) -> String {
        let at = format!("2026-01-01T{:02}:{:02}:00Z", minutes / 60, minutes % 60);
        let record =
            json!({ "eventTime": at, "eventID": number.to_string(), "requestID": number.to_string() });
        json!({ "sequence": number, "kind": "event", "record": record }).to_string() + "\n"
    }

    #[test]
    fn uses_are_caught_up_back_to_the_newest_that_is_written_down() {
        let folder = tempfile::tempdir().unwrap();
        // One an hour, and the last one at noon.
        let lines: String = (1..=12).map(|number| line_at(number, number * 60)).collect();
        std::fs::write(folder.path().join("00000000000000000001.jsonl"), lines).unwrap();
        let source = SegmentFolder::new(folder.path());
        let noted = |kept: Option<u64>| {
            let ids = Mutex::new(Vec::new());
            note_uses(&source, kept, &|record| ids.lock().unwrap().push(record.event_id.to_string()))
                .unwrap();
            ids.into_inner().unwrap().len()
        };
        let at = |hour: u64| event_seconds(&format!("2026-01-01T{hour:02}:00:00Z")).unwrap();
        // The line at which reading stops is noted too.
        assert_eq!(noted(Some(at(12))), 3);
        assert_eq!(noted(Some(at(5))), 10, "seven hours in which nothing could be written");
        assert_eq!(noted(Some(at(20))), 3, "a clock that was ahead");
        assert_eq!(noted(None), 12, "none was ever written");
    }
}
