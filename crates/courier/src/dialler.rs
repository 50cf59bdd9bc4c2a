//! Connections to Unix sockets, from the supervisor: a courier that was broken into must not reach the operator socket
//! or those of other services, so it makes none itself and names no path, only a place in the list.

use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use strongroom_control::{Channel, ChannelError, Dial, Dialled};

/// How long the supervisor may take: longer than it waits for a receiver.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The channel to the dialler.
#[derive(Debug)]
pub(crate) struct Dialler(Mutex<(Channel, u64)>);

impl Dialler {
    pub(crate) fn new(socket: UnixStream) -> std::io::Result<Self> {
        socket.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        socket.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(Self(Mutex::new((Channel::new(socket), 0))))
    }

    /// A connection that does not block, to the socket of a sink. Blocks.
    pub(crate) fn dial(&self, sink: usize) -> Result<UnixStream, String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (channel, last) = &mut *state;
        *last += 1;
        let failed = |error: ChannelError| error.to_string();
        channel.send(&Dial { id: *last, sink }, &[]).map_err(failed)?;
        loop {
            let (answer, descriptors) = channel.receive::<Dialled>().map_err(failed)?;
            // The late answer to an earlier one, which nobody waits for any more.
            if answer.id != *last {
                continue;
            }
            if let Some(error) = answer.error {
                return Err(error);
            }
            let descriptor = descriptors.into_iter().next().ok_or("no connection came")?;
            let stream = UnixStream::from(descriptor);
            stream.set_nonblocking(true).map_err(|error| error.to_string())?;
            return Ok(stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    #[test]
    fn a_connection_or_an_error_comes_back() {
        let (near, far) = UnixStream::pair().unwrap();
        let supervisor = std::thread::spawn(move || {
            let channel = Channel::new(far);
            let (ours, theirs) = UnixStream::pair().unwrap();
            let first = channel.receive::<Dial>().unwrap().0;
            assert_eq!(first.sink, 3);
            channel.send(&Dialled { id: first.id, error: None }, &[theirs.as_fd()]).unwrap();
            let second = channel.receive::<Dial>().unwrap().0.id;
            channel.send(&Dialled { id: first.id, error: None }, &[]).unwrap();
            channel.send(&Dialled { id: second, error: Some("nobody listens".to_owned()) }, &[]).unwrap();
            ours
        });
        let dialler = Dialler::new(near).unwrap();
        let mut stream = dialler.dial(3).unwrap();
        assert_eq!(dialler.dial(3).unwrap_err(), "nobody listens");
        let mut ours = supervisor.join().unwrap();
        stream.write_all(b"x").unwrap();
        ours.read_exact(&mut [0]).unwrap();
        assert!(dialler.dial(3).is_err(), "the supervisor is gone");
    }
}
