//! The sockets the service listens on, bound here and handed to the front.

use crate::{Config, SupervisorError};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

/// How long the port may still be held by what is left of a service that was killed.
const PREDECESSOR: Duration = Duration::from_secs(2);

const BIND_PAUSE: Duration = Duration::from_millis(50);

/// Bound listeners.
pub(crate) struct Listeners {
    pub(crate) tls: TcpListener,
    pub(crate) plaintext: Option<TcpListener>,
    pub(crate) metrics: Option<TcpListener>,
}

/// Binds what the configuration names.
pub(crate) fn bind(config: &Config) -> Result<Listeners, SupervisorError> {
    let plaintext = config.plaintext_listen.map(bind_one).transpose()?;
    let metrics = config.metrics_listen.map(bind_one).transpose()?;
    Ok(Listeners { tls: bind_one(config.listen)?, plaintext, metrics })
}

impl Listeners {
    /// The URL that a client on this machine uses: the port the system chose where none was asked for, and the loopback
    /// address for a listener on every address.
    pub(crate) fn url(&self) -> Result<String, SupervisorError> {
        let mut address = self.tls.local_addr().map_err(|e| SupervisorError::System(e.to_string()))?;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Ok(format!("https://{address}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listener_on_every_address_is_named_by_loopback() {
        let tls = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = tls.local_addr().unwrap().port();
        let listeners = Listeners { tls, plaintext: None, metrics: None };
        assert_eq!(listeners.url().unwrap(), format!("https://127.0.0.1:{port}"));
    }
}
