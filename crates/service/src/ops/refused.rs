//! Calls of KMS that no operation serves: those to operations of the model that are not built yet, refused by name, so that
//! nobody takes silence for success (docs/order-of-checks.md, C2a), and those that are signed for another service (B15).

use super::plane;
use crate::authenticate::Authenticated;
use crate::call::Notes;
use crate::encode;
use crate::fault::Fault;
use crate::received::{Received, Response};
use crate::recording;
use crate::service::Service;
use strongroom_audit::{Durability, Purpose};
use strongroom_sigv4::AuthError;

/// Refuses with `UnsupportedOperationException`.
pub(crate) async fn unbuilt(
    service: &Service,
    name: &str,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    let text = format!("{name} is not supported by this version of Strongroom.");
    refuse(service, name, received, caller, Fault::Unsupported(Some(text))).await
}

/// Refuses a request whose signature is for another service.
pub(crate) async fn wrong_service(
    service: &Service,
    name: &str,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    let text = "Credential should be scoped to correct service: 'kms'. ".to_owned();
    refuse(service, name, received, caller, Fault::Auth(AuthError::WrongScope(text))).await
}

/// Its signer is known, so it is on the record, and counts: a caller that is too fast is told so as in any other call.
async fn refuse(
    service: &Service,
    name: &str,
    received: &Received<'_>,
    caller: &Authenticated,
    why: Fault,
) -> Response {
    let Ok(pending) = service.audit().reserve(Purpose::Use) else { return encode::fault(&Fault::Audit, &[]) };
    let admitted = service.quotas().admit(caller.caller(), caller.service(), name, caller.at());
    let fault = admitted.err().unwrap_or(why);
    let stamps = recording::Stamps::new(service, received.request_id, service.clock().now());
    let facts = recording::Facts { name, plane: plane(name), stamps: &stamps, parameters: None };
    let notes = Notes::default();
    let record = recording::assemble(service, received, caller, facts, &notes, Some(&fault.wire(&[])));
    match service.audit().close(pending, &record, Durability::Kernel).await {
        Ok(()) => {
            let sending = service.quotas().sending(caller.account(), &fault);
            Response { sending, ..encode::fault(&fault, &[]) }
        }
        Err(_) => encode::fault(&Fault::Audit, &[]),
    }
}
