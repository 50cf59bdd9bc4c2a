//! Connects to the Unix sockets of sinks for the courier, which may make none: it could reach the operator socket, or
//! other services of this machine, if it were broken into. It names a sink by its place in the list; paths are the
//! operator's.

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use strongroom_control::{Channel, Dial, Dialled};

/// How long a receiver may leave us waiting in its queue.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The courier's end of a channel to a dialler for these sinks; those that are no sockets have no path. The dialler is a
/// thread that ends with the channel: a receiver that hangs holds up nobody else.
pub(crate) fn serve(paths: Vec<Option<PathBuf>>) -> io::Result<UnixStream> {
    let (near, far) = UnixStream::pair()?;
    let channel = Channel::new(near);
    let answer = move || {
        while let Ok((dial, _)) = channel.receive::<Dial>() {
            let connected = dial_one(&paths, dial.sink);
            let (error, socket) = match connected {
                Ok(socket) => (None, Some(socket)),
                Err(error) => (Some(error), None),
            };
            let descriptors: Vec<_> = socket.iter().map(AsFd::as_fd).collect();
            if channel.send(&Dialled { id: dial.id, error }, &descriptors).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("dialler".to_owned()).spawn(answer)?;
    Ok(far)
}

fn dial_one(paths: &[Option<PathBuf>], sink: usize) -> Result<OwnedFd, String> {
    let path = paths.get(sink).and_then(Option::as_ref).ok_or("it is no Unix socket")?;
    connected(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn connected(path: &Path) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // The kernel waits no longer than this for room in the receiver's queue.
    set_socket_timeout(&socket, Timeout::Send, Some(CONNECT_TIMEOUT))?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    #[test]
    fn only_sockets_of_the_list_are_connected_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let nobody = folder.path().join("nobody.sock");
        let channel = Channel::new(serve(vec![None, Some(path), Some(nobody)]).unwrap());
        let dial = |sink| {
            channel.send(&Dial { id: 7, sink }, &[]).unwrap();
            let (answer, descriptors) = channel.receive::<Dialled>().unwrap();
            assert_eq!(answer.id, 7);
            (answer.error, descriptors)
        };
        let (error, mut descriptors) = dial(1);
        assert_eq!(error, None);
        UnixStream::from(descriptors.remove(0)).write_all(b"x").unwrap();
        listener.accept().unwrap().0.read_exact(&mut [0]).unwrap();
        for (sink, wanted) in [(0, "no Unix socket"), (2, "nobody.sock"), (3, "no Unix socket")] {
            let (error, descriptors) = dial(sink);
            assert!(error.unwrap().contains(wanted), "{sink}");
            assert!(descriptors.is_empty(), "{sink}");
        }
    }
}
