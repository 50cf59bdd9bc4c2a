//! Single calls to S3: metadata, objects, instruction files.

use super::attempts::Attempts;
use super::error::{StoreError, causes, is_denied, is_missing, is_precondition, store_error};
use super::session::Session;
use super::url::ObjectUrl;
use crate::error::EnvelopeError;
use crate::message::begins_message;
use crate::s3::{
    Envelope, Found, INSTRUCTION_FILE_MARK, Pairs, S3FormatError, decode_metadata_value,
    parse_instruction_file, parse_object,
};
use aws_sdk_s3::primitives::ByteStream;
use std::collections::HashMap;

/// The longest instruction file that is read, in bytes. Contexts are short; 8 KiB is KMS's own limit.
const INSTRUCTION_FILE_BYTES_MAX: usize = 64 << 10;

/// The bytes of a small object, and the name of the version of it that was read.
type Version = (Vec<u8>, Option<String>);

/// What HEAD says of an object.
pub(super) struct Head {
    /// User metadata, decoded.
    pub(super) metadata: Pairs,
    /// Length of the object, in bytes.
    pub(super) object_bytes: u64,
    /// Names this version of the object.
    pub(super) e_tag: Option<String>,
}

/// An object being read.
pub(super) struct Body {
    /// User metadata, decoded.
    pub(super) metadata: Pairs,
    /// Length of what comes, in bytes, where the service says it.
    pub(super) bytes: Option<u64>,
    /// Names this version of the object.
    pub(super) e_tag: Option<String>,
    stream: ByteStream,
}

/// When an object may be written.
#[derive(Clone, Copy)]
pub(super) enum WriteIf<'a> {
    /// Whatever is there.
    Always,
    /// There is none.
    Absent,
    /// It is still this version.
    Unchanged(&'a str),
}

fn decoded(metadata: Option<HashMap<String, String>>) -> Pairs {
    let pairs = metadata.unwrap_or_default().into_iter();
    pairs.map(|(name, value)| (name.to_ascii_lowercase(), decode_metadata_value(&value))).collect()
}

fn length(operation: &'static str, bytes: Option<i64>) -> Result<u64, StoreError> {
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .ok_or(StoreError::Answer { operation, what: "the object's length" })
}

/// `NoSuchObject` with the object's name, where that is what the service says.
fn named(url: &ObjectUrl, error: StoreError) -> StoreError {
    if is_missing(&error) { StoreError::NoSuchObject(url.to_string()) } else { error }
}

impl Session {
    pub(super) fn head(&self, url: &ObjectUrl) -> Result<Head, StoreError> {
        let operation = "HeadObject";
        let call = self.client().head_object().bucket(url.bucket()).key(url.key()).send();
        let said = self.wait(call).map_err(|e| named(url, store_error(operation, &e)))?;
        Ok(Head {
            object_bytes: length(operation, said.content_length)?,
            metadata: decoded(said.metadata),
            e_tag: said.e_tag,
        })
    }

