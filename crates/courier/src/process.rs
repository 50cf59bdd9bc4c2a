//! The courier process: from its first message to its end.

use crate::assemble::{self, SettingError, Shared};
use crate::board::Board;
use crate::collector::Collector;
use crate::cursors::{Cursors, forget_another_log};
use crate::delivery::{Delivery, Parts};
use crate::dialler::Dialler;
use crate::log::{End, FolderLog, Log};
use crate::sink::AnySink;
use crate::spans::{self, LostCounts};
use crate::syslog::host_name;
use crate::target::SinkFault;
use crate::witness::{self, Question, Witness};
use std::fs::DirBuilder;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use strongroom_confine::{ConfineError, CourierPaths};
use strongroom_control::{
    Channel, ChannelError, ForCourier, FromCourier, SinkNews, SinkSetting, StartCourier, ToCourier,
    WitnessSetting,
};
use strongroom_outgoing::{DNS_PORT, Jitter, NameServers, name_files};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Beside others that want its core all the time it still gets a tenth.
const NICENESS: i32 = 10;

/// What may wait for the disk or for the system's resolver at once.
const BLOCKED_MAX: usize = 64;

/// How often the front is told how sinks are.
const NEWS_PAUSE: Duration = Duration::from_secs(1);

/// How long the front may keep us from writing to it; then it is taken for gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long sinks may take over the last batches; the supervisor waits a little longer.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why the courier does not start, or ends.
#[derive(Debug, thiserror::Error)]
enum CourierError {
    #[error("{0}")]
    Channel(#[from] ChannelError),
    #[error("the first message of the supervisor was not a start")]
    NoStart,
    #[error("{name}: {error}")]
    Setting { name: String, error: SettingError },
    #[error("{}: {error}", path.display())]
    Folder { path: PathBuf, error: io::Error },
    #[error("the process cannot be confined: {0}")]
    Confine(#[from] ConfineError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("a delivery failed inside")]
    Delivery,
}

/// The front's end of the channel, while there is a front.
type FrontLink = Arc<Mutex<Option<Channel>>>;

/// The courier process. `control` is its end of the channel to the supervisor.
pub fn run(control: OwnedFd) -> ExitCode {
    match start(Channel::new(UnixStream::from(control))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the courier ends");
            ExitCode::FAILURE
        }
    }
}

fn start(control: Channel) -> Result<(), CourierError> {
    go_second();
    let (ToCourier::Start(start), descriptors) = control.receive::<ToCourier>()? else {
        return Err(CourierError::NoStart);
    };
    let dialler = descriptors.into_iter().next().map(|fd| Dialler::new(UnixStream::from(fd))).transpose()?;
    let shared = Shared { dialler: dialler.map(Arc::new), host: own_name() };
    let sinks = sinks(&start.sinks, &shared)?;
    let cursors = Arc::new(cursors(&start)?);
    let witnesses = witnesses(&start.witnesses)?;
    let collector = start.trace_collector.as_deref().map(collector).transpose()?;
    let log = FolderLog::new(&start.data_dir.join("audit"));
    let name_servers = NameServers::now();
    confine(&start)?;
    let each = start.sinks.iter().enumerate().map(|(index, setting)| (setting, cursors.of(index)));
    let board = Arc::new(Board::new(each));
    let front = FrontLink::default();
    let (end, ending) = watch::channel(false);
    let end = Arc::new(end);
    let deliveries = deliveries(&start.sinks, sinks, &log, &cursors, &board);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKED_MAX)
        .thread_name("aside")
        .build()?;
    let (questions, asked) = mpsc::channel(witness::QUESTIONS_MAX);
    let (spans, batches) = mpsc::channel(spans::BATCHES_MAX);
    let lost = Arc::new(LostCounts::default());
    let errands = Errands { questions, spans, lost: lost.clone() };
    let (link, stop) = (front.clone(), end.clone());
    spawn("control", move || hear_supervisor(&control, &link, &errands, &stop))?;
    let replaced = move || name_servers.are_replaced();
    runtime.spawn(witness::answer(witnesses, asked));
    runtime.spawn(spans::deliver(collector, batches, lost.clone()));
    spawn("news", move || tell_front(&log, &board, &lost, &front, &end, &replaced))?;
    let outcome = runtime.block_on(deliver(deliveries, ending));
    // A look-up that hangs is not waited for.
    runtime.shutdown_background();
    outcome
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// Requests go first: what sinks get may be a moment late. For every thread that is started later.
fn go_second() {
    strongroom_confine::run_after_the_waker();
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the courier keeps its priority");
    }
}

