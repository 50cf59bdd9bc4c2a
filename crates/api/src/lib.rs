//! The wire of the AWS KMS API, JSON 1.1, and of IAM and STS, the query protocol: operations, shapes,
//! constraints and errors.
//!
//! `operation/`, `shape/` and `error_code.rs`, here for KMS and in `iam/`, `sts/` and `query/`, are generated
//! from the pinned service models and checked in. What is written by hand is what they stand on: blobs, times,
//! maps, structures, the constraint checker and the refusals it gives, the JSON and XML of outputs, forms.

mod blob;
mod decode;
mod error_code;
pub mod iam;
mod json;
pub mod operation;
mod pattern;
pub mod query;
mod refusal;
#[cfg(test)]
mod samples;
pub mod shape;
mod structure;
pub mod sts;
mod text_map;
mod time;
mod violations;

pub use blob::{Blob, SensitiveBlob, SensitiveText};
pub use decode::{Constrained, decode_body};
pub use error_code::ErrorCode;
pub use json::{Json, Object, WriteJson};
pub use refusal::Refusal;
pub use text_map::TextMap;
pub use time::Time;
pub use violations::{Path, Shown, Violations};

use strongroom_types::WipedBytes;

/// The prefix of `X-Amz-Target`, before the operation's name.
pub const TARGET_PREFIX: &str = "TrentService.";

/// The content type of requests and answers.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// One operation of the API: its name and what crosses the wire.
pub trait Operation: Send + Sync + 'static {
    /// The operation's name, as in `X-Amz-Target`.
    const NAME: &'static str;
    /// The input, valid by construction. What it serialises to is what an audit record may hold: blobs,
    /// sensitive members and tokens are left out.
    type Input: serde::Serialize + Send + Sync;
    /// The output.
    type Output: Answer + Send + Sync;
    /// The errors that the model lists for it.
    const ERRORS: &'static [ErrorCode];
    /// Reads an input from a JSON body and checks every constraint of the model.
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal>;
}

/// What an operation answers: a JSON object, or nothing at all.
pub trait Answer {
    /// The body of the answer, which may hold secrets.
    fn body(&self) -> Result<WipedBytes, serde_json::Error>;
}

impl<T: WriteJson> Answer for T {
    fn body(&self) -> Result<WipedBytes, serde_json::Error> {
        json::body(self)
    }
}

/// The output of an operation that answers an empty body.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOutput;

/// What every generated file uses.
#[allow(unused_imports, reason = "not every generated file needs every name")]
mod prelude {
    #[cfg(test)]
    pub(crate) use crate::samples::{Sample, Samples};
    pub(crate) use crate::structure::Structure;
    pub(crate) use crate::{
        Blob, Constrained, ErrorCode, Json, NoOutput, Operation, Path, Refusal, SensitiveBlob, SensitiveText,
        Shown, TextMap, Time, Violations, WriteJson, decode_body, pattern,
    };
    pub(crate) use serde::{Deserialize, Serialize};
}
