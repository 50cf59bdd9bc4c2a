//! The line itself: from a whole request to its answer, one direction only.

use crate::authenticate::Authenticated;
use crate::call::{Call, Notes};
use crate::encode;
use crate::fault::Fault;
use crate::ops::{self, Behaviour, Plane};
use crate::query;
use crate::received::{Received, Response};
use crate::recording;
use crate::release::{self, Released};
use crate::route::{Route, route};
use crate::service::Service;
use crate::state::CommitFault;
use std::sync::{Mutex, PoisonError};
use strongroom_audit::{Durability, Pending, Purpose};

/// How often a call is decided anew because the state changed under it.
const TRIES_MAX: usize = 16;

impl Service {
    /// Serves one request. Never fails: every fault is an answer.
    pub async fn serve(&self, received: &Received<'_>) -> Response {
        let route = match route(received) {
            Ok(route) => route,
            Err(response) => return response,
        };
        let snapshot = self.snapshot();
        let now = self.clock().now();
        let caller = self.authenticator().authenticate(received, &snapshot, self.vault(), now).await;
        drop(snapshot);
        if let Err(fault) = &caller {
            self.strangers().note(received, fault, now);
        }
        match (route, caller) {
            (Route::Kms(name), Ok(caller)) if caller.service() == "kms" => {
                ops::serve(self, &name, received, &caller).await
            }
            (Route::Kms(name), Ok(caller)) => query::wrong_service(self, &name, received, &caller).await,
            (Route::Kms(_), Err(fault)) => encode::fault(&fault, &[]),
            (Route::Query, Ok(caller)) => query::refuse(self, received, &caller).await,
            (Route::Query, Err(fault)) => query::fault(received, &fault),
        }
    }
}

/// The whole life of a call: refused if it cannot be recorded, answered once its record is durable.
pub(crate) async fn serve<O: Behaviour>(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    let purpose = if O::PLANE == Plane::Change { Purpose::Change } else { Purpose::Use };
    let Ok(pending) = service.room_on_record(purpose).await else {
        return encode::fault(&Fault::Audit, O::ERRORS);
    };
    let notes = Mutex::new(Notes::default());
    let input = O::decode(received.body).map(|mut input| {
        O::complete(&mut input);
        input
    });
    let outcome = match &input {
        Ok(input) => answer::<O>(service, received, caller, input, &pending, &notes).await,
        Err(refusal) => Err(refusal.clone().into()),
    };
    let notes = notes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let record = recording::record::<O>(
        service,
        received,
        caller,
        input.as_ref().ok(),
        &notes,
        outcome.as_ref().err(),
    );
    if service.audit().close(pending, &record, durability::<O>(service, &outcome)).await.is_err() {
        return encode::fault(&Fault::Audit, O::ERRORS);
    }
    match release::release(service, caller, &notes, outcome, O::PLANE) {
        Ok(released) => respond::<O>(released),
        Err(stale) => withdraw::<O>(service, record, stale).await,
    }
}

/// Decides and performs, anew whenever the state that was decided on has changed meanwhile.
async fn answer<O: Behaviour>(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
    input: &O::Input,
    pending: &Pending,
    notes: &Mutex<Notes>,
) -> Result<O::Output, Fault> {
    let mut turn = None;
    for _ in 0..TRIES_MAX {
        let snapshot = service.snapshot();
        let fresh = Notes { revision: Some(snapshot.revision), ..Notes::default() };
        *notes.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        let call = Call {
            service,
            caller,
            snapshot,
            request_id: received.request_id,
            now: service.clock().now(),
            event_name: O::NAME,
            pending,
            notes,
        };
        let outcome = O::answer(&call, input).await;
        let stale = match &outcome {
            Err(Fault::Commit(CommitFault::Contended)) => true,
            _ => O::PLANE != Plane::Change && !release::holds(service, caller, &call.notes()),
        };
        if !stale {
            return outcome;
        }
        if O::PLANE == Plane::Change && turn.is_none() {
            turn = Some(service.turn().await);
        }
    }
    match O::PLANE {
        Plane::Change => Err(Fault::Commit(CommitFault::Contended)),
        Plane::Data | Plane::Read => Err(release::stale()),
    }
}

/// Changes, and denials of them, are on disk before they are answered; the rest as the operator chose.
fn durability<O: Behaviour>(service: &Service, outcome: &Result<O::Output, Fault>) -> Durability {
    let change =
        O::PLANE == Plane::Change && matches!(outcome, Ok(_) | Err(Fault::Denied(_) | Fault::Commit(_)));
    if change || service.parts().data_plane_synced { Durability::Disk } else { Durability::Kernel }
}

fn respond<O: Behaviour>(released: Released<Result<O::Output, Fault>>) -> Response {
    match released.into_inner() {
        Ok(output) => encode::output(&output),
        Err(fault) => encode::fault(&fault, O::ERRORS),
    }
}

/// The answer was not released: nothing of it is revealed, and a second record says so.
async fn withdraw<O: Behaviour>(
    service: &Service,
    record: strongroom_audit::Record<'_>,
    stale: Fault,
) -> Response {
    let correction = recording::withdrawn(service, record, &stale.wire(O::ERRORS));
    if let Ok(pending) = service.audit().reserve(Purpose::Change)
        && let Err(error) = service.audit().correct(pending, &correction).await
    {
        tracing::error!(%error, "a withdrawn answer could not be recorded");
    }
    encode::fault(&stale, O::ERRORS)
}
