//! Why an input is refused before any operation runs.

use crate::ErrorCode;

/// A body that cannot be read, or that breaks a constraint of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `SerializationException`: not a JSON object, or a member of the wrong type. Never echoes content.
    Serialization(Option<String>),
    /// `ValidationException`, with the text that names each violation.
    Validation(String),
}

impl Refusal {
    /// The error's name.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Serialization(_) => ErrorCode::Serialization,
            Self::Validation(_) => ErrorCode::Validation,
        }
    }

    /// The text that goes with it, if any.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Serialization(text) => text.as_deref(),
            Self::Validation(text) => Some(text),
        }
    }
}
