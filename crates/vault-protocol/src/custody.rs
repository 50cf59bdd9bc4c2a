//! The supervisor's line to the vault: the root key and lanes in, the vault's state out.
//!
//! A blocking stream socket pair. To the vault go messages of a fixed size, `u8 kind · root key 32`,
//! whose first byte carries the descriptors of both lanes; back come `u8 kind · u32 length · text`,
//! little-endian. No JSON, no variable length on the way in.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use zeroize::Zeroizing;

const MESSAGE_BYTES: usize = 1 + 32;
const TEXT_BYTES_MAX: usize = 4_096;
const START: u8 = 1;
const LANES: u8 = 2;

/// The root key. Zeroed on drop, not printable.
pub struct RootKey(pub Zeroizing<[u8; 32]>);

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(redacted)")
    }
}

/// Supervisor to vault. Both carry the vault's ends of a fast and a slow lane.
#[derive(Debug)]
pub enum ToVault {
    /// The first message.
    Start(RootKey, LaneEnds),
    /// The front was started again.
    Lanes(LaneEnds),
}

/// One process's ends of the two lanes.
#[derive(Debug)]
pub struct LaneEnds {
    /// The fast lane.
    pub fast: UnixStream,
    /// The slow lane.
    pub slow: UnixStream,
}

/// Vault to supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromVault {
    /// The vault serves; the text says what confines it and where secrets lie.
    Ready(String),
    /// The vault cannot go on; the text says why. It ends after this.
    Failed(String),
}

/// One end of the line.
#[derive(Debug)]
pub struct CustodyChannel(UnixStream);

impl CustodyChannel {
    /// Takes a connected stream socket over.
    pub fn new(socket: UnixStream) -> Self {
        Self(socket)
    }

    /// A second handle to the same end.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Closes the line for every handle: the other side ends.
    pub fn close(&self) -> io::Result<()> {
        self.0.shutdown(std::net::Shutdown::Both)
    }

    /// Supervisor: sends a message and the descriptors in it.
    pub fn send_to_vault(&self, message: &ToVault) -> io::Result<()> {
        let mut bytes = Zeroizing::new([0; MESSAGE_BYTES]);
        let lanes = match message {
            ToVault::Start(root, lanes) => {
                bytes[0] = START;
                bytes[1..].copy_from_slice(&*root.0);
                lanes
            }
            ToVault::Lanes(lanes) => {
                bytes[0] = LANES;
                lanes
            }
        };
        let descriptors = [lanes.fast.as_fd(), lanes.slow.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        let sent = sendmsg(&self.0, &[IoSlice::new(&*bytes)], &mut ancillary, SendFlags::NOSIGNAL)?;
        (&self.0).write_all(bytes.get(sent..).unwrap_or_default())
    }

    /// Vault: waits for the next message; `None` when the supervisor is gone.
    pub fn receive_in_vault(&self) -> io::Result<Option<ToVault>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = Zeroizing::new([0; MESSAGE_BYTES]);
        let received =
            recvmsg(&self.0, &mut [IoSliceMut::new(&mut *bytes)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        if received.bytes == 0 {
            return Ok(None);
        }
        let mut descriptors: Vec<OwnedFd> = ancillary
            .drain()
            .filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(rights) => Some(rights),
                _ => None,
            })
            .flatten()
            .collect();
        (&self.0).read_exact(bytes.get_mut(received.bytes..).unwrap_or_default())?;
        let (Some(slow), Some(fast)) = (descriptors.pop(), descriptors.pop()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        parse(&bytes, LaneEnds { fast: fast.into(), slow: slow.into() }).map(Some)
    }

    /// Vault: says how it is.
    pub fn send_to_supervisor(&self, message: &FromVault) -> io::Result<()> {
        let (kind, text) = match message {
            FromVault::Ready(text) => (1u8, text),
            FromVault::Failed(text) => (2, text),
        };
        let text = text.as_bytes();
        let text = text.get(..TEXT_BYTES_MAX).unwrap_or(text);
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text);
        (&self.0).write_all(&bytes)
    }

    /// Supervisor: waits for the next message; `None` when the vault is gone.
    pub fn receive_in_supervisor(&self) -> io::Result<Option<FromVault>> {
        let mut kind = [0];
        if (&self.0).read(&mut kind)? == 0 {
            return Ok(None);
        }
        let mut length = [0; 4];
        (&self.0).read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > TEXT_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut text = vec![0; length];
        (&self.0).read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        match kind {
            [1] => Ok(Some(FromVault::Ready(text))),
            [2] => Ok(Some(FromVault::Failed(text))),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn parse(bytes: &[u8; MESSAGE_BYTES], lanes: LaneEnds) -> io::Result<ToVault> {
    let [kind, key @ ..] = bytes;
    match *kind {
        LANES => Ok(ToVault::Lanes(lanes)),
        START => Ok(ToVault::Start(RootKey(Zeroizing::new(*key)), lanes)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl AsFd for CustodyChannel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes() -> (LaneEnds, LaneEnds) {
        let (fast, far_fast) = UnixStream::pair().unwrap();
        let (slow, far_slow) = UnixStream::pair().unwrap();
        (LaneEnds { fast, slow }, LaneEnds { fast: far_fast, slow: far_slow })
    }

    fn pair() -> (CustodyChannel, CustodyChannel) {
        let (a, b) = UnixStream::pair().unwrap();
        (CustodyChannel::new(a), CustodyChannel::new(b))
    }

    #[test]
    fn root_key_and_lanes_arrive_in_order() {
        let (supervisor, vault) = pair();
        let (near, far) = lanes();
        let root = RootKey(Zeroizing::new([2; 32]));
        supervisor.send_to_vault(&ToVault::Start(root, far)).unwrap();
        let Some(ToVault::Start(root, far)) = vault.receive_in_vault().unwrap() else { panic!() };
        assert_eq!(*root.0, [2; 32]);
        (&far.fast).write_all(b"f").unwrap();
        (&far.slow).write_all(b"s").unwrap();
        let mut byte = [0];
        (&near.fast).read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"f");
        drop(supervisor);
        assert!(vault.receive_in_vault().unwrap().is_none());
    }

    #[test]
    fn message_without_descriptors_or_of_another_kind_is_refused() {
        let (supervisor, vault) = pair();
        (&supervisor.0).write_all(&[START; MESSAGE_BYTES]).unwrap();
        assert!(vault.receive_in_vault().is_err());
        assert!(parse(&[3; MESSAGE_BYTES], lanes().0).is_err());
    }

    #[test]
    fn state_round_trips_and_bad_state_is_refused() {
        let (supervisor, vault) = pair();
        for message in [FromVault::Ready("in force".into()), FromVault::Failed("why".into())] {
            vault.send_to_supervisor(&message).unwrap();
            assert_eq!(supervisor.receive_in_supervisor().unwrap(), Some(message));
        }
        (&vault.0).write_all(&[1, 255, 255, 255, 255]).unwrap();
        assert!(supervisor.receive_in_supervisor().is_err());
    }
}
