//! The supervisor's line to the vault: a blocking stream socket pair. Messages stand in `custody_message.rs`; those with
//! lanes, or a line to the token worker, carry the descriptors with their first byte. Back come `u8 kind · u32 length · text`, little-endian. No
//! JSON, no variable length on the way in.

use crate::MalformedFrame;
use crate::custody_message::{FromVault, LaneEnds, MESSAGE_BYTES, Passed, ToVault};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use zeroize::Zeroizing;

const TEXT_BYTES_MAX: usize = 4_096;

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
        let bytes = message.encode().map_err(invalid)?;
        let descriptors = message.descriptors();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        }
        let sent = sendmsg(&self.0, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL)?;
        (&self.0).write_all(bytes.get(sent..).unwrap_or_default())
    }

    /// Vault: waits for the next message; `None` when the supervisor is gone.
    pub fn receive_in_vault(&self) -> io::Result<Option<ToVault>> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = Zeroizing::new(vec![0_u8; MESSAGE_BYTES]);
        let received =
            recvmsg(&self.0, &mut [IoSliceMut::new(&mut bytes)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
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
        let passed = match (descriptors.pop(), descriptors.pop()) {
            (None, None) => Passed::Nothing,
            (Some(slow), Some(fast)) => Passed::Lanes(LaneEnds { fast: fast.into(), slow: slow.into() }),
            (Some(line), None) => Passed::Line(line.into()),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        ToVault::decode(&bytes, passed).map(Some).map_err(invalid)
    }

    /// Vault: says how it is.
    pub fn send_to_supervisor(&self, message: &FromVault) -> io::Result<()> {
        let (kind, text) = message.parts();
        let text = text.as_bytes();
        let text = text.get(..TEXT_BYTES_MAX).unwrap_or(text);
        // It may be a share.
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 4 + text.len()));
        bytes.push(kind);
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
        let mut text = Zeroizing::new(vec![0; length]);
        (&self.0).read_exact(&mut text)?;
        let [kind] = kind;
        let message = FromVault::from_parts(kind, String::from_utf8_lossy(&text).into_owned());
        message.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

fn invalid(error: MalformedFrame) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl AsFd for CustodyChannel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CustodyAct, RootKey, RootSecret};

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
        let root = RootSecret::Key(RootKey::copy_of(&[2; 32]));
        supervisor.send_to_vault(&ToVault::Start(Some(root), far)).unwrap();
        supervisor.send_to_vault(&ToVault::Act(CustodyAct::Seal)).unwrap();
        let Some(ToVault::Start(Some(RootSecret::Key(root)), far)) = vault.receive_in_vault().unwrap() else {
            panic!()
        };
        assert_eq!(root.expose(), &[2; 32]);
        let sealed = vault.receive_in_vault().unwrap();
        assert!(matches!(sealed, Some(ToVault::Act(CustodyAct::Seal))));
        (&far.fast).write_all(b"f").unwrap();
        (&far.slow).write_all(b"s").unwrap();
        let mut byte = [0];
        (&near.fast).read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"f");
        drop(supervisor);
        assert!(vault.receive_in_vault().unwrap().is_none());
    }

    #[test]
    fn line_to_the_token_worker_arrives_before_the_start() {
        let (supervisor, vault) = pair();
        let (near, socket) = UnixStream::pair().unwrap();
        supervisor
            .send_to_vault(&ToVault::Pkcs11(crate::Pkcs11Line { number: 3, socket, timeout_seconds: 1 }))
            .unwrap();
        supervisor.send_to_vault(&ToVault::Start(Some(RootSecret::Pkcs11), lanes().0)).unwrap();
        let Some(ToVault::Pkcs11(line)) = vault.receive_in_vault().unwrap() else { panic!() };
        assert_eq!(line.number, 3);
        (&line.socket).write_all(b"t").unwrap();
        let mut byte = [0];
        (&near).read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"t");
        let start = vault.receive_in_vault().unwrap();
        assert!(matches!(start, Some(ToVault::Start(Some(RootSecret::Pkcs11), _))));
    }

    #[test]
    fn message_without_descriptors_or_of_another_kind_is_refused() {
        let (supervisor, vault) = pair();
        let mut start = vec![0; MESSAGE_BYTES];
        start[0] = 1;
        (&supervisor.0).write_all(&start).unwrap();
        assert!(vault.receive_in_vault().is_err());
        start[0] = 99;
        assert!(ToVault::decode(&start, Passed::Lanes(lanes().0)).is_err());
    }

    #[test]
    fn state_round_trips_and_bad_state_is_refused() {
        let (supervisor, vault) = pair();
        for message in [
            FromVault::Ready("in force".into()),
            FromVault::Failed("why".into()),
            FromVault::Done("done".into()),
            FromVault::Refused("no".into()),
            FromVault::Note("note".into()),
            FromVault::Warning("beware".into()),
            FromVault::Pkcs11Hung("7".into()),
        ] {
            vault.send_to_supervisor(&message).unwrap();
            assert_eq!(supervisor.receive_in_supervisor().unwrap(), Some(message));
        }
        (&vault.0).write_all(&[1, 255, 255, 255, 255]).unwrap();
        assert!(supervisor.receive_in_supervisor().is_err());
    }
}
