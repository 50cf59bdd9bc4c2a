//! Why S3 did not do what was asked.

pub(super) use crate::causes::causes;
use crate::causes::said;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// A call to S3 that failed, or an answer that is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// S3 answered with an error.
    #[error("S3 refused {operation}: {code}{}", said(.message))]
    Refused {
        /// The operation of S3.
        operation: &'static str,
        /// The error's name, e.g. `AccessDenied`, or the HTTP status where S3 gives no name.
        code: String,
        /// The service's text; empty if it has none.
        message: String,
    },
    /// There was no answer: no credentials, no connection, a certificate nobody vouches for, a timeout.
    #[error("cannot call S3 {operation}: {cause}")]
    Unreachable {
        /// The operation of S3.
        operation: &'static str,
        /// The chain of causes.
        cause: String,
    },
    /// There is no such object.
    #[error("{0}: there is no such object")]
    NoSuchObject(String),
    /// The object exists and must not be replaced.
    #[error("{0} exists already")]
    ObjectExists(String),
    /// The object was written between two calls.
    #[error("{0} was changed by somebody else meanwhile; nothing was done")]
    ObjectChanged(String),
    /// The answer lacks what it must have.
    #[error("S3 answered {operation} without {what}")]
    Answer {
        /// The operation of S3.
        operation: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// The connection ended inside an object.
    #[error("the connection to S3 ended early: {0}")]
    Interrupted(String),
    /// An output that cannot be taken back.
    #[error(
        "an S3 object is authentic only when all of it was read: give a file by -o, or --release-unverified to write \
         to a pipe before that"
    )]
    Unverified,
    /// The data key is in the object's metadata, which S3 does not let change.
    #[error(
        "{0} has its data key in its metadata, which cannot be changed without writing the object again: open and \
         seal it; objects sealed with --instruction-file can be rewrapped"
    )]
    KeyOnObject(String),
    /// V3 content whose instruction file is missing.
    #[error("{0}: the instruction file with the object's data key does not exist")]
    NoInstructionFile(String),
    /// The last step of sealing may have succeeded unheard, and S3 does not say whether the object is there.
    #[error(
        "whether {object} was written is not known ({cause}); {file} stays, which has the data key of the new object{}",
        held(.before.as_deref())
    )]
    Undecided {
        /// The object.
        object: String,
        /// Its instruction file.
        file: String,
        /// Why it is not known.
        cause: String,
        /// What the instruction file said of the object that was to be replaced.
        before: Option<String>,
    },
    /// An object was not replaced, and its instruction file may have been.
    #[error(
        "{object} was not replaced, and its instruction file {file} could not be put back ({cause}){}",
        held(Some(.before.as_str()))
    )]
    NotPutBack {
        /// The object.
        object: String,
        /// Its instruction file.
        file: String,
        /// Why the object was not replaced, and why the file is not as it was.
        cause: String,
        /// What the instruction file said.
        before: String,
    },
}

/// The old instruction file in full: without it nobody opens the old object. Nothing in it is secret.
fn held(before: Option<&str>) -> String {
    let text = |json: &str| {
        format!("; the old object, if it is there, opens only with what the file had before: {json}")
    };
    before.map(text).unwrap_or_default()
}

/// Code and text of the service where it answered, else the chain of causes on one line.
pub(super) fn store_error<E>(operation: &'static str, error: &SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(service) = error.as_service_error() {
        // An answer to HEAD has no body, so it has a status and nothing else.
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = service.code().map(str::to_owned).or(status.map(|status| status.to_string()));
        let message = service.message().unwrap_or_default().to_owned();
        return StoreError::Refused { operation, code: code.unwrap_or_default(), message };
    }
    StoreError::Unreachable { operation, cause: causes(error) }
}

/// Whether the service says that a condition of the request does not hold: somebody else was there.
pub(super) fn is_precondition(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused { code, .. }
        if ["PreconditionFailed", "ConditionalRequestConflict", "412", "409"].contains(&code.as_str()))
}

/// Whether the service says that the caller may not do it.
pub(super) fn is_denied(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused { code, .. } if ["AccessDenied", "403"].contains(&code.as_str()))
}

/// Whether the service says that it wrote nothing: the caller may not, or another object is there.
pub(super) fn is_not_written(error: &StoreError) -> bool {
    is_denied(error) || matches!(error, StoreError::ObjectExists(_))
}

/// Whether the service says that the object does not have so many bytes.
pub(super) fn is_beyond_end(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused { code, .. } if ["InvalidRange", "416"].contains(&code.as_str()))
}

/// Whether the service says that there is no such object.
pub(super) fn is_missing(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused { code, .. } if ["NoSuchKey", "NotFound", "404"].contains(&code.as_str()))
}

/// Whether the service says that there is no such multipart upload.
pub(super) fn is_no_upload(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused { code, .. } if ["NoSuchUpload", "NotFound", "404"].contains(&code.as_str()))
}
