//! The beginning of a message whose body is sealed in another way than `seal` does it.

use super::seal::{SealOptions, seal_header};
use crate::error::EnvelopeError;
use crate::materials::MaterialsManager;
use crate::message::{MessageId, SealedHeader};

/// A header with a fresh message id: one call to the manager. Signing suites are refused: their signature needs all of
/// the message in order, and a private key that is nowhere stored.
pub(super) fn new_message(
    manager: &dyn MaterialsManager,
    plaintext_bytes: u64,
    options: SealOptions<'_>,
) -> Result<(MessageId, SealedHeader), EnvelopeError> {
    if options.suite.signs() {
        return Err(EnvelopeError::SignedByPosition);
    }
    let materials = options.materials(manager, Some(plaintext_bytes))?;
    let message_id = MessageId::random(options.suite)?;
    let header = seal_header(&materials, &message_id, options.frame_length, 0)?;
    Ok((message_id, header))
}
