//! Tells the service manager when clients are served and when the service ends: systemd's protocol, sd_notify(3), a datagram
//! to the socket that `NOTIFY_SOCKET` names. With `Type=notify` a start that is refused is a start that failed.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// How long a service manager that does not read may hold us up.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Clients are answered at this address; a sealed vault is an answer too.
pub(crate) fn serves(url: &str) {
    tell(&format!("READY=1\nSTATUS=Serves on {url}"));
}

/// The service has begun to end.
pub(crate) fn ends() {
    tell("STOPPING=1\nSTATUS=Finishes what is in flight");
}

/// Without a service manager there is nobody to tell, and one that cannot be told is no reason not to serve.
fn tell(state: &str) {
    let Some(socket) = env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

/// `socket` is a path, or `@` and an abstract name.
fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    let datagrams = UnixDatagram::unbound()?;
    datagrams.set_write_timeout(Some(TIMEOUT))?;
    datagrams.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(manager: &UnixDatagram) -> String {
        manager.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut bytes = [0; 256];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn service_manager_hears_on_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), "READY=1").unwrap();
        assert_eq!(heard(&manager), "READY=1");
    }

    #[test]
    fn service_manager_hears_on_an_abstract_name() {
        let name = format!("strongroom-notify-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        send(OsStr::new(&format!("@{name}")), "STOPPING=1").unwrap();
        assert_eq!(heard(&manager), "STOPPING=1");
    }

    #[test]
    fn service_manager_that_is_gone_is_an_error_and_no_wait() {
        let folder = tempfile::tempdir().unwrap();
        assert!(send(folder.path().join("nobody").as_os_str(), "READY=1").is_err());
    }
}
