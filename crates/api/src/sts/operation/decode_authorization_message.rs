//! `DecodeAuthorizationMessage`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DecodeAuthorizationMessage`.
#[derive(Clone, Copy, Debug)]
pub struct DecodeAuthorizationMessage;

/// Input of `DecodeAuthorizationMessage`.
#[derive(Clone, Debug, Serialize)]
pub struct DecodeAuthorizationMessageInput {
    /// `EncodedMessage`, 1 to 10240 long.
    #[serde(rename = "encodedMessage")]
    pub encoded_message: String,
}

#[derive(Default)]
pub(crate) struct RawDecodeAuthorizationMessageInput {
    encoded_message: Option<String>,
}

impl FromForm for RawDecodeAuthorizationMessageInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { encoded_message: at.member("EncodedMessage")? }))
    }
}

impl Constrained for RawDecodeAuthorizationMessageInput {
    type Valid = DecodeAuthorizationMessageInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("encodedMessage");
        violations.required(at, self.encoded_message.is_some());
        if let Some(value) = &self.encoded_message {
            violations.characters(at, Shown::Text(value), value, 1, 10240);
        }
    }
    fn build(self) -> DecodeAuthorizationMessageInput {
        DecodeAuthorizationMessageInput { encoded_message: self.encoded_message.unwrap_or_default() }
    }
}

/// Output of `DecodeAuthorizationMessage`.
#[derive(Clone, Debug, Default)]
pub struct DecodeAuthorizationMessageOutput {
    /// `DecodedMessage`.
    pub decoded_message: Option<String>,
}

impl WriteXml for DecodeAuthorizationMessageOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("DecodedMessage", self.decoded_message.as_ref());
    }
}

impl QueryOperation for DecodeAuthorizationMessage {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "DecodeAuthorizationMessage";
    const RESULT: Option<&'static str> = Some("DecodeAuthorizationMessageResult");
    type Input = DecodeAuthorizationMessageInput;
    type Output = DecodeAuthorizationMessageOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::InvalidAuthorizationMessageException];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDecodeAuthorizationMessageInput>(form)
    }
}