fn own_name() -> String {
    host_name(&std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default())
}

fn sinks(settings: &[SinkSetting], shared: &Shared) -> Result<Vec<AnySink>, CourierError> {
    let made = |(index, setting): (usize, &SinkSetting)| {
        let failed = |error| CourierError::Setting { name: format!("sink {}", setting.name), error };
        assemble::sink(index, setting, shared).map_err(failed)
    };
    settings.iter().enumerate().map(made).collect()
}

fn witnesses(settings: &[WitnessSetting]) -> Result<Vec<Witness>, CourierError> {
    let made = |setting: &WitnessSetting| {
        let failed = |error| CourierError::Setting { name: format!("witness {}", setting.url), error };
        witness::witness(setting).map_err(failed)
    };
    settings.iter().map(made).collect()
}

fn collector(setting: &SinkSetting) -> Result<Collector, CourierError> {
    let failed = |error| CourierError::Setting { name: "the collector of traces".to_owned(), error };
    spans::collector(setting).map_err(failed)
}

fn cursors(start: &StartCourier) -> Result<Cursors, CourierError> {
    let folder = start.data_dir.join("courier");
    let failed = |path: &Path, error| CourierError::Folder { path: path.to_owned(), error };
    let named = start.data_dir.join("audit").join("origin");
    let origin = match std::fs::read_to_string(&named) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        origin => Some(origin.map_err(|error| failed(&named, error))?),
    };
    let origin = origin.as_deref().map(str::trim_end);
    forget_another_log(&folder, origin).map_err(|error| failed(&folder, error))?;
    let sinks: Vec<_> = start.sinks.iter().map(|sink| (sink.name.clone(), sink.required)).collect();
    Cursors::open(&folder, &sinks).map_err(|error| CourierError::Folder { path: folder, error })
}

type SinkDelivery = Delivery<FolderLog, AnySink, Cursors, Jitter>;

fn deliveries(
    settings: &[SinkSetting],
    sinks: Vec<AnySink>,
    log: &FolderLog,
    cursors: &Arc<Cursors>,
    board: &Arc<Board>,
) -> Vec<SinkDelivery> {
    let delivery = |(index, (setting, sink)): (usize, (&SinkSetting, AnySink))| {
        Delivery::new(Parts {
            index,
            name: setting.name.clone(),
            log: log.clone(),
            batching: assemble::batching(setting, &sink),
            sink,
            keep: cursors.clone(),
            board: board.clone(),
            random: Jitter,
            cursor: cursors.of(index),
        })
    };
    settings.iter().zip(sinks).enumerate().map(delivery).collect()
}

/// Before any thread is started: they inherit it. Folders that are exported to are made if need be.
fn confine(start: &StartCourier) -> Result<(), CourierError> {
    let mut writable = vec![start.data_dir.join("courier")];
    for path in assemble::folders(&start.sinks) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| CourierError::Folder { path: path.clone(), error })?;
        writable.push(path);
    }
    if start.unconfined {
        tracing::warn!("the courier runs unconfined: for tests only");
        return Ok(());
    }
    let writable: Vec<&Path> = writable.iter().map(PathBuf::as_path).collect();
    let log = start.data_dir.join("audit");
    let fault = |fault: SinkFault| CourierError::Setting { name: "ports".to_owned(), error: fault.into() };
    let mut ports = assemble::ports(&start.sinks).map_err(fault)?;
    ports.extend(witness::ports(&start.witnesses).map_err(fault)?);
    let collector = start.trace_collector.as_deref().map(std::slice::from_ref).unwrap_or_default();
    ports.extend(assemble::ports(collector).map_err(fault)?);
    let mut files = Vec::new();
    // Who connects to nobody looks nobody up.
    if !ports.is_empty() {
        ports.push(DNS_PORT);
        files.extend(name_files());
    }
    let paths = CourierPaths { writable: &writable, readable: &[&log], files: &files };
    let report = strongroom_confine::courier_process(paths, &ports)?;
    tracing::info!(%report, "the courier is confined");
    Ok(())
}