    /// Whether there is an object. A caller who may write and not read gets `false`: S3 then says it at the end.
    pub(super) fn exists(&self, url: &ObjectUrl) -> Result<bool, StoreError> {
        match self.head(url) {
            Ok(_) => Ok(true),
            Err(StoreError::NoSuchObject(_)) => Ok(false),
            Err(error) if is_denied(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Begins to read an object, all of it or the bytes of a Range header, of a certain version or of any.
    pub(super) fn get(
        &self,
        url: &ObjectUrl,
        range: Option<String>,
        e_tag: Option<&str>,
    ) -> Result<Body, StoreError> {
        let call = self
            .client()
            .get_object()
            .bucket(url.bucket())
            .key(url.key())
            .set_range(range)
            .set_if_match(e_tag.map(str::to_owned))
            .send();
        let said = self.wait(call).map_err(|e| match store_error("GetObject", &e) {
            error if is_precondition(&error) => StoreError::ObjectChanged(url.to_string()),
            error => named(url, error),
        })?;
        Ok(Body {
            metadata: decoded(said.metadata),
            bytes: said.content_length.and_then(|bytes| u64::try_from(bytes).ok()),
            e_tag: said.e_tag,
            stream: said.body,
        })
    }

    /// The next piece of an object; `None` at its end.
    pub(super) fn next_piece(&self, body: &mut Body) -> Result<Option<impl AsRef<[u8]> + use<>>, StoreError> {
        let piece = self.wait(body.stream.try_next());
        piece.map_err(|error| StoreError::Interrupted(causes(&error)))
    }

    /// Writes an object; gives the name of this version of it.
    pub(super) fn put(
        &self,
        url: &ObjectUrl,
        bytes: Vec<u8>,
        metadata: &Pairs,
        condition: WriteIf<'_>,
        attempts: &Attempts,
    ) -> Result<Option<String>, StoreError> {
        let call = self
            .client()
            .put_object()
            .bucket(url.bucket())
            .key(url.key())
            .set_metadata(Some(metadata.clone().into_iter().collect()))
            .body(ByteStream::from(bytes));
        let call = match condition {
            WriteIf::Always => call,
            WriteIf::Absent => call.if_none_match("*"),
            WriteIf::Unchanged(e_tag) => call.if_match(e_tag),
        };
        let said = self.wait(call.customize().interceptor(attempts.clone()).send());
        let said = said.map_err(|e| store_error("PutObject", &e));
        said.map(|said| said.e_tag).map_err(|error| condition_error(url, condition, error))
    }

    pub(super) fn delete(&self, url: &ObjectUrl) -> Result<(), StoreError> {
        let call = self.client().delete_object().bucket(url.bucket()).key(url.key()).send();
        self.wait(call).map(|_| ()).map_err(|e| store_error("DeleteObject", &e))
    }

    /// Everything that is needed to open an object but a key: from its metadata, or its instruction file.
    pub(super) fn envelope(
        &self,
        url: &ObjectUrl,
        metadata: &Pairs,
        suffix: &str,
    ) -> Result<Envelope, EnvelopeError> {
        match parse_object(metadata)? {
            Found::Whole(envelope) => Ok(envelope),
            found => {
                let (json, _) = self.instruction_file(url, suffix, &found)?;
                Ok(parse_instruction_file(found, &json)?)
            }
        }
    }

    /// The instruction file of an object and the version of it that was read.
    pub(super) fn instruction_file(
        &self,
        url: &ObjectUrl,
        suffix: &str,
        found: &Found,
    ) -> Result<Version, EnvelopeError> {
        let file = url.with_suffix(suffix);
        match self.read_instruction_file(&file)? {
            Some(read) => Ok(read),
            None if *found == Found::Nothing && self.begins_message(url) => {
                Err(S3FormatError::IsMessage(url.to_string()).into())
            }
            None if *found == Found::Nothing => Err(S3FormatError::NotEncrypted(file.to_string()).into()),
            None => Err(StoreError::NoInstructionFile(file.to_string()).into()),
        }
    }

    /// Whether an object is a message of the AWS Encryption SDK, by its first bytes. One that cannot be read is none.
    fn begins_message(&self, url: &ObjectUrl) -> bool {
        let Ok(mut body) = self.get(url, Some("bytes=0-3".to_owned()), None) else { return false };
        let mut first = Vec::new();
        while first.len() < 4 {
            let Ok(Some(piece)) = self.next_piece(&mut body) else { break };
            first.extend_from_slice(piece.as_ref());
        }
        begins_message(&first)
    }

    /// An instruction file by its own name and the version of it that was read; `None` if there is none.
    pub(super) fn read_instruction_file(&self, file: &ObjectUrl) -> Result<Option<Version>, EnvelopeError> {
        let mut body = match self.get(file, None, None) {
            Err(StoreError::NoSuchObject(_)) => return Ok(None),
            other => other?,
        };
        let mut json = Vec::new();
        while let Some(piece) = self.next_piece(&mut body)? {
            json.extend_from_slice(piece.as_ref());
            if json.len() > INSTRUCTION_FILE_BYTES_MAX {
                return Err(S3FormatError::InstructionFile("is longer than 64 KiB").into());
            }
        }
        Ok(Some((json, body.e_tag)))
    }

    /// Writes an instruction file; gives the name of this version of it. A failure is none if the file is there: the
    /// answer to an attempt that succeeded was lost.
    pub(super) fn put_instruction_file(
        &self,
        file: &ObjectUrl,
        json: Vec<u8>,
        condition: WriteIf<'_>,
    ) -> Result<Option<String>, StoreError> {
        let mark = Pairs::from([(INSTRUCTION_FILE_MARK.to_owned(), String::new())]);
        let put = self.put(file, json.clone(), &mark, condition, &Attempts::default());
        put.or_else(|error| match self.read_instruction_file(file) {
            Ok(Some((there, e_tag))) if there == json => Ok(e_tag),
            _ => Err(error),
        })
    }
}

/// What a condition that does not hold means to whoever asked for it.
pub(super) fn condition_error(url: &ObjectUrl, condition: WriteIf<'_>, error: StoreError) -> StoreError {
    match condition {
        WriteIf::Absent if is_precondition(&error) => StoreError::ObjectExists(url.to_string()),
        WriteIf::Unchanged(_) if is_precondition(&error) => StoreError::ObjectChanged(url.to_string()),
        _ => error,
    }
}
