//! The token worker's process: from its first message to its end.

use crate::line::Pool;
use crate::module::{Module, ModuleError};
use crate::pin::{Pin, PinError, read_pin};
use crate::session::TokenSession;
use crate::token::{Tell, Token, Wanted};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use strongroom_confine::{ConfineError, Report, TokenConfinement};
use strongroom_control::{Channel, ChannelError, FromTokenWorker, StartTokenWorker, ToTokenWorker};
use strongroom_token_protocol::{Login, TokenError};

/// Sessions at most: each is a thread.
const SESSIONS_MAX: u8 = 16;

/// Why the worker does not start, or ends.
#[derive(Debug, thiserror::Error)]
enum WorkerError {
    #[error("{0}")]
    Channel(#[from] ChannelError),
    #[error("the first message of the supervisor was not a start with a PIN and a line")]
    NoStart,
    #[error("{0} sessions are not 1 to {SESSIONS_MAX}")]
    Sessions(u8),
    #[error("{0}")]
    Pin(#[from] PinError),
    #[error("the process cannot be confined: {0}")]
    Confine(#[from] ConfineError),
    #[error("{0}")]
    Module(#[from] ModuleError),
    #[error("{0}")]
    Token(#[from] TokenError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The token worker. `control` is its end of the channel to the supervisor; it ends when that closes. The first thing
/// such a process does, while it has one thread.
pub fn run(control: OwnedFd) -> ExitCode {
    let control = Channel::new(UnixStream::from(control));
    match serve(&control) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If nobody listens any more there is nobody to tell.
            let _ = control.send(&FromTokenWorker::Failed(error.to_string()), &[]);
            ExitCode::FAILURE
        }
    }
}

fn serve(control: &Channel) -> Result<(), WorkerError> {
    let confinement = TokenConfinement::begin(control.as_fd())?;
    let (ToTokenWorker::Start(start), descriptors) = control.receive::<ToTokenWorker>()? else {
        return Err(WorkerError::NoStart);
    };
    let [pin, line] = <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| WorkerError::NoStart)?;
    if !(1..=SESSIONS_MAX).contains(&start.sessions) {
        return Err(WorkerError::Sessions(start.sessions));
    }
    let paths: Vec<&Path> = start.paths.iter().map(PathBuf::as_path).collect();
    let report = confinement.finish(&start.module, &paths)?;
    let token = find(&start, pin, control)?;
    // It stays open: the login ends with the last session.
    let mut kept = TokenSession::new(token.clone());
    prepare(&mut kept, &report, control)?;
    let pool = Pool::start(&token, start.sessions)?;
    let mut current = pool.serve(line.into())?;
    loop {
        let descriptors = match control.receive::<ToTokenWorker>() {
            Ok((ToTokenWorker::Line, descriptors)) => descriptors,
            Ok((ToTokenWorker::Start(_), _)) => return Err(WorkerError::NoStart),
            Err(ChannelError::Closed) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for descriptor in descriptors {
            current.close();
            current = pool.serve(descriptor.into())?;
        }
    }
}

fn find(start: &StartTokenWorker, pin: OwnedFd, control: &Channel) -> Result<Arc<Token>, WorkerError> {
    let pin = Pin::new(read_pin(pin)?);
    let module = Module::load(&start.module)?;
    let wanted =
        Wanted { label: &start.token_label, serial: start.token_serial.as_deref(), sessions: start.sessions };
    let named = match &start.token_serial {
        Some(serial) => format!("{}, serial number {serial},", start.token_label),
        None => start.token_label.clone(),
    };
    Ok(Token::find(module, &wanted, pin, teller(&named, control)?)?)
}

/// Tells the supervisor when the token can be used no more.
fn teller(label: &str, control: &Channel) -> Result<Tell, ChannelError> {
    let (label, control) = (label.to_owned(), control.try_clone()?);
    Ok(Box::new(move |login: Login| {
        let message = match login {
            Login::PinIncorrect => FromTokenWorker::PinRefused(format!("the token {label} refused the PIN")),
            Login::PinLocked => FromTokenWorker::PinRefused(format!("the token {label} has locked the PIN")),
            Login::Gone | Login::In => {
                FromTokenWorker::RestartNeeded(format!("the token {label} is not there, or does not work"))
            }
        };
        // If nobody listens any more there is nobody to tell.
        let _ = control.send(&message, &[]);
    }))
}

/// Logs in. A PIN that is refused and a token that is not there have been told, and every call will say so.
fn prepare(session: &mut TokenSession, report: &Report, control: &Channel) -> Result<(), WorkerError> {
    match session.prepare() {
        Ok(()) => {
            let token = session.token();
            let (label, serial, library) = (token.label(), token.serial(), token.module().description());
            let pin = if token.pin_is_locked() { "locked memory" } else { "memory that may be swapped" };
            let text = format!("token {label}, serial number {serial}, by {library}; PIN in {pin}; {report}");
            Ok(control.send(&FromTokenWorker::Ready(text), &[])?)
        }
        Err(TokenError::PinIncorrect | TokenError::PinLocked | TokenError::NotPresent) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
