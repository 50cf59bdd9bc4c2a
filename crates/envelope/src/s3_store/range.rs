//! Opening a part of an object's document, without authentication.

use super::download::{OpenObject, OpenedObject};
use super::error::StoreError;
use super::session::Session;
use crate::error::EnvelopeError;
use crate::output::Output;
use crate::s3::{PlaintextRange, RangeCipher, S3FormatError};

/// Writes a range of the document: `HeadObject`, one call for the data key, one `GetObject` for the blocks of the range.
/// **Nothing of it is authenticated**, so whoever calls must have asked for that; the output may be a stream. With V3 the
/// data key's commitment is checked. Where PKCS #1 v1.5 wraps it there are no ranges.
pub fn open_object_range(
    session: &Session,
    output: Output,
    range: PlaintextRange,
    options: OpenObject<'_>,
) -> Result<OpenedObject, EnvelopeError> {
    let head = session.head(options.url)?;
    let envelope = session.envelope(options.url, &head.metadata, options.instruction_suffix)?;
    options.reading.allows(envelope.format, &envelope.content)?;
    let document_bytes =
        envelope.content.plaintext_bytes(head.object_bytes).ok_or(match envelope.content {
            crate::s3::Content::Cbc { .. } => S3FormatError::RangeContent,
            _ => S3FormatError::Truncated,
        })?;
    let range = range.within(document_bytes)?;
    let key = options.key.range_key(&envelope, options.context, options.reading.legacy)?;
    let mut cipher = RangeCipher::new(&envelope.content, &key, range)?;
    drop(key);
    let mut body = session.get(options.url, Some(range.header()), head.e_tag.as_deref())?;
    let mut left = range.bytes();
    (options.total)(left);
    while let Some(piece) = session.next_piece(&mut body)? {
        let plaintext = cipher.push(piece.as_ref())?;
        // A server that ignores the Range header sends more, and from elsewhere.
        left = left
            .checked_sub(plaintext.len() as u64)
            .ok_or(StoreError::Answer { operation: "GetObject", what: "the range that was asked for" })?;
        output.write_all(plaintext)?;
        (options.progress)(plaintext.len() as u64);
    }
    if left > 0 {
        return Err(StoreError::Interrupted(format!("{left} bytes of the range are missing")).into());
    }
    output.commit()?;
    Ok(OpenedObject { plaintext_bytes: range.bytes(), envelope })
}
