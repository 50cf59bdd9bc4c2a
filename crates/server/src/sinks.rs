//! How the sinks of the audit log are, as the courier says it: kept here for the operator and for figures.
//!
//! The courier talks with others, so what it says is bounded (the channel's message size) and only shown.

use crate::witnessing::Answer;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use strongroom_control::{Channel, ForCourier, FromCourier, SinkNews, SinkState};
use strongroom_service::figures::{Family, Reading, catalogue as metrics};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Answers of witnesses that may wait to be taken.
const ANSWERS_MAX: usize = 16;

/// How long the courier may keep us from writing to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// The courier says every second how sinks are. When it has not for so long, it does not deliver either.
const NEWS_LATE: Duration = Duration::from_secs(10);

/// The last that was heard of each sink.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    heard: Mutex<Heard>,
    /// Whether there are required ones, of which a courier may have said nothing yet.
    required: AtomicBool,
    /// The channel to the courier that runs.
    link: Mutex<Option<Channel>>,
    /// Where answers of witnesses go, if there are any.
    answers: Mutex<Option<Sender<Answer>>>,
}

/// From one courier.
#[derive(Debug, Default)]
struct Heard {
    news: SinkNews,
    /// When it was heard, or the first courier began.
    at: Option<Instant>,
    /// Whether the courier that said it runs; without one nothing is delivered.
    runs: bool,
    /// Tells the words of a courier from those of the one before it.
    generation: u64,
}

impl Sinks {
    /// The operator has required sinks configured.
    pub(crate) fn require(&self) {
        self.required.store(true, Ordering::Relaxed);
    }

    /// From now on answers of witnesses are taken here; as many as wait at most.
    pub(crate) fn answers(&self) -> Receiver<Answer> {
        let (answers, taken) = channel(ANSWERS_MAX);
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = Some(answers);
        taken
    }

    /// Tells the courier something; false if none runs that would hear it. Blocks.
    pub(crate) fn tell_courier(&self, message: &ForCourier) -> bool {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let told = link.as_ref().is_some_and(|link| link.send(message, &[]).is_ok());
        if !told {
            *link = None;
        }
        told
    }

    /// The segment before which no required sink needs any; `None` without a required sink. Retention may not pass it.
    pub(crate) fn low_water(&self) -> Option<u64> {
        let required = self.required.load(Ordering::Relaxed);
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = heard.news.sinks.iter().filter(|sink| sink.required).map(|sink| sink.segment);
        // Before a courier has said anything, all of them are needed.
        required.then(|| needed.min().unwrap_or(0))
    }

    /// A courier runs: the channel to it.
    pub(crate) fn connect(self: &Arc<Self>, descriptors: Vec<OwnedFd>) {
        for descriptor in descriptors {
            if let Err(error) = self.listen(UnixStream::from(descriptor)) {
                tracing::error!(%error, "the courier cannot be listened to");
            }
        }
    }

    /// Listens on a thread of its own until the courier is gone.
    fn listen(self: &Arc<Self>, socket: UnixStream) -> io::Result<()> {
        socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
        let channel = Channel::new(socket);
        let link = channel.try_clone().map_err(io::Error::other)?;
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        let sinks = self.clone();
        let generation = {
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.generation += 1;
            heard.runs = true;
            heard.at.get_or_insert_with(Instant::now);
            heard.generation
        };
        let listen = move || {
            while let Ok((message, _)) = channel.receive::<FromCourier>() {
                match message {
                    FromCourier::Sinks(news) => sinks.take(generation, |heard| {
                        heard.news = news;
                        heard.at = Some(Instant::now());
                    }),
                    FromCourier::Witness { id, said } => sinks.answered((id, said)),
                }
            }
            sinks.take(generation, |heard| heard.runs = false);
        };
        thread::Builder::new().name("courier".to_owned()).spawn(listen).map(drop)
    }

