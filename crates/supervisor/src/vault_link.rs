//! Our end of the vault: the root key goes over it once, lanes whenever there is a new front.

use crate::error::SupervisorError;
use crate::root_key::RootKey;
use std::io;
use std::os::unix::net::UnixStream;
use strongroom_vault_protocol::{CustodyChannel, FromVault, LaneEnds, ToVault};
use zeroize::Zeroizing;

/// The front's ends of both lanes: fast, slow.
pub(crate) type FrontLanes = (UnixStream, UnixStream);

/// A running vault.
pub(crate) struct VaultLink {
    channel: CustodyChannel,
    /// The lanes of the first message, until a front takes them.
    first: Option<FrontLanes>,
}

impl VaultLink {
    /// Sends the root key and the first lanes; what the vault says goes to the log.
    pub(crate) fn open(socket: UnixStream, root_key: &RootKey) -> Result<Self, SupervisorError> {
        let channel = CustodyChannel::new(socket);
        let (front, vault) = lane_pairs().map_err(fault)?;
        let root = strongroom_vault_protocol::RootKey(Zeroizing::new(*root_key.expose()));
        channel.send_to_vault(&ToVault::Start(root, vault)).map_err(fault)?;
        let reader = channel.try_clone().map_err(fault)?;
        let spawned =
            std::thread::Builder::new().name("vault reader".to_owned()).spawn(move || read(&reader));
        spawned.map_err(fault)?;
        Ok(Self { channel, first: Some(front) })
    }

    /// Lanes for a front.
    pub(crate) fn lanes(&mut self) -> Result<FrontLanes, SupervisorError> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let (front, vault) = lane_pairs().map_err(fault)?;
        self.channel.send_to_vault(&ToVault::Lanes(vault)).map_err(fault)?;
        Ok(front)
    }
}

fn lane_pairs() -> io::Result<(FrontLanes, LaneEnds)> {
    let (near_fast, fast) = UnixStream::pair()?;
    let (near_slow, slow) = UnixStream::pair()?;
    Ok(((near_fast, near_slow), LaneEnds { fast, slow }))
}

fn read(channel: &CustodyChannel) {
    while let Ok(Some(message)) = channel.receive_in_supervisor() {
        match message {
            FromVault::Ready(report) => tracing::info!(report, "the vault is confined and serves"),
            FromVault::Failed(reason) => tracing::error!(reason, "the vault failed"),
        }
    }
}

fn fault(error: io::Error) -> SupervisorError {
    SupervisorError::process("vault", error)
}
