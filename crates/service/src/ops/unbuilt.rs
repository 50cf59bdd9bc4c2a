//! Operations of the model that are not built yet: refused by name, so that nobody takes silence for success
//! (docs/order-of-checks.md, C2a).

use super::plane;
use crate::authenticate::Authenticated;
use crate::call::Notes;
use crate::encode;
use crate::fault::Fault;
use crate::received::{Received, Response};
use crate::recording;
use crate::service::Service;
use strongroom_audit::{Durability, Purpose};

/// Refuses with `UnsupportedOperationException`; a caller that is too fast as any other call of its.
pub(crate) async fn serve(
    service: &Service,
    name: &str,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    let Ok(pending) = service.audit().reserve(Purpose::Use) else { return encode::fault(&Fault::Audit, &[]) };
    let admitted = service.quotas().admit(caller.caller(), caller.service(), name, caller.at());
    let unsupported =
        || Fault::Unsupported(Some(format!("{name} is not supported by this version of Strongroom.")));
    let fault = admitted.err().unwrap_or_else(unsupported);
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