    /// More than are waited for are dropped.
    fn answered(&self, answer: Answer) {
        if let Some(answers) = &*self.answers.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = answers.try_send(answer);
        }
    }

    fn take(&self, generation: u64, change: impl FnOnce(&mut Heard)) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.generation == generation {
            change(&mut heard);
        }
    }

    /// Each sink, and whether a courier runs. Empty without sinks, and until the first courier has said something.
    pub(crate) fn shown(&self) -> (Vec<SinkState>, bool) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        (heard.news.sinks.clone(), heard.runs)
    }

    /// The same as figures, and what spans are lost; by the number of the newest line for sinks of which nothing is heard.
    pub(crate) fn families(&self, newest_line: u64) -> Vec<Family> {
        self.families_at(newest_line, Instant::now())
    }

    fn families_at(&self, newest_line: u64, now: Instant) -> Vec<Family> {
        let (mut sinks, lost, age) = {
            let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let age = heard.at.map(|at| now.saturating_duration_since(at));
            (heard.news.sinks.clone(), heard.news.lost_spans, age)
        };
        if let Some(silence) = age.filter(|age| *age > NEWS_LATE) {
            sinks.iter_mut().for_each(|sink| count_on(sink, newest_line, silence));
        }
        let mut news_age = Family::new(&metrics::AUDIT_SINK_NEWS_AGE);
        age.iter().for_each(|age| news_age.push(&[], Reading::Number(age.as_secs_f64())));
        let mut lost_spans = Family::new(&metrics::TRACE_SPANS_LOST);
        lost_spans.push(&["rejected"], Reading::Count(lost.rejected));
        lost_spans.push(&["undelivered"], Reading::Count(lost.undelivered));
        let of = |metric, read: fn(&SinkState) -> Reading| {
            let mut family = Family::new(metric);
            sinks.iter().for_each(|sink| family.push(&[sink.name.as_str()], read(sink)));
            family
        };
        vec![
            lost_spans,
            of(&metrics::AUDIT_SINK_FAILING, |sink| sink.error.is_some().into()),
            of(&metrics::AUDIT_SINK_DELIVERED, |sink| Reading::Count(sink.delivered)),
            of(&metrics::AUDIT_SINK_LAG_RECORDS, |sink| Reading::Count(sink.lag_records)),
            of(&metrics::AUDIT_SINK_LAG_BYTES, |sink| Reading::Count(sink.lag_bytes)),
            of(&metrics::AUDIT_SINK_BEHIND, |sink| Reading::Number(sink.behind_ms as f64 / 1_000.0)),
            of(&metrics::AUDIT_SINK_REJECTED, |sink| Reading::Count(sink.rejected)),
            of(&metrics::AUDIT_SINK_UNREADABLE, |sink| Reading::Count(sink.unreadable)),
            of(&metrics::AUDIT_SINK_MISSED, |sink| Reading::Count(sink.missed)),
            news_age,
        ]
    }
}

