//! IAM and STS on the same port: recognised, authenticated, recorded, and refused in their own XML until they
//! are built.

use crate::authenticate::Authenticated;
use crate::call::Notes;
use crate::encode;
use crate::fault::{Fault, WireError};
use crate::ops::Plane;
use crate::received::{Received, Response};
use crate::recording;
use crate::service::Service;
use strongroom_audit::{Durability, Purpose};
use strongroom_sigv4::AuthError;
use zeroize::Zeroizing;

/// A KMS request that is signed for another service: its signer is known, so it is on the record.
pub(crate) async fn wrong_service(
    service: &Service,
    name: &str,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    let text = "Credential should be scoped to correct service: 'kms'. ".to_owned();
    let fault = Fault::Auth(AuthError::WrongScope(text));
    let Ok(pending) = service.audit().reserve(Purpose::Use) else { return encode::fault(&Fault::Audit, &[]) };
    let facts = recording::Facts { name, plane: Plane::Read, parameters: None };
    let notes = Notes::default();
    let record = recording::assemble(service, received, caller, facts, &notes, Some(&fault.wire(&[])));
    match service.audit().close(pending, &record, Durability::Kernel).await {
        Ok(()) => encode::fault(&fault, &[]),
        Err(_) => encode::fault(&Fault::Audit, &[]),
    }
}

/// Refuses a call whose signer is known.
pub(crate) async fn refuse(service: &Service, received: &Received<'_>, caller: &Authenticated) -> Response {
    let action = action(received.body);
    let text = format!("{action} is not supported by this version of Strongroom.");
    let Ok(pending) = service.audit().reserve(Purpose::Use) else {
        return answer(received, 500, "Receiver", "ServiceFailure", "The audit record cannot be written.");
    };
    let error = WireError { name: "InvalidAction", status: 400, text: Some(text.clone()) };
    let notes = Notes::default();
    let record = recording::query_record(service, received, caller, &notes, &action, &error);
    if service.audit().close(pending, &record, Durability::Kernel).await.is_err() {
        return answer(received, 500, "Receiver", "ServiceFailure", "The audit record cannot be written.");
    }
    answer(received, 400, "Sender", "InvalidAction", &text)
}

/// A fault of authentication, in XML and with the query protocol's names.
pub(crate) fn fault(received: &Received<'_>, fault: &Fault) -> Response {
    let wire = fault.wire(&[]);
    let code = match wire.name {
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "UnrecognizedClientException" => "InvalidClientTokenId",
        "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
        "IncompleteSignatureException" => "IncompleteSignature",
        _ => "ServiceFailure",
    };
    let (status, side) = if code == "ServiceFailure" { (500, "Receiver") } else { (403, "Sender") };
    answer(received, status, side, code, wire.text.as_deref().unwrap_or_default())
}

/// The `Action` of a form-encoded body, if it is a plain word.
fn action(body: &[u8]) -> String {
    let fields = body.split(|b| *b == b'&');
    let value = fields.filter_map(|field| field.strip_prefix(b"Action=")).next().unwrap_or_default();
    let plain = !value.is_empty() && value.len() <= 128 && value.iter().all(u8::is_ascii_alphanumeric);
    if plain { String::from_utf8_lossy(value).into_owned() } else { "The action".to_owned() }
}

fn answer(received: &Received<'_>, status: u16, side: &str, code: &'static str, text: &str) -> Response {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let id = received.request_id;
    let body = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>{side}</Type>\
         <Code>{code}</Code><Message>{text}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>\n"
    );
    Response {
        status,
        content_type: Some("text/xml"),
        error: Some(code),
        body: Zeroizing::new(body.into_bytes()),
    }
}
