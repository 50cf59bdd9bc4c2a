//! Random schedules of callers who change one key and decrypt under it at the same time: what they were answered must be
//! what some order of the calls, one after another, explains, in which no call comes before one that had ended when it
//! began (threats T-23 and T-24). So nothing is opened by a call that began after the key's disabling, its deletion or the
//! loss of the caller's right was acknowledged.
//!
//! `PROPTEST_CASES` says how many schedules. `model` is the key, one call after another; `checker` looks for the order.

mod checker;
mod model;

use crate::answer::Answer;
use crate::plaintext::SECRET;
use crate::scenario::{Key, Scenario, policy};
use checker::{Event, Outcome, explained};
use model::{Act, State};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use strongroom_storage::{
    Batch, BoxFuture, Chain, Changes, CommitError, MemoryStore, Revision, Snapshot, Store, StoreError,
    WatchError,
};
use tokio::runtime::Builder;

/// Schedules that one service plays. Then another begins, so that its records do not fill the memory.
const WAVE: u32 = 1_000;

/// How often a caller lets others go on before it calls, and what it calls.
type Step = (u8, Act);

/// What three callers do, and how long each commit lingers before it happens and before it is said to have happened.
#[derive(Clone, Debug)]
struct Schedule {
    callers: [Vec<Step>; 3],
    delays: Vec<(u8, u8)>,
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let act = prop_oneof![
        6 => Just(Act::Decrypt),
        1 => Just(Act::DisableAsAlice),
        2 => Just(Act::Disable),
        2 => Just(Act::Enable),
        1 => Just(Act::Schedule),
        1 => Just(Act::Cancel),
        1 => Just(Act::Allow),
        1 => Just(Act::Forbid),
    ];
    let callers = proptest::array::uniform3(vec((0_u8..8, act), 1..=4));
    (callers, vec((0_u8..8, 0_u8..8), 0..12)).prop_map(|(callers, delays)| Schedule { callers, delays })
}

async fn linger(turns: u8) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// A store in memory whose commits take as long as the schedule says.
#[derive(Default)]
struct LingeringStore {
    inner: MemoryStore,
    delays: Mutex<VecDeque<(u8, u8)>>,
}

impl LingeringStore {
    fn set(&self, delays: Vec<(u8, u8)>) {
        *self.delays.lock().unwrap() = delays.into();
    }
}

impl Store for LingeringStore {
    fn snapshot(&self) -> BoxFuture<'_, Result<Snapshot, StoreError>> {
        self.inner.snapshot()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            let (before, after) = self.delays.lock().unwrap().pop_front().unwrap_or_default();
            linger(before).await;
            let committed = self.inner.commit(batch).await;
            linger(after).await;
            committed
        })
    }

    fn watch(&self, after: Revision) -> BoxFuture<'_, Result<Changes, WatchError>> {
        self.inner.watch(after)
    }

    fn newest(&self) -> Option<(Revision, Chain)> {
        self.inner.newest()
    }
}

/// The key's policy with alice's right in it, and without.
fn policy_for(s: &Scenario, alice_may: bool) -> String {
    let actions = ["kms:Decrypt", "kms:DisableKey"];
    let right =
        json!({ "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": actions, "Resource": "*" });
    if alice_may { policy(&[right]) } else { policy(&[]) }
}

async fn call(s: &Scenario, key: &Key, blob: &Value, act: Act) -> Answer {
    let id = json!({ "KeyId": key.arn });
    let put = |alice_may| json!({ "KeyId": key.arn, "Policy": policy_for(s, alice_may) });
    match act {
        Act::Decrypt => s.alice("Decrypt", json!({ "KeyId": key.arn, "CiphertextBlob": blob })).await,
        Act::DisableAsAlice => s.alice("DisableKey", id).await,
        Act::Disable => s.root("DisableKey", id).await,
        Act::Enable => s.root("EnableKey", id).await,
        Act::Schedule => s.root("ScheduleKeyDeletion", id).await,
        Act::Cancel => s.root("CancelKeyDeletion", id).await,
        Act::Allow => s.root("PutKeyPolicy", put(true)).await,
        Act::Forbid => s.root("PutKeyPolicy", put(false)).await,
    }
}

