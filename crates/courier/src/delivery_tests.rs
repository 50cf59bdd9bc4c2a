//! The loop against a log, a sink and a place for cursors that do what the test says. Whatever fails and whenever the
//! process dies, every line arrives at least once and in order.

use super::*;
use crate::line::Line;
use crate::line::tests::event;
use crate::log::{End, Position};
use proptest::prelude::*;
use std::sync::Mutex;
use strongroom_control::SinkSetting;

/// Lines in memory, as one segment; an offset is a count of lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Line>>>);

impl Lines {
    fn grow(&self, by: u64) {
        let mut lines = self.0.lock().unwrap();
        let from = lines.len() as u64;
        lines.extend((1..=by).map(|n| event(from + n)));
    }

    fn numbers(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(|line| line.number).collect()
    }
}

impl Log for Lines {
    fn read(&self, from: Position, limits: &Limits) -> io::Result<Chunk> {
        let lines = self.0.lock().unwrap();
        let through = |line: &&Line| limits.through.is_none_or(|through| line.number <= through);
        let rest = lines.iter().skip(usize::try_from(from.offset).unwrap());
        let taken: Vec<Line> = rest.take(limits.lines).take_while(through).cloned().collect();
        let next = Position { segment: 1, offset: from.offset + taken.len() as u64 };
        let at_end = next.offset == lines.len() as u64;
        Ok(Chunk { lines: taken, next, at_end, ..Chunk::default() })
    }

    fn end(&self) -> io::Result<End> {
        Ok(End::default())
    }
}

/// What a sink does with the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Take,
    /// It takes nothing and says so.
    Refuse,
    /// It takes the batch, and nobody learns of it.
    TakeInSilence,
    /// It never answers.
    Hang,
}

/// Writes down what it was handed.
#[derive(Clone, Default)]
struct Scripted {
    script: Arc<Mutex<Vec<Does>>>,
    got: Arc<Mutex<Vec<Vec<u64>>>>,
    repeats: bool,
    /// The most records that it takes at once, if that is limited.
    takes: Arc<Mutex<Option<usize>>>,
}

impl Sink for Scripted {
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        let takes = *self.takes.lock().unwrap();
        if takes.is_some_and(|most| batch.lines().len() > most) {
            return Err(SinkError::Status { status: 413, text: String::new(), retry_after: None });
        }
        let does = self.script.lock().unwrap().pop().unwrap_or(Does::Take);
        if matches!(does, Does::Take | Does::TakeInSilence) {
            self.got.lock().unwrap().push(batch.lines().iter().map(|line| line.number).collect());
        }
        match does {
            Does::Take => Ok(Taken::default()),
            Does::Refuse => Err(SinkError::Connect("refused".to_owned())),
            Does::TakeInSilence => Err(SinkError::Broken("reset".to_owned())),
            Does::Hang => std::future::pending().await,
        }
    }

    fn repeats(&self) -> bool {
        self.repeats
    }
}

/// A cursor in memory that outlives deliveries, and a number of saves that fail.
#[derive(Default)]
struct Kept {
    cursor: Mutex<Cursor>,
    failures: Mutex<u32>,
}

impl Keep for Kept {
    fn save(&self, _: usize, cursor: &Cursor) -> io::Result<()> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(io::ErrorKind::StorageFull.into());
        }
        *self.cursor.lock().unwrap() = *cursor;
        Ok(())
    }
}

struct NoChance;

impl Random for NoChance {
    fn fill(&self, out: &mut [u8]) {
        out.fill(0);
    }
}

/// Log, sink and cursors of one test, and the delivery between them, which may die.
struct World {
    log: Lines,
    sink: Scripted,
    keep: Arc<Kept>,
    board: Arc<Board>,
    delivery: Delivery<Lines, Scripted, Kept, NoChance>,
}

impl World {
    fn new(repeats: bool) -> Self {
        let (log, keep) = (Lines::default(), Arc::new(Kept::default()));
        let sink = Scripted { repeats, ..Scripted::default() };
        let setting = SinkSetting::default();
        let board = Arc::new(Board::new([(&setting, Cursor::default())].into_iter()));
        let delivery = started(&log, &sink, &keep, &board);
        Self { log, sink, keep, board, delivery }
    }

