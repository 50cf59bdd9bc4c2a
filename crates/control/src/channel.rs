//! Sending and receiving messages with descriptors.

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The longest message, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// The most descriptors that travel with one message.
const DESCRIPTORS_MAX: usize = 6;

/// A message could not be sent or received. The channel is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The other side has closed the channel.
    #[error("the other process closed the control channel")]
    Closed,
    /// A message was longer than the limit.
    #[error("a control message of {0} bytes exceeds the limit")]
    TooLong(usize),
    /// A message was not what it should be.
    #[error("a control message could not be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The socket failed.
    #[error("control channel: {0}")]
    Io(#[from] io::Error),
}

/// One end of the channel.
#[derive(Debug)]
pub struct Channel {
    socket: UnixStream,
    /// Held while a message is written, so that those of several threads do not mix.
    sending: Arc<Mutex<()>>,
}

impl Channel {
    /// Takes a connected stream socket over.
    pub fn new(socket: UnixStream) -> Self {
        Self { socket, sending: Arc::default() }
    }

    /// A second handle to the same end.
    pub fn try_clone(&self) -> Result<Self, ChannelError> {
        Ok(Self { socket: self.socket.try_clone()?, sending: self.sending.clone() })
    }

    /// Sends one message and the descriptors that belong to it. Several threads may send at once.
    pub fn send<M: Serialize>(
        &self,
        message: &M,
        descriptors: &[BorrowedFd<'_>],
    ) -> Result<(), ChannelError> {
        let body = Zeroizing::new(serde_json::to_vec(message)?);
        if body.len() > MESSAGE_BYTES_MAX || descriptors.len() > DESCRIPTORS_MAX {
            return Err(ChannelError::TooLong(body.len()));
        }
        let length = (body.len() as u32).to_le_bytes();
        let _sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        self.send_head(&length, descriptors)?;
        (&self.socket).write_all(&body)?;
        Ok(())
    }

    /// The four length bytes carry the descriptors.
    fn send_head(&self, length: &[u8; 4], descriptors: &[BorrowedFd<'_>]) -> Result<(), ChannelError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        let sent = sendmsg(&self.socket, &[IoSlice::new(length)], &mut ancillary, SendFlags::NOSIGNAL)
            .map_err(io::Error::from)?;
        (&self.socket).write_all(&length[sent..])?;
        Ok(())
    }

    /// Waits for the next message and the descriptors that came with it.
    pub fn receive<M: DeserializeOwned>(&self) -> Result<(M, Vec<OwnedFd>), ChannelError> {
        let (length, descriptors) = self.receive_head()?;
        if length > MESSAGE_BYTES_MAX {
            return Err(ChannelError::TooLong(length));
        }
        let mut body = Zeroizing::new(vec![0; length]);
        (&self.socket).read_exact(&mut body).map_err(closed)?;
        Ok((serde_json::from_slice(&body)?, descriptors))
    }

    fn receive_head(&self) -> Result<(usize, Vec<OwnedFd>), ChannelError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut length = [0; 4];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = recvmsg(&self.socket, &mut [IoSliceMut::new(&mut length)], &mut ancillary, flags)
            .map_err(io::Error::from)?;
        if received.bytes == 0 {
            return Err(ChannelError::Closed);
        }
        let descriptors = ancillary
            .drain()
            .filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(rights) => Some(rights),
                _ => None,
            })
            .flatten()
            .collect();
        (&self.socket).read_exact(&mut length[received.bytes..]).map_err(closed)?;
        Ok((u32::from_le_bytes(length) as usize, descriptors))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn closed(error: io::Error) -> ChannelError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ChannelError::Closed,
        _ => ChannelError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FromFront, OperatorRequest, ToFront};

    fn pair() -> (Channel, Channel) {
        let (a, b) = UnixStream::pair().unwrap();
        (Channel::new(a), Channel::new(b))
    }

    #[test]
    fn message_and_descriptor_arrive() {
        let (here, there) = pair();
        let (mut near, far) = UnixStream::pair().unwrap();
        here.send(&ToFront::VaultLanes, &[far.as_fd()]).unwrap();
        drop(far);
        let (message, mut descriptors) = there.receive::<ToFront>().unwrap();
        assert!(matches!(message, ToFront::VaultLanes));
        let mut far = UnixStream::from(descriptors.remove(0));
        near.write_all(b"x").unwrap();
        let mut byte = [0];
        far.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"x");
    }

    #[test]
    fn messages_of_several_threads_do_not_mix() {
        const THREADS: usize = 4;
        const EACH: usize = 500;
        let (here, there) = pair();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let here = here.try_clone().unwrap();
                scope.spawn(move || {
                    for number in 0..EACH {
                        let text = format!("{thread} {}", "x".repeat(number));
                        here.send(&FromFront::Anchor { text }, &[]).unwrap();
                    }
                });
            }
            let mut next = [0; THREADS];
            for _ in 0..THREADS * EACH {
                let (FromFront::Anchor { text }, _) = there.receive().unwrap() else {
                    panic!("another message")
                };
                let (thread, rest) = text.split_once(' ').unwrap();
                let next = &mut next[thread.parse::<usize>().unwrap()];
                assert_eq!(rest.len(), *next);
                *next += 1;
            }
        });
    }

    #[test]
    fn closed_channel_is_told() {
        let (here, there) = pair();
        drop(there);
        assert!(matches!(here.receive::<ToFront>(), Err(ChannelError::Closed)));
    }

    #[test]
    fn message_too_long_is_refused() {
        let (here, there) = pair();
        let name = "x".repeat(MESSAGE_BYTES_MAX);
        let request = OperatorRequest::UserCreate { name, account: None };
        assert!(matches!(here.send(&request, &[]), Err(ChannelError::TooLong(_))));
        (&here.socket).write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert!(matches!(there.receive::<ToFront>(), Err(ChannelError::TooLong(_))));
    }
}
