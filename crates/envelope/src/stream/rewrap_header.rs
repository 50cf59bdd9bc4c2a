//! New recipients for a message whose body stays: only the header is written anew (envelope-formats.md section 8).
//!
//! Sound for version 1, whose header has an IV of its own. For version 2 it has a price: the old and the new header
//! have tags under one key and one IV, and whoever holds both can compute what authenticates the message. The caller
//! decides, and says so.

use super::OpenOptions;
use super::open::read_start;
use super::seal::check_count;
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::keyring::KeyRequest;
use crate::materials::MaterialsManager;
use crate::message::{DataKey, EncryptedDataKey, Header, MessageKeys, with_recipients};
use crate::output::Output;
use std::io::{self, Seek as _, SeekFrom};

/// A message that has other recipients now.
#[derive(Clone, Debug)]
pub struct Rewrapped {
    /// The old header, which was authentic.
    pub old: Header,
    /// Length of the message, in bytes.
    pub message_bytes: u64,
}

/// Gives the new list of encrypted data keys: from the verified header, the data key, and what it is bound to.
pub type Recipients<'a> =
    &'a dyn Fn(&Header, &DataKey, KeyRequest<'_>) -> Result<Vec<EncryptedDataKey>, EnvelopeError>;

/// Gives a message other recipients. `old` opens the header; `recipients` gets it with the data key and gives the whole
/// new list, wrapped under the request's context; the limits hold for that too. The body is copied as it is and not verified.
pub fn rewrap_header(
    mut input: Input,
    output: Output,
    old: &dyn MaterialsManager,
    recipients: Recipients<'_>,
    options: OpenOptions<'_>,
) -> Result<Rewrapped, EnvelopeError> {
    let (header, _) = read_start(&mut input, options.limits)?;
    let Input::File { mut file, .. } = input else { return Err(EnvelopeError::NeedsFile("rewrapping")) };
    if header.suite().signs() {
        return Err(EnvelopeError::RewrapOfSigned);
    }
    let materials = options.materials(old, &header)?;
    let keys = MessageKeys::derive(&materials.data_key, header.suite(), header.message_id())?;
    let cipher = keys.verify(&header, &materials.required)?;
    let context = header.context().union(&materials.required);
    let list = recipients(&header, &materials.data_key, KeyRequest::new(header.suite(), &context))?;
    check_count(list.len(), options.limits.encrypted_data_keys_max)?;
    let written = with_recipients(header.body(), &cipher, &list, &materials.required.block()?)?;
    drop((cipher, materials));
    output.write_all(&written)?;
    file.seek(SeekFrom::Start(header.header_bytes() as u64)).doing("read the input")?;
    let body_bytes = match output.file() {
        // Between two files the kernel copies, or shares the blocks.
        Some(mut out) => io::copy(&mut file, &mut out).doing("copy the body")?,
        None => 0,
    };
    output.commit()?;
    Ok(Rewrapped { old: header, message_bytes: written.len() as u64 + body_bytes })
}