/// A sink of which nothing was heard for so long is taken to have got nothing since.
fn count_on(sink: &mut SinkState, newest_line: u64, silence: Duration) {
    let lacks = newest_line.saturating_add(1).saturating_sub(sink.next.max(1));
    sink.lag_records = sink.lag_records.max(lacks);
    if sink.lag_records > 0 {
        let silent_ms = u64::try_from(silence.as_millis()).unwrap_or(u64::MAX);
        sink.behind_ms = sink.behind_ms.saturating_add(silent_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_control::{LostSpans, WitnessSaid};

    fn news(next: u64) -> SinkNews {
        SinkNews {
            sinks: vec![SinkState { name: "a".to_owned(), next, ..SinkState::default() }],
            ..SinkNews::default()
        }
    }

    fn wait_for(sinks: &Sinks, next: u64, runs: bool) {
        while sinks.shown().1 != runs || sinks.shown().0.first().is_none_or(|sink| sink.next != next) {
            thread::yield_now();
        }
    }

    #[test]
    fn retention_may_not_pass_the_slowest_required_sink() {
        let sinks = Sinks::default();
        assert_eq!(sinks.low_water(), None);
        sinks.require();
        assert_eq!(sinks.low_water(), Some(0), "nothing was heard yet");
        let sink = |required, segment| SinkState { required, segment, ..SinkState::default() };
        let sinks_heard = vec![sink(true, 70), sink(false, 1), sink(true, 7)];
        let news = SinkNews { sinks: sinks_heard, ..SinkNews::default() };
        sinks.take(0, |heard| heard.news = news);
        assert_eq!(sinks.low_water(), Some(7));
    }

    #[test]
    fn figures_are_by_the_sinks_name() {
        let sinks = Sinks::default();
        let state = SinkState {
            name: "a".to_owned(),
            error: Some("refused".to_owned()),
            lag_records: 7,
            behind_ms: 1_500,
            rejected: 3,
            unreadable: 4,
            missed: 5,
            ..SinkState::default()
        };
        let lost_spans = LostSpans { rejected: 2, undelivered: 5 };
        sinks.take(0, |heard| heard.news = SinkNews { sinks: vec![state], lost_spans });
        let read = strongroom_service::figures::as_json(&sinks.families(0));
        for (name, value) in [
            ("failing", 1.0),
            ("lag_records", 7.0),
            ("behind_seconds", 1.5),
            ("rejected_total", 3.0),
            ("unreadable_total", 4.0),
            ("missed_total", 5.0),
        ] {
            let sample = &read[format!("strongroom_audit_sink_{name}")][0];
            assert_eq!((sample["sink"].as_str(), sample["value"].as_f64()), (Some("a"), Some(value)));
        }
        let lost = &read["strongroom_trace_spans_lost_total"];
        assert_eq!((lost[0]["reason"].as_str(), lost[0]["value"].as_u64()), (Some("rejected"), Some(2)));
        assert_eq!((lost[1]["reason"].as_str(), lost[1]["value"].as_u64()), (Some("undelivered"), Some(5)));
    }

    /// A courier that hangs says nothing, and delivers nothing either.
    #[test]
    fn sinks_fall_behind_while_the_courier_is_silent() {
        let sinks = Sinks::default();
        let heard_at = Instant::now();
        let read = |seconds: u64, newest: u64| {
            let now = heard_at + Duration::from_secs(seconds);
            let read = strongroom_service::figures::as_json(&sinks.families_at(newest, now));
            ["news_age_seconds", "lag_records", "behind_seconds"]
                .map(|name| read[format!("strongroom_audit_sink_{name}")][0]["value"].as_f64())
        };
        assert_eq!(read(60, 20), [None, None, None], "there is no courier");
        let sink = |name: &str, next| SinkState { name: name.to_owned(), next, ..SinkState::default() };
        let said = SinkNews { sinks: vec![sink("a", 8)], ..SinkNews::default() };
        sinks.take(0, |heard| (heard.news, heard.at) = (said, Some(heard_at)));
        assert_eq!(read(1, 20), [Some(1.0), Some(0.0), Some(0.0)], "it has just said so");
        assert_eq!(read(60, 20), [Some(60.0), Some(13.0), Some(60.0)]);
        assert_eq!(read(60, 7), [Some(60.0), Some(0.0), Some(0.0)], "there is nothing new");
    }

    #[test]
    fn the_last_news_stay_when_the_courier_is_gone_and_the_next_one_replaces_them() {
        let sinks = Arc::new(Sinks::default());
        assert_eq!(sinks.shown(), (Vec::new(), false));
        let (near, far) = UnixStream::pair().unwrap();
        sinks.listen(near).unwrap();
        let first = Channel::new(far);
        first.send(&FromCourier::Sinks(news(1)), &[]).unwrap();
        first.send(&FromCourier::Sinks(news(2)), &[]).unwrap();
        wait_for(&sinks, 2, true);
        let (near, far) = UnixStream::pair().unwrap();
        sinks.listen(near).unwrap();
        let second = Channel::new(far);
        second.send(&FromCourier::Sinks(news(7)), &[]).unwrap();
        wait_for(&sinks, 7, true);
        // The first one's end is not the second one's.
        drop(first);
        second.send(&FromCourier::Sinks(news(8)), &[]).unwrap();
        wait_for(&sinks, 8, true);
        drop(second);
        wait_for(&sinks, 8, false);
        assert!(!sinks.tell_courier(&ForCourier::AskWitness { id: 1, witness: 0, body: String::new() }));
    }

    #[test]
    fn witnesses_are_asked_over_the_courier_and_their_answers_taken() {
        let sinks = Arc::new(Sinks::default());
        let mut answers = sinks.answers();
        let (near, far) = UnixStream::pair().unwrap();
        sinks.listen(near).unwrap();
        let courier = Channel::new(far);
        assert!(sinks.tell_courier(&ForCourier::AskWitness { id: 7, witness: 1, body: "old 0".to_owned() }));
        let (message, _) = courier.receive::<ForCourier>().unwrap();
        let ForCourier::AskWitness { id, witness, body } = message else { panic!("a question") };
        assert_eq!((id, witness, body.as_str()), (7, 1, "old 0"));
        courier.send(&FromCourier::Witness { id, said: WitnessSaid::Seen(3) }, &[]).unwrap();
        assert_eq!(answers.blocking_recv().unwrap(), (7, WitnessSaid::Seen(3)));
    }
}
