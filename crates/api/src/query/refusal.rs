//! Why a form is refused before any operation runs, and whose fault an error is.

use super::QueryErrorCode;

/// Whose fault an error is, as its `Type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller's.
    Sender,
    /// Ours.
    Receiver,
}

impl Side {
    /// The text of `Type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "Sender",
            Self::Receiver => "Receiver",
        }
    }
}

/// A form that cannot be read, asks for nothing that exists, or breaks a constraint of the model. No text
/// echoes a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryRefusal {
    /// `MalformedQueryString`: the body or the query string is not form-encoded UTF-8, or a name comes twice.
    MalformedQueryString(&'static str),
    /// `MalformedInput`: a member that is not of its type, or a list that is not numbered 1, 2, 3.
    MalformedInput(String),
    /// `MissingAction`: the form names no operation.
    MissingAction,
    /// `InvalidAction`: no such operation in that version.
    InvalidAction {
        /// The operation's name; empty if it is not a plain word.
        action: String,
        /// The version; empty if it is not a date.
        version: String,
    },
    /// `ValidationError`, with the text that names each violation.
    Validation(String),
}

impl QueryRefusal {
    /// The error's code.
    pub fn code(&self) -> QueryErrorCode {
        match self {
            Self::MalformedQueryString(_) => QueryErrorCode::MalformedQueryString,
            Self::MalformedInput(_) => QueryErrorCode::MalformedInput,
            Self::MissingAction => QueryErrorCode::MissingAction,
            Self::InvalidAction { .. } => QueryErrorCode::InvalidAction,
            Self::Validation(_) => QueryErrorCode::ValidationError,
        }
    }

    /// The text that goes with it.
    pub fn text(&self) -> String {
        match self {
            Self::MalformedQueryString(text) => (*text).to_owned(),
            Self::MalformedInput(text) | Self::Validation(text) => text.clone(),
            Self::MissingAction => "The request is missing an Action parameter.".to_owned(),
            Self::InvalidAction { action, version } => {
                format!("Could not find operation {action} for version {version}")
            }
        }
    }
}
