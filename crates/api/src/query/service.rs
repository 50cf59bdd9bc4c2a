//! The two services of the query protocol, and which operation a form asks for.

use super::{Form, QueryRefusal};

/// The longest operation name that is read; the longest of the models has 39 letters.
const ACTION_CHARS_MAX: usize = 128;

/// A service of the query protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueryService {
    /// Identity and Access Management.
    Iam,
    /// The Security Token Service.
    Sts,
}

impl QueryService {
    /// The namespace of its XML.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// The `Version` that a request names.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// Its name in a signature's credential scope and before the colon of an action.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    /// The service of a signature's credential scope.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        [Self::Iam, Self::Sts].into_iter().find(|service| service.signing_name() == name)
    }

    /// The operation that the form asks for: a plain word, and this service's version beside it.
    pub fn action(self, form: &Form) -> Result<&str, QueryRefusal> {
        let action = form.get("Action").filter(|action| !action.is_empty());
        let action = action.ok_or(QueryRefusal::MissingAction)?;
        let plain = action.len() <= ACTION_CHARS_MAX && action.bytes().all(|b| b.is_ascii_alphanumeric());
        match form.get("Version") {
            Some(version) if plain && version == self.version() => Ok(action),
            version => {
                let action = if plain { action } else { "" };
                Err(refused(action, version.filter(|v| is_date(v)).unwrap_or_default()))
            }
        }
    }

    /// The refusal of an operation that the service does not have.
    pub fn unknown_action(self, action: &str) -> QueryRefusal {
        refused(action, self.version())
    }
}

fn refused(action: &str, version: &str) -> QueryRefusal {
    QueryRefusal::InvalidAction { action: action.to_owned(), version: version.to_owned() }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}
