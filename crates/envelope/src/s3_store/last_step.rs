//! The last step of sealing: the instruction file, if there is one, and then the object.
//!
//! A failure is not believed before the object was looked at: the answer to an attempt that succeeded may have been lost, and
//! what follows an attempt that failed would take the data key from an object that is there. Who may not look believes a
//! refusal of the only attempt. A file whose object did not come to be becomes what it was.

use super::attempts::Attempts;
use super::error::{StoreError, is_beyond_end, is_not_written};
use super::objects::WriteIf;
use super::session::Session;
use super::url::ObjectUrl;
use crate::error::EnvelopeError;
use crate::s3::{Written, decode_metadata_value};
use strongroom_streaming_gcm::TAG_BYTES;

/// What is to appear in the bucket.
pub(super) struct LastStep<'a> {
    /// The connection.
    pub(super) session: &'a Session,
    /// The object.
    pub(super) url: &'a ObjectUrl,
    /// What is behind the object's key for its instruction file.
    pub(super) instruction_suffix: &'a str,
    /// Whether an object of that name is replaced.
    pub(super) replace: bool,
    /// Its metadata, and the instruction file.
    pub(super) written: &'a Written,
    /// Its last bytes.
    pub(super) tag: [u8; TAG_BYTES],
}

/// An instruction file that was written.
struct File {
    url: ObjectUrl,
    /// What it said before, if it was there.
    before: Option<Vec<u8>>,
    /// Names the version that was written.
    e_tag: Option<String>,
}

impl LastStep<'_> {
    /// Writes both; `object` writes the object, and has its attempts counted.
    pub(super) fn write(
        &self,
        object: impl FnOnce(WriteIf<'static>, &Attempts) -> Result<(), StoreError>,
    ) -> Result<(), EnvelopeError> {
        let _finished_before_a_signal_ends_it = self.session.wait(self.session.uploads().last_step());
        let condition = if self.replace { WriteIf::Always } else { WriteIf::Absent };
        let json = self.written.instruction_file.as_deref();
        let file = json.map(|json| self.write_file(json)).transpose()?;
        let attempts = Attempts::default();
        let Err(error) = object(condition, &attempts) else { return Ok(()) };
        let refused = is_not_written(&error) && attempts.one_at_most();
        match (self.is_there(), file) {
            (Ok(true), _) => Ok(()),
            (Ok(false), Some(file)) => Err(self.put_back(file, error).into()),
            (Err(_), Some(file)) if refused => Err(self.put_back(file, error).into()),
            (Err(_), Some(file)) => Err(self.undecided(file, &error).into()),
            (_, None) => Err(error.into()),
        }
    }

    /// Whether the object in the bucket is the one that was to be written: no other has its pairs and its tag.
    fn is_there(&self) -> Result<bool, StoreError> {
        let mut body = match self.session.get(self.url, Some(format!("bytes=-{TAG_BYTES}")), None) {
            Err(StoreError::NoSuchObject(_)) => return Ok(false),
            Err(error) if is_beyond_end(&error) => return Ok(false),
            other => other?,
        };
        let has = |(name, value): (&String, &String)| {
            body.metadata.get(name).is_some_and(|found| *found == decode_metadata_value(value))
        };
        if !self.written.object.iter().all(has) {
            return Ok(false);
        }
        let mut end = Vec::new();
        while let Some(piece) = self.session.next_piece(&mut body)? {
            end.extend_from_slice(piece.as_ref());
            if end.len() > TAG_BYTES {
                return Err(StoreError::Answer {
                    operation: "GetObject",
                    what: "the range that was asked for",
                });
            }
        }
        Ok(end == self.tag)
    }

    /// Writes the instruction file over what is there, if that may be replaced, and keeps it in mind.
    fn write_file(&self, json: &str) -> Result<File, EnvelopeError> {
        let url = self.url.with_suffix(self.instruction_suffix);
        let before = if self.replace { self.session.read_instruction_file(&url)? } else { None };
        let condition = match &before {
            None => WriteIf::Absent,
            Some((_, Some(e_tag))) => WriteIf::Unchanged(e_tag),
            Some((_, None)) => WriteIf::Always,
        };
        let put = self.session.put_instruction_file(&url, json.as_bytes().to_vec(), condition);
        let before = before.map(|(json, _)| json);
        match put {
            Ok(e_tag) => Ok(File { url, before, e_tag }),
            Err(error) => Err(self.not_written(&url, before, error)),
        }
    }

    /// Why the instruction file was not written; with what it said before, if nobody knows what it says now.
    fn not_written(&self, file: &ObjectUrl, before: Option<Vec<u8>>, error: StoreError) -> EnvelopeError {
        match (before, self.session.read_instruction_file(file)) {
            (Some(before), Err(unknown)) => self.lost(file, &before, &error, &unknown).into(),
            _ => error.into(),
        }
    }

    /// Makes the instruction file what it was.
    fn put_back(&self, file: File, error: StoreError) -> StoreError {
        let Some(before) = file.before else {
            let _ = self.session.delete(&file.url);
            return error;
        };
        let condition = file.e_tag.as_deref().map_or(WriteIf::Always, WriteIf::Unchanged);
        match self.session.put_instruction_file(&file.url, before.clone(), condition) {
            Ok(_) => error,
            Err(failed) => self.lost(&file.url, &before, &error, &failed.into()),
        }
    }

    fn lost(
        &self,
        file: &ObjectUrl,
        before: &[u8],
        cause: &StoreError,
        restoring: &EnvelopeError,
    ) -> StoreError {
        StoreError::NotPutBack {
            object: self.url.to_string(),
            file: file.to_string(),
            cause: format!("{cause}; {restoring}"),
            before: text(before),
        }
    }

    fn undecided(&self, file: File, error: &StoreError) -> StoreError {
        StoreError::Undecided {
            object: self.url.to_string(),
            file: file.url.to_string(),
            cause: error.to_string(),
            before: file.before.as_deref().map(text),
        }
    }
}

fn text(json: &[u8]) -> String {
    String::from_utf8_lossy(json).into_owned()
}