/// What an answer says. A 500 says that the state changed meanwhile: nothing was opened, and a change may have happened.
fn outcome(act: Act, answer: &Answer) -> Outcome {
    if answer.status == 500 {
        assert!(!answer.text.contains(SECRET));
        return Outcome::Unclear;
    }
    if act == Act::Decrypt && answer.error.is_none() {
        assert_eq!(answer.body["Plaintext"], SECRET);
    }
    Outcome::Told(answer.error)
}

/// One caller's calls, with the time on the clock that all of them share.
async fn perform(
    s: Arc<Scenario>,
    key: Key,
    blob: Value,
    clock: Arc<AtomicU64>,
    steps: Vec<Step>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for (pause, act) in steps {
        linger(pause).await;
        let began = clock.fetch_add(1, Ordering::SeqCst);
        let answer = call(&s, &key, &blob, act).await;
        let ended = clock.fetch_add(1, Ordering::SeqCst);
        events.push(Event { act, began, ended, outcome: outcome(act, &answer) });
    }
    events
}

/// Plays a schedule on a key of its own, which is enabled and lets alice.
async fn play(s: &Arc<Scenario>, store: &LingeringStore, schedule: Schedule) -> Vec<Event> {
    let made = s.root("CreateKey", json!({ "Policy": policy_for(s, true) })).await.ok();
    let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
    let key = Key { id: text("KeyId"), arn: text("Arn") };
    let blob = s.blob(&key, SECRET).await;
    store.set(schedule.delays);
    let clock = Arc::new(AtomicU64::new(0));
    let start = |steps| tokio::spawn(perform(s.clone(), key.clone(), blob.clone(), clock.clone(), steps));
    let mut history = Vec::new();
    for caller in schedule.callers.map(start) {
        history.extend(caller.await.unwrap());
    }
    store.set(Vec::new());
    history
}

/// How often each act had each outcome, and how many histories had calls at the same time.
#[derive(Debug, Default)]
struct Seen {
    outcomes: BTreeMap<(Act, Outcome), u64>,
    histories: u64,
    at_once: u64,
}

impl Seen {
    fn count(&mut self, history: &[Event]) {
        for event in history {
            *self.outcomes.entry((event.act, event.outcome)).or_default() += 1;
        }
        let meets =
            |one: &Event| history.iter().any(|other| one.began < other.began && other.began < one.ended);
        self.histories += 1;
        self.at_once += u64::from(history.iter().any(meets));
    }

    fn of(&self, act: Act, error: Option<&'static str>) -> u64 {
        self.outcomes.get(&(act, Outcome::Told(error))).copied().unwrap_or(0)
    }
}

fn play_wave(cases: u32, seen: &RefCell<Seen>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let store = Arc::new(LingeringStore::default());
    let s = Arc::new(runtime.block_on(Scenario::start_on(store.clone())));
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let check = |schedule: Schedule| {
        let history = runtime.block_on(play(&s, &store, schedule));
        seen.borrow_mut().count(&history);
        if explained(&history, State::NEW) {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("no order explains {history:#?}")))
    };
    runner.run(&schedules(), check).unwrap();
    runtime.block_on(async { drop(s) });
}

#[test]
fn t23_t24_every_history_is_that_of_calls_one_after_another() {
    let seen = RefCell::new(Seen::default());
    let mut left = Config::default().cases;
    while left > 0 {
        let cases = left.min(WAVE);
        play_wave(cases, &seen);
        left -= cases;
    }
    let seen = seen.into_inner();
    println!("{seen:#?}");
    for error in
        [None, Some("AccessDeniedException"), Some("DisabledException"), Some("KMSInvalidStateException")]
    {
        assert!(seen.of(Act::Decrypt, error) > 0, "{error:?} of no Decrypt");
    }
    assert!(seen.at_once * 2 > seen.histories, "calls at the same time in {} histories", seen.at_once);
}
