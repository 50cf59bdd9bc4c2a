//! The sockets the service listens on, bound here and handed to the front.

use crate::{Config, SupervisorError};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

/// How long the port may still be held by what is left of a service that was killed.
const PREDECESSOR: Duration = Duration::from_secs(2);

const BIND_PAUSE: Duration = Duration::from_millis(50);

/// Bound listeners.
pub(crate) struct Listeners {
    pub(crate) tls: TcpListener,
    pub(crate) plaintext: Option<TcpListener>,
}

/// Binds what the configuration names.
pub(crate) fn bind(config: &Config) -> Result<Listeners, SupervisorError> {
    if let Some(address) = config.plaintext_listen.filter(|address| !address.ip().is_loopback()) {
        return Err(SupervisorError::PlaintextNotLoopback(address));
    }
    let plaintext = config.plaintext_listen.map(bind_one).transpose()?;
    Ok(Listeners { tls: bind_one(config.listen)?, plaintext })
}

impl Listeners {
    /// The URL that a client on this machine uses: the port the system chose where none was asked for, and localhost
    /// for a listener on every address.
    pub(crate) fn url(&self) -> Result<String, SupervisorError> {
        let address = self.tls.local_addr().map_err(|e| SupervisorError::System(e.to_string()))?;
        Ok(match address.ip().is_unspecified() {
            true => format!("https://localhost:{}", address.port()),
            false => format!("https://{address}"),
        })
    }
}

/// A front of a service that was killed may hold its listener a moment longer than its supervisor lives.
fn bind_one(address: SocketAddr) -> Result<TcpListener, SupervisorError> {
    let deadline = Instant::now() + PREDECESSOR;
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                thread::sleep(BIND_PAUSE);
            }
            Err(error) => return Err(SupervisorError::Listen { address, error }),
        }
    }
}
