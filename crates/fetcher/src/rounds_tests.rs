//! The loop against a network and a front of the tests. The runtime's clock stands still and goes on when nothing else
//! can, so that nothing here waits.

use super::*;
use crate::address::Address;
use crate::issuer::issuer_setting;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

const LISTED: &str = "https://idp.example";
const KEYS: &str = r#"{"keys":[]}"#;

struct NoJitter;

impl Random for NoJitter {
    fn fill(&self, out: &mut [u8]) {
        out.fill(0);
    }
}

/// Gives what the test says, and counts.
#[derive(Clone, Default)]
struct Published {
    now: Arc<Mutex<Option<&'static str>>>,
    asked: Arc<AtomicUsize>,
}

impl Network for Published {
    async fn get(&self, _: &Address) -> Result<Vec<u8>, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let now = *self.now.lock().unwrap();
        now.map(|text| text.as_bytes().to_vec()).ok_or(FetchError::Connect("refused".to_owned()))
    }
}

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Front for Heard {
    fn tell(&self, news: &KeyNews) -> Result<(), ChannelError> {
        self.0.lock().unwrap().push(match news {
            KeyNews::Fetched { jwks, age_ms, .. } => format!("{jwks} of {age_ms} ms"),
            KeyNews::Failed { reason, .. } => reason.clone(),
        });
        Ok(())
    }
}

impl Heard {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A front whose channel fails.
struct Deaf(ErrorKind);

impl Front for Deaf {
    fn tell(&self, _: &KeyNews) -> Result<(), ChannelError> {
        Err(ChannelError::Io(self.0.into()))
    }
}

struct Running {
    network: Published,
    events: mpsc::Sender<Event>,
    ended: tokio::task::JoinHandle<Result<(), RoundsError>>,
}

fn start(published: Option<&'static str>, replaced: bool) -> Running {
    let network = Published::default();
    *network.now.lock().unwrap() = published;
    let setting = issuer_setting(&format!("{LISTED}=https://idp.example/certs")).unwrap();
    let issuers = vec![Issuer::read(&setting).unwrap()];
    let rounds = Rounds::new(issuers, network.clone(), NoJitter, Box::new(move || replaced));
    let (events, received) = mpsc::channel(8);
    Running { network, events, ended: tokio::spawn(rounds.run(received)) }
}

impl Running {
    async fn say(&self, event: Event) {
        assert!(self.events.send(event).await.is_ok());
        settle().await;
    }

    async fn meet(&self) -> Heard {
        let heard = Heard::default();
        self.say(Event::Front(Box::new(heard.clone()))).await;
        heard
    }

    fn asked(&self) -> usize {
        self.network.asked.load(Ordering::SeqCst)
    }
}

/// A moment in which everything that can go on does.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn the_front_hears_each_try_and_a_new_front_everything() {
    let running = start(Some(KEYS), false);
    let heard = running.meet().await;
    settle().await;
    assert_eq!(heard.take(), [format!("{KEYS} of 0 ms")]);
    *running.network.now.lock().unwrap() = None;
    pass(541).await;
    assert_eq!(heard.take(), ["no connection: refused"]);
    let other = running.meet().await;
    let told = other.take();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with(KEYS) && told[1] == "no connection: refused", "{told:?}");
    assert_eq!(heard.take(), Vec::<String>::new(), "the old one is forgotten");
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_is_fetched_once_a_minute_and_only_from_the_list() {
    let running = start(Some(KEYS), false);
    settle().await;
    assert_eq!(running.asked(), 1);
    for _ in 0..20 {
        running.say(Event::Wanted(LISTED.to_owned())).await;
        running.say(Event::Wanted("https://evil.example".to_owned())).await;
    }
    assert_eq!(running.asked(), 1, "a minute has not passed");
    pass(61).await;
    assert_eq!(running.asked(), 2);
    pass(120).await;
    assert_eq!(running.asked(), 2, "it was asked for once");
}

#[tokio::test(start_paused = true)]
async fn front_that_is_gone_is_no_reason_to_end_and_one_that_hangs_is() {
    let running = start(Some(KEYS), false);
    settle().await;
    running.say(Event::Front(Box::new(Deaf(ErrorKind::BrokenPipe)))).await;
    assert!(!running.ended.is_finished());
    running.say(Event::Front(Box::new(Deaf(ErrorKind::WouldBlock)))).await;
    assert!(matches!(running.ended.await.unwrap(), Err(RoundsError::Front(_))));
}

#[tokio::test(start_paused = true)]
async fn name_servers_that_were_replaced_end_it_when_nothing_is_reached() {
    let fine = start(Some(KEYS), true);
    settle().await;
    assert!(!fine.ended.is_finished(), "the control");
    let lost = start(None, true);
    assert!(matches!(lost.ended.await.unwrap(), Err(RoundsError::NameServers)));
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_the_supervisor() {
    let running = start(Some(KEYS), false);
    running.say(Event::End).await;
    assert!(running.ended.await.unwrap().is_ok());
}
