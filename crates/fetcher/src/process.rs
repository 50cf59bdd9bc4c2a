//! The fetcher process: from its first message to its end.

use crate::address::AddressError;
use crate::exchange::Https;
use crate::issuer::Issuer;
use crate::roots;
use crate::rounds::{Event, Rounds, RoundsError};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;
use strongroom_confine::ConfineError;
use strongroom_control::{Channel, ChannelError, KeysWanted, StartFetcher, ToFetcher};
use strongroom_outgoing::{DNS_PORT, Jitter, NameServers, RootsError, name_files};
use tokio::sync::mpsc;

/// Names that may be looked up at once: each look-up has a thread for as long as the system's resolver takes.
const LOOKUPS_MAX: usize = 16;

/// Events that wait at most.
const EVENTS_MAX: usize = 64;

/// How long the front may keep us from writing to it; then it is taken for hung. One that starts reads its state first.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the fetcher does not start, or ends.
#[derive(Debug, thiserror::Error)]
enum FetcherError {
    #[error("{0}")]
    Channel(#[from] ChannelError),
    #[error("the first message of the supervisor was not a start")]
    NoStart,
    #[error("an issuer that cannot be fetched from: {0}")]
    Issuer(#[from] AddressError),
    #[error("{0}")]
    Roots(#[from] RootsError),
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("the process cannot be confined: {0}")]
    Confine(#[from] ConfineError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Rounds(#[from] RoundsError),
}

/// The fetcher process. `control` is its end of the channel to the supervisor.
pub fn run(control: OwnedFd) -> ExitCode {
    match start(Channel::new(UnixStream::from(control))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the fetcher ends");
            ExitCode::FAILURE
        }
    }
}

fn start(control: Channel) -> Result<(), FetcherError> {
    let (ToFetcher::Start(start), _) = control.receive::<ToFetcher>()? else {
        return Err(FetcherError::NoStart);
    };
    let issuers = start.issuers.iter().map(Issuer::read).collect::<Result<Vec<_>, _>>()?;
    // Read once, before that is forbidden: other roots take effect at the next start.
    let network = Https::new(roots::roots(start.authorities.as_deref())?)?;
    let name_servers = NameServers::now();
    confine(&start, &issuers)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(LOOKUPS_MAX)
        .thread_name("look-up")
        .build()?;
    let (sender, events) = mpsc::channel(EVENTS_MAX);
    thread::Builder::new().name("control".to_owned()).spawn(move || hear_supervisor(&control, &sender))?;
    let replaced = Box::new(move || name_servers.are_replaced());
    let ended = runtime.block_on(async { Rounds::new(issuers, network, Jitter, replaced).run(events).await });
    // A look-up that hangs is not waited for.
    runtime.shutdown_background();
    Ok(ended?)
}

/// Before any thread is started: they inherit it.
fn confine(start: &StartFetcher, issuers: &[Issuer]) -> Result<(), ConfineError> {
    if start.unconfined {
        tracing::warn!("the fetcher runs unconfined: for tests only");
        return Ok(());
    }
    let files: Vec<&Path> = name_files().collect();
    let ports: Vec<u16> = issuers.iter().map(Issuer::port).chain([DNS_PORT]).collect();
    let report = strongroom_confine::fetcher_process(&files, &ports)?;
    tracing::info!(%report, "the fetcher is confined");
    Ok(())
}

/// Takes each front that the supervisor hands over, until the supervisor is gone.
fn hear_supervisor(control: &Channel, events: &mpsc::Sender<Event>) {
    while let Ok((message, descriptors)) = control.receive::<ToFetcher>() {
        match message {
            ToFetcher::Start(_) => tracing::warn!("a second start message"),
            ToFetcher::Front => {
                for descriptor in descriptors {
                    if let Err(error) = meet_front(UnixStream::from(descriptor), events.clone()) {
                        tracing::error!(%error, "a front could not be taken over");
                    }
                }
            }
        }
    }
    let _ = events.blocking_send(Event::End);
}

/// Hands a front to the loop, and its wishes from a thread of its own.
fn meet_front(socket: UnixStream, events: mpsc::Sender<Event>) -> Result<(), FetcherError> {
    socket.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let channel = Channel::new(socket);
    let wishes = channel.try_clone()?;
    // If the loop has ended, so does the process.
    let _ = events.blocking_send(Event::Front(Box::new(channel)));
    let listen = move || {
        while let Ok((wanted, _)) = wishes.receive::<KeysWanted>() {
            if events.blocking_send(Event::Wanted(wanted.issuer)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("front".to_owned()).spawn(listen)?;
    Ok(())
}
