//! One command after the other on a lane of the vault: a restore has no need of more.

use super::RestoreError;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{
    FRAME_BYTES_MAX, Keyring, LENGTH_BYTES, NewAccessKey, Reply, Request, decode_reply, encode_request,
};
use zeroize::Zeroizing;

/// Our end of a lane.
#[derive(Clone, Copy)]
pub(super) struct Lane<'a>(pub(super) &'a UnixStream);

impl Lane<'_> {
    pub(super) fn done(self, request: &Request<'_>) -> Result<(), RestoreError> {
        self.call(request).map(drop)
    }

    pub(super) fn secret(self, request: &Request<'_>) -> Result<SecretBytes, RestoreError> {
        match self.call(request)? {
            Reply::Secret(secret) => Ok(secret),
            _ => Err(other()),
        }
    }

    pub(super) fn keyring(self, request: &Request<'_>) -> Result<Keyring, RestoreError> {
        match self.call(request)? {
            Reply::Keyring(keyring) => Ok(keyring),
            _ => Err(other()),
        }
    }

    pub(super) fn access_key(self, request: &Request<'_>) -> Result<NewAccessKey, RestoreError> {
        match self.call(request)? {
            Reply::AccessKey(key) => Ok(key),
            _ => Err(other()),
        }
    }

    pub(super) fn call(self, request: &Request<'_>) -> Result<Reply, RestoreError> {
        let broken = |error: std::io::Error| RestoreError::Lane(error.to_string());
        let mut socket = self.0;
        let mut out = Zeroizing::new(Vec::new());
        encode_request(&mut out, 1, request)?;
        socket.write_all(&out).map_err(broken)?;
        let mut length = [0; LENGTH_BYTES];
        socket.read_exact(&mut length).map_err(broken)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_BYTES_MAX {
            return Err(other());
        }
        let mut content = Zeroizing::new(vec![0; length]);
        socket.read_exact(&mut content).map_err(broken)?;
        Ok(decode_reply(&content)?.outcome?)
    }
}

fn other() -> RestoreError {
    RestoreError::Lane("another answer than was asked for".to_owned())
}
