//! The beginning of a message whose body is sealed in another way than `seal` does it.

use crate::error::EnvelopeError;
use crate::keyring::DataKeySource;
use crate::message::{Context, FrameLength, MessageId, MessageKeys, NewHeader, SealedHeader};

/// A header with a fresh data key and message id: one call to the source.
pub(super) fn new_message(
    source: &dyn DataKeySource,
    context: &Context,
    frame_length: FrameLength,
) -> Result<(MessageId, SealedHeader), EnvelopeError> {
    let data_key = source.generate(context)?;
    let mut message_id = [0; 32];
    aws_lc_rs::rand::fill(&mut message_id).map_err(|_| EnvelopeError::Random)?;
    let header = NewHeader {
        message_id: &message_id,
        context,
        encrypted_data_keys: &data_key.encrypted,
        frame_length,
    };
    let sealed = header.seal(MessageKeys::derive(data_key.plaintext, message_id)?)?;
    Ok((message_id, sealed))
}