    /// The process died and was started again.
    fn restart(&mut self) {
        self.delivery = started(&self.log, &self.sink, &self.keep, &self.board);
    }

    fn script(&self, does: &[Does]) {
        self.sink.script.lock().unwrap().extend(does.iter().rev());
    }

    /// Until there is nothing more to do.
    async fn settle(&mut self) {
        for _ in 0..1_000 {
            if let Next::Wait(_) = self.delivery.step(true).await {
                return;
            }
        }
        panic!("it does not settle");
    }

    fn batches(&self) -> Vec<Vec<u64>> {
        self.sink.got.lock().unwrap().clone()
    }

    fn error(&self) -> Option<String> {
        self.board.news(&End::default()).sinks[0].error.clone()
    }
}

fn started(
    log: &Lines,
    sink: &Scripted,
    keep: &Arc<Kept>,
    board: &Arc<Board>,
) -> Delivery<Lines, Scripted, Kept, NoChance> {
    Delivery::new(Parts {
        index: 0,
        name: "a".to_owned(),
        log: log.clone(),
        sink: sink.clone(),
        keep: keep.clone(),
        board: board.clone(),
        random: NoChance,
        batching: Batching { records: 3, bytes: 1 << 20, wait: Duration::from_secs(1) },
        cursor: *keep.cursor.lock().unwrap(),
    })
}

