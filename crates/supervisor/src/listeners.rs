//! The sockets the service listens on, bound here and handed to the front.

use crate::{Config, SupervisorError};
use std::net::{SocketAddr, TcpListener};

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

fn bind_one(address: SocketAddr) -> Result<TcpListener, SupervisorError> {
    TcpListener::bind(address).map_err(|error| SupervisorError::Listen { address, error })
}
