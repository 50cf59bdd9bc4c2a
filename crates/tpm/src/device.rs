//! The way to a TPM: the kernel's device, or the Unix socket of a software TPM. One command, one answer.

use crate::TpmError;
use crate::response::{HEADER, RESPONSE_BYTES_MAX, announced};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a software TPM may take. The kernel has its own limits for a device.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Takes a command and gives the answer's bytes.
pub(crate) trait Exchange {
    /// One command.
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError>;
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// An open TPM.
pub(crate) struct Device(Box<dyn Stream>);

impl Device {
    /// Opens what is at the path.
    pub(crate) fn open(path: &Path) -> Result<Self, TpmError> {
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => TpmError::NoDevice(path.to_owned()),
            ErrorKind::PermissionDenied => TpmError::NoPermission(path.to_owned()),
            _ => error.into(),
        };
        let kind = fs::metadata(path).map_err(failed)?.file_type();
        if kind.is_socket() {
            let socket = connected(path).map_err(failed)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.set_write_timeout(Some(PATIENCE))?;
            return Ok(Self(Box::new(socket)));
        }
        if !kind.is_char_device() {
            return Err(TpmError::NotADevice(path.to_owned()));
        }
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        Ok(Self(Box::new(file)))
    }
}

/// A connection to a software TPM. One that takes none is not waited for: its queue is full because it hangs, or serves another.
fn connected(path: &Path) -> io::Result<UnixStream> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    let socket = UnixStream::from(socket);
    socket.set_nonblocking(false)?;
    Ok(socket)
}

impl Exchange for Device {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError> {
        // In one write: the device takes each for a command.
        self.0.write_all(command)?;
        receive(&mut self.0)
    }
}

/// Reads one answer, as long as it says.
pub(crate) fn receive(stream: &mut impl Read) -> Result<Vec<u8>, TpmError> {
    let (mut bytes, mut filled) = (vec![0; RESPONSE_BYTES_MAX], 0);
    loop {
        let room = bytes.get_mut(filled..).unwrap_or_default();
        let count = match stream.read(room) {
            Ok(0) => return Err(TpmError::Malformed("it is cut short")),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        filled += count;
        let Some(size) = announced(bytes.get(..filled).unwrap_or_default()) else { continue };
        if !(HEADER..=RESPONSE_BYTES_MAX).contains(&size) || filled > size {
            return Err(TpmError::Malformed("its size is not its own"));
        }
        if filled == size {
            bytes.truncate(size);
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes one by one.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn answer_is_read_to_its_announced_end() {
        let answer = [0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1];
        assert_eq!(receive(&mut Trickle(&answer)).unwrap(), answer);
        assert_eq!(receive(&mut &answer[..]).unwrap(), answer);
        for wrong in
            [&answer[..9], &[&answer[..], &[0]].concat(), &[0x80, 1, 0xff, 0, 0, 10], &[0, 0, 0, 0, 0, 1]]
        {
            assert!(matches!(receive(&mut &wrong[..]), Err(TpmError::Malformed(_))), "{wrong:?}");
        }
    }

    #[test]
    fn software_tpm_that_takes_no_connection_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _never_accepted = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let mut taken = Vec::new();
        let refused = loop {
            match Device::open(&path) {
                Ok(device) => taken.push(device),
                Err(error) => break error,
            }
        };
        assert!(!taken.is_empty());
        assert!(matches!(refused, TpmError::Silent), "{refused}");
    }

    #[test]
    fn path_without_a_tpm_is_told_by_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tpmrm0");
        assert!(matches!(Device::open(&path), Err(TpmError::NoDevice(_))));
        fs::write(&path, "x").unwrap();
        assert!(matches!(Device::open(&path), Err(TpmError::NotADevice(_))));
        assert!(matches!(Device::open(&path.join("below")), Err(TpmError::NoDevice(_))));
    }
}
