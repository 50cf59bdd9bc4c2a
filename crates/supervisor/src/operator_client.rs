//! Asking the running service: the other end of the operator socket.

use crate::Folders;
use crate::operator_socket::{ANSWER_TIMEOUT, OPERATOR_BYTES_MAX};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use strongroom_control::OperatorRequest;

/// Why the service gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no service, or it may not be reached.
    #[error("no strongroom serves this data directory ({0})")]
    NotServed(io::Error),
    /// The line broke.
    #[error("the service did not answer: {0}")]
    Broken(#[from] io::Error),
    /// The service refused.
    #[error("{0}")]
    Refused(String),
}

/// Sends one request and gives the answer's `ok` value.
pub fn ask(folders: &Folders, request: &OperatorRequest) -> Result<Value, AskError> {
    let mut socket = UnixStream::connect(folders.operator_socket()).map_err(AskError::NotServed)?;
    socket.set_read_timeout(Some(2 * ANSWER_TIMEOUT))?;
    let body = serde_json::to_vec(request).map_err(io::Error::from)?;
    socket.write_all(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes())?;
    socket.write_all(&body)?;
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > OPERATOR_BYTES_MAX {
        return Err(io::Error::from(io::ErrorKind::InvalidData).into());
    }
    let mut reply = vec![0; length];
    socket.read_exact(&mut reply)?;
    let mut reply: Value = serde_json::from_slice(&reply).map_err(io::Error::from)?;
    match reply.get("error").and_then(Value::as_str) {
        Some(text) => Err(AskError::Refused(text.to_owned())),
        None => Ok(reply.get_mut("ok").map(Value::take).unwrap_or_default()),
    }
}
