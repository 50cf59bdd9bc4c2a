//! Answers as bytes: outputs, and faults in the one error form of the JSON API.

use crate::fault::Fault;
use crate::figures::OperationNumber;
use crate::quota::Sending;
use crate::received::Response;
use strongroom_api::{Answer, CONTENT_TYPE, ErrorCode};
use strongroom_types::WipedBytes;

/// An output.
pub(crate) fn output(output: &impl Answer) -> Response {
    match output.body() {
        Ok(body) => Response {
            status: 200,
            content_type: Some(CONTENT_TYPE),
            error: None,
            body,
            sending: Sending::Now,
            operation: OperationNumber::NONE,
        },
        Err(error) => {
            tracing::error!(%error, "an output could not be written");
            fault(&Fault::Internal("The answer could not be written."), &[])
        }
    }
}

/// A fault: `{"__type":NAME,"message":TEXT}`; the text's member is left out when there is none.
pub(crate) fn fault(fault: &Fault, modelled: &[ErrorCode]) -> Response {
    let wire = fault.wire(modelled);
    let mut body = serde_json::Map::new();
    body.insert("__type".to_owned(), wire.name.into());
    if let Some(text) = &wire.text {
        body.insert(wire.member().to_owned(), text.as_str().into());
    }
    Response {
        status: wire.status,
        content_type: Some(CONTENT_TYPE),
        error: Some(wire.name),
        body: WipedBytes::new(serde_json::Value::Object(body).to_string().into_bytes()),
        sending: Sending::Now,
        operation: OperationNumber::NONE,
    }
}