#[tokio::test(start_paused = true)]
async fn full_batches_go_at_once_and_a_part_waits_for_more() {
    let mut world = World::new(false);
    assert_eq!(world.delivery.step(false).await, Next::Wait(POLL));
    world.log.grow(4);
    assert_eq!(world.delivery.step(false).await, Next::Go);
    assert_eq!(world.delivery.step(false).await, Next::Wait(Duration::from_secs(1)));
    world.log.grow(1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(world.delivery.step(false).await, Next::Go);
    assert_eq!(world.batches(), [vec![1, 2, 3], vec![4, 5]]);
    assert_eq!(world.keep.cursor.lock().unwrap().next, 6);
}

#[tokio::test(start_paused = true)]
async fn a_dead_sink_is_left_alone_for_longer_each_time_and_catches_up() {
    let mut world = World::new(false);
    world.log.grow(5);
    world.script(&[Does::Refuse, Does::Refuse, Does::Take]);
    assert_eq!(world.delivery.step(false).await, Next::Failed(Duration::from_millis(500)));
    assert_eq!(world.delivery.step(false).await, Next::Failed(Duration::from_secs(1)));
    assert_eq!(world.error().unwrap(), "no connection: refused");
    world.settle().await;
    assert_eq!(world.batches().concat(), world.log.numbers());
    assert_eq!(world.error(), None);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_never_answers_is_given_up() {
    let mut world = World::new(false);
    world.log.grow(4);
    world.script(&[Does::Hang]);
    assert!(matches!(world.delivery.step(false).await, Next::Failed(_)));
    assert!(world.error().unwrap().contains("within 30 s"), "{:?}", world.error());
    world.settle().await;
    assert_eq!(world.batches().concat(), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_in_silence_comes_twice_and_with_a_plan_it_is_the_same_batch() {
    for repeats in [false, true] {
        let mut world = World::new(repeats);
        world.log.grow(2);
        world.script(&[Does::TakeInSilence]);
        assert!(matches!(world.delivery.step(true).await, Next::Failed(_)));
        world.restart();
        world.log.grow(1);
        world.settle().await;
        let again =
            if repeats { vec![vec![1, 2], vec![1, 2], vec![3]] } else { vec![vec![1, 2], vec![1, 2, 3]] };
        assert_eq!(world.batches(), again, "repeats: {repeats}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_cannot_be_kept_stops_further_batches() {
    let mut world = World::new(false);
    world.log.grow(6);
    *world.keep.failures.lock().unwrap() = 3;
    for _ in 0..3 {
        assert!(matches!(world.delivery.step(false).await, Next::Failed(_)));
    }
    assert_eq!(world.batches(), [[1, 2, 3]], "one batch, once");
    assert!(world.error().unwrap().contains("cursor"), "{:?}", world.error());
    world.settle().await;
    assert_eq!(world.batches().concat(), world.log.numbers());
}

#[tokio::test(start_paused = true)]
async fn at_the_end_what_is_there_is_delivered_without_waiting() {
    let World { log, sink, delivery, .. } = World::new(false);
    log.grow(5);
    let (end, ending) = watch::channel(false);
    let running = tokio::spawn(delivery.run(ending));
    end.send_replace(true);
    running.await.unwrap();
    assert_eq!(sink.got.lock().unwrap().concat(), [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn at_the_end_a_dead_sink_is_not_waited_for() {
    let world = World::new(false);
    world.log.grow(1);
    world.script(&[Does::Refuse]);
    let (end, ending) = watch::channel(true);
    world.delivery.run(ending).await;
    assert!(world.sink.got.lock().unwrap().is_empty());
    drop(end);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_too_large_is_halved_until_the_sink_takes_it() {
    let mut world = World::new(false);
    *world.sink.takes.lock().unwrap() = Some(1);
    world.log.grow(4);
    let begin = Instant::now();
    world.settle().await;
    assert_eq!(world.batches(), [[1], [2], [3], [4]]);
    assert_eq!((world.error(), begin.elapsed()), (None, Duration::ZERO), "it has not failed");
    // It has caught up: a full batch is tried again.
    *world.sink.takes.lock().unwrap() = None;
    world.log.grow(3);
    world.settle().await;
    assert_eq!(world.batches().last().unwrap(), &[5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_halved_fails() {
    for (repeats, takes) in [(true, 1), (false, 0)] {
        let mut world = World::new(repeats);
        *world.sink.takes.lock().unwrap() = Some(takes);
        world.log.grow(3);
        let mut next = Next::Go;
        for _ in 0..3 {
            next = world.delivery.step(true).await;
        }
        assert!(matches!(next, Next::Failed(_)), "{next:?}");
        assert!(world.error().unwrap().contains("413"), "{:?}", world.error());
        assert!(world.batches().is_empty());
    }
}

/// What happens to a delivery.
#[derive(Clone, Debug)]
enum Event {
    Grow(u64),
    Step(bool),
    Sink(Does),
    SavesFail(u32),
    Restart,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let does =
        prop_oneof![Just(Does::Take), Just(Does::Refuse), Just(Does::TakeInSilence), Just(Does::Hang),];
    let event = prop_oneof![
        3 => (1..5u64).prop_map(Event::Grow),
        6 => any::<bool>().prop_map(Event::Step),
        3 => does.prop_map(Event::Sink),
        1 => (1..3u32).prop_map(Event::SavesFail),
        2 => Just(Event::Restart),
    ];
    prop::collection::vec(event, 0..60)
}

/// Each number of the log, for the first time, in order; and each batch begins where the cursor stood: a second copy
/// is of what directly precedes, never a jump.
fn check(log: &[u64], batches: &[Vec<u64>]) {
    let mut reached = 0;
    for batch in batches {
        assert!(batch.windows(2).all(|pair| pair[1] == pair[0] + 1), "{batch:?}");
        assert!(batch[0] <= reached + 1, "{batch:?} after {reached}");
        reached = reached.max(*batch.last().unwrap());
    }
    assert_eq!(reached, log.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_line_arrives_at_least_once_and_in_order(events in events(), repeats in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(repeats);
            for event in events {
                match event {
                    Event::Grow(by) => world.log.grow(by),
                    Event::Step(hurry) => {
                        world.delivery.step(hurry).await;
                    }
                    Event::Sink(does) => world.script(&[does]),
                    Event::SavesFail(times) => *world.keep.failures.lock().unwrap() = times,
                    Event::Restart => world.restart(),
                }
            }
            world.restart();
            world.settle().await;
            check(&world.log.numbers(), &world.batches());
        });
    }
}