/// Goes on until it is told to end, or a delivery ends by itself, which none should.
async fn deliver(deliveries: Vec<SinkDelivery>, ending: watch::Receiver<bool>) -> Result<(), CourierError> {
    let mut tasks = JoinSet::new();
    for delivery in deliveries {
        tasks.spawn(delivery.run(ending.clone()));
    }
    let mut told = ending;
    // Without a sink there is no delivery that could end.
    let deliveries = !tasks.is_empty();
    tokio::select! {
        biased;
        _ = told.wait_for(|ending| *ending) => {}
        _ = tasks.join_next(), if deliveries => return Err(CourierError::Delivery),
    }
    let all = async { while tasks.join_next().await.is_some() {} };
    // What is not taken by then is delivered after the next start.
    let _ = tokio::time::timeout(LAST_WORDS, all).await;
    Ok(())
}

/// Takes each front that the supervisor hands over, until it says the end or is gone.
fn hear_supervisor(control: &Channel, front: &FrontLink, errands: &Errands, end: &watch::Sender<bool>) {
    while let Ok((message, descriptors)) = control.receive::<ToCourier>() {
        match message {
            ToCourier::Start(_) => tracing::warn!("a second start message"),
            ToCourier::Front => {
                for descriptor in descriptors {
                    let socket = UnixStream::from(descriptor);
                    if let Err(error) = socket.set_write_timeout(Some(WRITE_TIMEOUT)) {
                        tracing::error!(%error, "a front could not be taken over");
                        continue;
                    }
                    let channel = Channel::new(socket);
                    if let Err(error) = hear_front(&channel, errands) {
                        tracing::error!(%error, "a front cannot be listened to");
                    }
                    *front.lock().unwrap_or_else(PoisonError::into_inner) = Some(channel);
                }
            }
            ToCourier::Shutdown => break,
        }
    }
    end.send_replace(true);
}

/// What the front has this process do, beside the deliveries.
#[derive(Clone)]
struct Errands {
    questions: mpsc::Sender<Question>,
    spans: mpsc::Sender<Vec<String>>,
    lost: Arc<LostCounts>,
}

/// Takes a front's errands on a thread of its own, until it is gone. Those beyond what may wait are dropped; questions it
/// asks again.
fn hear_front(channel: &Channel, errands: &Errands) -> Result<(), CourierError> {
    let (heard, errands) = (channel.try_clone()?, errands.clone());
    let hear = move || {
        while let Ok((message, _)) = heard.receive::<ForCourier>() {
            match message {
                ForCourier::AskWitness { id, witness, body } => {
                    let Ok(front) = heard.try_clone() else { return };
                    let _ = errands.questions.try_send(Question { id, witness, body, front });
                }
                ForCourier::Spans { lines } => {
                    if let Err(refused) = errands.spans.try_send(lines) {
                        errands.lost.undelivered(&refused.into_inner());
                    }
                }
            }
        }
    };
    Ok(spawn("front", hear)?)
}

/// Tells the front how sinks are and what spans are lost, for ever. On a thread of its own: a front that does not listen
/// holds up no delivery. When the name servers were replaced and a sink is not reached, the process ends, and its successor
/// reads the new ones.
fn tell_front(
    log: &FolderLog,
    board: &Board,
    lost: &LostCounts,
    front: &FrontLink,
    end: &watch::Sender<bool>,
    name_servers_replaced: &dyn Fn() -> bool,
) {
    let mut reached = End::default();
    loop {
        // A log that cannot be read now is taken to be as it was: the deliveries tell of it.
        if let Ok(now) = log.end() {
            reached = now;
        }
        let news = SinkNews { lost_spans: lost.read(), ..board.news(&reached) };
        let channel = front.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(channel) = channel
            && channel.send(&FromCourier::Sinks(news), &[]).is_ok()
        {
            // Unless there is a newer one meanwhile.
            front.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(channel);
        }
        if board.any_fails() && name_servers_replaced() {
            tracing::warn!("the file that names the name servers was replaced: the courier starts again");
            end.send_replace(true);
            return;
        }
        thread::sleep(NEWS_PAUSE);
    }
}
