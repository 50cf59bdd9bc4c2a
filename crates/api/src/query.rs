//! The query protocol that IAM and STS speak: form-encoded in, XML out.
//!
//! `form` reads a body or a query string into names and values, `place` reads an operation's members out of
//! them, `xml` writes outputs, `body` frames answers and errors. `error_code` is generated.

mod body;
mod error_code;
mod form;
mod place;
mod refusal;
mod service;
mod xml;

pub use body::{answer, error_body};
pub use error_code::QueryErrorCode;
pub use form::{Form, PARAMETERS_MAX};
pub use refusal::{QueryRefusal, Side};
pub use service::QueryService;
pub use xml::{WriteXml, Xml};

use crate::{Constrained, Path, Violations};

/// The content type of a request's body, before any parameter.
pub const CONTENT_TYPE_IN: &str = "application/x-www-form-urlencoded";

/// The content type of answers and errors.
pub const CONTENT_TYPE_OUT: &str = "text/xml";

/// One operation of IAM or STS: its name and what crosses the wire.
pub trait QueryOperation: Send + Sync + 'static {
    /// Whose operation it is.
    const SERVICE: QueryService;
    /// The operation's name, as in `Action`.
    const NAME: &'static str;
    /// The element around the output; an operation without output has none.
    const RESULT: Option<&'static str>;
    /// The input, valid by construction. What it serialises to is what an audit record may hold: secrets are
    /// left out.
    type Input: serde::Serialize + Send + Sync;
    /// The output.
    type Output: WriteXml + Send + Sync;
    /// The errors that the model lists for it.
    const ERRORS: &'static [QueryErrorCode];
    /// Reads an input from a form and checks every constraint of the model.
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal>;
}

/// Reads an input and checks it. Parameters that no member names are ignored.
pub(crate) fn decode_form<R>(form: &Form) -> Result<R::Valid, QueryRefusal>
where
    R: Constrained + place::FromForm,
{
    let raw = R::from_form(&place::Place::root(form))?.unwrap_or_default();
    let mut violations = Violations::without_values();
    raw.check(Path::Root, &mut violations);
    match violations.text() {
        None => Ok(raw.build()),
        Some(text) => Err(QueryRefusal::Validation(text)),
    }
}

/// What every generated file uses.
#[allow(unused_imports, reason = "not every generated file needs every name")]
pub(crate) mod prelude {
    pub(crate) use super::place::{FromForm, Place};
    pub(crate) use super::{
        Form, QueryErrorCode, QueryOperation, QueryRefusal, QueryService, WriteXml, Xml, decode_form,
    };
    pub(crate) use crate::{
        Blob, Constrained, NoOutput, Path, SensitiveBlob, SensitiveText, Shown, Time, Violations, pattern,
    };
    pub(crate) use serde::Serialize;
    pub(crate) use std::collections::BTreeMap;
}

#[cfg(test)]
mod tests;
