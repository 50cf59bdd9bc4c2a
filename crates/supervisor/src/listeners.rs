//! The listening sockets, bound here so that a port that is taken is told at once and outlives a front.

use crate::config::Config;
use crate::error::SupervisorError;
use std::net::{SocketAddr, TcpListener};

/// The sockets that every front is handed.
pub(crate) struct ListenerPair {
    pub(crate) tls: TcpListener,
    pub(crate) plaintext: Option<TcpListener>,
}

impl ListenerPair {
    pub(crate) fn bind(config: &Config) -> Result<Self, SupervisorError> {
        let plaintext = match config.plaintext_listen {
            Some(address) if !address.ip().is_loopback() => {
                return Err(SupervisorError::PlaintextNotLoopback(address));
            }
            Some(address) => Some(bind(address)?),
            None => None,
        };
        Ok(Self { tls: bind(config.listen)?, plaintext })
    }

    /// Where TLS is served; the port is the real one when 0 was asked for.
    pub(crate) fn address(&self) -> Result<SocketAddr, SupervisorError> {
        self.tls.local_addr().map_err(|error| SupervisorError::process("listener", error))
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, SupervisorError> {
    TcpListener::bind(address).map_err(|error| SupervisorError::Listen { address, error })
}
