//! What a call was answered, and what it should have been.

use serde_json::Value;
use strongroom_service::Response;

/// An answer; an empty body is `null`.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) error: Option<&'static str>,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn of(response: Response) -> Self {
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status: response.status, error: response.error, body, text }
    }

    /// The output of a call that succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!((self.status, self.error), (200, None), "{}", self.text);
        self.body
    }

    /// The success of an operation without output: a body of no bytes.
    #[track_caller]
    pub(crate) fn empty(self) {
        assert_eq!((self.status, self.error, self.text.as_str()), (200, None, ""));
    }

    /// A refusal of this name with exactly this text; with none, the member is left out.
    #[track_caller]
    pub(crate) fn refused<'a>(self, name: &str, text: impl Into<Option<&'a str>>) {
        self.is_refusal(name);
        assert_eq!(self.message(name), text.into(), "{}", self.text);
    }

    /// A refusal of this name whose text has this in it.
    #[track_caller]
    pub(crate) fn refused_with(self, name: &str, part: &str) {
        self.is_refusal(name);
        assert!(self.message(name).is_some_and(|text| text.contains(part)), "{part}\n{}", self.text);
    }

    #[track_caller]
    fn is_refusal(&self, name: &str) {
        let status = match name {
            "KMSInternalException" | "KeyUnavailableException" => 500,
            "DependencyTimeoutException" => 503,
            _ => 400,
        };
        let named = self.body["__type"].as_str();
        assert_eq!((self.status, self.error, named), (status, Some(name), Some(name)), "{}", self.text);
    }

    /// The text, under the one spelling that the error's member has.
    fn message(&self, name: &str) -> Option<&str> {
        let spelled = match name {
            "AccessDeniedException" | "SerializationException" => "Message",
            _ => "message",
        };
        let members = self.body.as_object()?;
        assert!(members.keys().all(|member| member == "__type" || member == spelled), "{}", self.text);
        members.get(spelled)?.as_str()
    }
}
