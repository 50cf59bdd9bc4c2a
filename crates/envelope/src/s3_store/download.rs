//! Opening an object.

use super::error::StoreError;
use super::session::Session;
use super::url::ObjectUrl;
use crate::error::EnvelopeError;
use crate::output::Output;
use crate::s3::{ContentOpener, Envelope, Pairs, Reading, WrappingKey};
use crate::stream::Progress;

/// What to open, and what is accepted.
#[derive(Clone, Copy)]
pub struct OpenObject<'a> {
    /// The object.
    pub url: &'a ObjectUrl,
    /// Unwraps the data key.
    pub key: &'a WrappingKey,
    /// The encryption context that was given when it was sealed: exactly that.
    pub context: &'a Pairs,
    /// What is read.
    pub reading: Reading,
    /// What is behind the object's key for its instruction file.
    pub instruction_suffix: &'a str,
    /// Whether plaintext may go to a pipe before the tag is known to be good.
    pub release_unverified: bool,
    /// Told once how many bytes it will be, before the first, where the service says it.
    pub total: Progress<'a>,
    /// Told what was done.
    pub progress: Progress<'a>,
}

/// What was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedObject {
    /// How much of the document was written, in bytes.
    pub plaintext_bytes: u64,
    /// What the object's metadata said.
    pub envelope: Envelope,
}

/// Opens an object: one `GetObject` (two with an instruction file) and one call for the data key. The output gets its
/// name after the tag was checked; a stream is refused unless the caller asks for unverified plaintext.
pub fn open_object(
    session: &Session,
    output: Output,
    options: OpenObject<'_>,
) -> Result<OpenedObject, EnvelopeError> {
    if matches!(output, Output::Stream(_)) && !options.release_unverified {
        return Err(StoreError::Unverified.into());
    }
    let mut body = session.get(options.url, None, None)?;
    let envelope = session.envelope(options.url, &body.metadata, options.instruction_suffix)?;
    options.reading.allows(envelope.format, &envelope.content)?;
    let key = options.key.content_key(&envelope, options.context, options.reading.legacy)?;
    let mut opener = ContentOpener::new(&envelope.content, &key)?;
    drop(key);
    let expected = body.bytes.and_then(|bytes| envelope.content.plaintext_bytes(bytes));
    if let Some(bytes) = expected {
        (options.total)(bytes);
        output.reserve(bytes)?;
    }
    let mut plaintext_bytes = 0;
    let mut write = |plaintext: &[u8]| {
        plaintext_bytes += plaintext.len() as u64;
        (options.progress)(plaintext.len() as u64);
        output.write_all(plaintext)
    };
    while let Some(piece) = session.next_piece(&mut body)? {
        write(opener.push(piece.as_ref())?)?;
    }
    write(&opener.finish()?)?;
    output.commit()?;
    Ok(OpenedObject { plaintext_bytes, envelope })
}
