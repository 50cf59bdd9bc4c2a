//! The line itself: from a whole request to its answer, one direction only. The numbers of checks are those of
//! docs/order-of-checks.md.

use crate::attended::Attended;
use crate::authenticate::Authenticated;
use crate::call::{Call, Notes};
use crate::clock::clock_gate;
use crate::denials::Denied;
use crate::encode;
use crate::fault::Fault;
use crate::kept::KeptDecision;
use crate::mfa_refusals;
use crate::ops::{self, Plane};
use crate::query;
use crate::received::{Received, Response};
use crate::recording;
use crate::release::{self, Released};
use crate::route::{Route, route};
use crate::served::Served;
use crate::service::Service;
use crate::state::CommitFault;
use crate::traces::stage_ended;
use crate::web_identity;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use strongroom_audit::{Durability, Pending, Purpose};
use strongroom_types::RequestId;

/// How often a call is decided anew because the state changed under it.
const TRIES_MAX: usize = 16;

impl Service {
    /// Serves one request. Never fails: every fault is an answer.
    pub async fn serve(&self, received: &Received<'_>) -> Response {
        let began = Instant::now();
        let traces = self.parts().traces.as_ref().filter(|traces| traces.samples(received.request_id));
        let response = match traces {
            None => self.answer(received).await,
            Some(traces) => {
                Box::pin(traces.follow(self.clock().now(), received, self.answer(received))).await
            }
        };
        let took = began.elapsed();
        self.requests().note(response.operation, response.error, took);
        if response.status >= 500 {
            self.faulted().note(received, &response, self.clock().now());
        }
        tracing::debug!(
            request_id = %received.request_id,
            source = received.source_text,
            operation = response.operation.name(),
            status = response.status,
            error = response.error,
            took_us = took.as_micros() as u64,
            "answered"
        );
        response
    }

    async fn answer(&self, received: &Received<'_>) -> Response {
        let route = match route(received) {
            Ok(route) => route,
            Err(response) => return response,
        };
        let (snapshot, now) = (self.snapshot(), self.clock().now());
        // A10.
        if let Err(fault) = clock_gate(&snapshot, now) {
            return unknown(&route, &fault, received.request_id);
        }
        if matches!(route, Route::Query) && web_identity::is_asked_by(received) {
            drop(snapshot);
            return Box::pin(web_identity::serve(self, received)).await;
        }
        let caller = self.authenticator().authenticate(received, &snapshot, self.vault(), now).await;
        drop(snapshot);
        stage_ended("authenticate");
        match caller {
            Ok((caller, Cow::Borrowed(_))) => self.serve_caller(route, received, &caller).await,
            Ok((caller, Cow::Owned(body))) => {
                // A body in signed chunks: from here on only what was signed is read.
                let received = Received { body: &body, headers: received.headers.clone(), ..*received };
                self.serve_caller(route, &received, &caller).await
            }
            Err(fault) => {
                self.strangers().note(received, &fault, now);
                unknown(&route, &fault, received.request_id)
            }
        }
    }

    /// What is rare is boxed, here and above: the room of all of it would be moved and wiped with every call.
    async fn serve_caller(&self, route: Route, received: &Received<'_>, caller: &Authenticated) -> Response {
        self.last_uses().note(caller);
        match route {
            Route::Kms(name, number) if caller.service() == "kms" => {
                ops::serve(self, name, received, caller).await.of(number)
            }
            // B15.
            Route::Kms(name, number) => {
                Box::pin(ops::wrong_service(self, name, received, caller)).await.of(number)
            }
            Route::Query => Box::pin(query::serve(self, received, caller)).await,
        }
    }
}

/// A refusal of whoever is not known.
fn unknown(route: &Route, fault: &Fault, request: RequestId) -> Response {
    match route {
        Route::Kms(_, number) => encode::fault(fault, &[]).of(*number),
        Route::Query => query::stranger(fault, request),
    }
}

/// The whole life of a call: refused if it cannot be recorded (C1), answered once its record is durable (F5), what it takes
/// away is anchored, and what it rests on still stands (F6). Between them quota (C2), body (C3 to C5), replays (C5a), and
/// what `answer` does.
pub(crate) async fn serve<O: Served>(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
) -> Response {
    let purpose = if O::PLANE.changes() { Purpose::Change } else { Purpose::Use };
    let Ok(pending) = service.room_on_record(purpose).await else {
        return O::fault(&Fault::Audit, received.request_id);
    };
    let attended = Attended::<O>::new(service, received, caller);
    let admitted = service.quotas().admit(caller.caller(), caller.service(), O::NAME, caller.at());
    let (input, outcome) = match admitted.and_then(|()| O::decode(received)) {
        Ok(input) => {
            let outcome = match service.replays().begin::<O>(caller, service.clock()) {
                Ok(used) => {
                    let notes = attended.notes();
                    let outcome = answer::<O>(service, received, caller, &input, &pending, notes).await;
                    service.replays().end::<O>(used, outcome.as_ref().err());
                    outcome
                }
                Err(refusal) => Err(refusal),
            };
            (Some(input), outcome)
        }
        Err(refusal) => (None, Err(refusal)),
    };
    stage_ended("perform");
    let mut notes = attended.answered();
    keep_denial::<O>(service, received.request_id, caller, &mut notes, outcome.as_ref().err());
    let (now, fault) = (service.clock().now(), outcome.as_ref().err());
    let stamps = recording::Stamps::new(service, received.request_id, now);
    let mut record =
        recording::record::<O>(service, received, caller, input.as_ref(), &notes, fault, &stamps);
    if let Some(device) = &notes.locked_mfa_device {
        record.additional_event_data = mfa_refusals::on_record(device);
    }
    if service.audit().record(&pending, &record, durability::<O>(service, &outcome)).await.is_err() {
        return O::fault(&Fault::Audit, received.request_id);
    }
    stage_ended("record");
    if O::PLANE == Plane::Change {
        // Of one that found it done, or was refused for it: whoever did it may still be waiting. Boxed: most calls have no
        // room for it.
        Box::pin(service.anchored()).await;
        stage_ended("anchor");
    }
    let debt = debt(&outcome);
    let used = O::PLANE == Plane::Data && outcome.is_ok();
    match release::release(service, caller, &notes, outcome, O::PLANE) {
        Ok(released) => {
            if used {
                service.key_uses().note(O::NAME, now, &notes, &record);
            }
            let mut response = respond::<O>(released, received.request_id);
            if let Some(debt) = debt {
                response.sending = service.quotas().hold(caller.account(), debt);
            }
            response
        }
        // Rare, and larger than the rest. Never of a change, so the call wrote no intent and has room for a second record.
        Err(stale) => Box::pin(withdraw::<O>(service, received, (pending, record), stale)).await,
    }
}

/// Keeps what a refused call was denied, for whoever asks why.
fn keep_denial<O: Served>(
    service: &Service,
    request: RequestId,
    caller: &Authenticated,
    notes: &mut Notes,
    fault: Option<&Fault>,
) {
    let questions = std::mem::take(&mut notes.denied);
    let unasked = notes.unasked.take();
    let Some(fault) = fault else { return };
    if questions.is_empty() && unasked.is_none() {
        return;
    }
    let decisions = questions.into_iter().map(|question| KeptDecision::Caller(Box::new(question))).collect();
    let (account, at, told) = (caller.account().clone(), service.clock().now(), O::wire(fault));
    service.denials().keep(request, Denied { account, at, operation: O::NAME, told, decisions, unasked });
}

/// Decides and performs, anew whenever the state that was decided on has changed meanwhile.
async fn answer<O: Served>(
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
        let principals = Some(snapshot.directory.changed(caller.account()));
        {
            let mut noted = notes.lock().unwrap_or_else(PoisonError::into_inner);
            let (key_uses, mfa) = (noted.key_uses, noted.mfa);
            let revision = Some(snapshot.revision);
            *noted = Notes { revision, principals, key_uses, mfa, ..Notes::default() };
        }
        let call = Call {
            service,
            received,
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
            _ => !O::PLANE.changes() && !release::holds(service, caller, &call.notes()),
        };
        if !stale {
            return outcome;
        }
        if O::PLANE.changes() && turn.is_none() {
            turn = Some(service.turn().await);
        }
    }
    match O::PLANE {
        Plane::Change | Plane::Addition => Err(Fault::Commit(CommitFault::Contended)),
        Plane::Data | Plane::Read => Err(release::stale()),
    }
}

/// Changes, and denials of them, are on disk before they are answered; the rest as the operator chose.
fn durability<O: Served>(service: &Service, outcome: &Result<O::Output, Fault>) -> Durability {
    let change = O::PLANE.changes() && matches!(outcome, Ok(_) | Err(Fault::Denied(_) | Fault::Commit(_)));
    if change || service.parts().data_plane_synced { Durability::Disk } else { Durability::Kernel }
}

/// How far beyond its rate a caller is that was refused for that.
fn debt<T>(outcome: &Result<T, Fault>) -> Option<Duration> {
    match outcome {
        Err(Fault::Throttled(debt)) => Some(*debt),
        _ => None,
    }
}

fn respond<O: Served>(released: Released<Result<O::Output, Fault>>, request: RequestId) -> Response {
    match released.into_inner() {
        Ok(output) => O::output(&output, request),
        Err(fault) => O::fault(&fault, request),
    }
}

/// The answer was not released: nothing of it is revealed, and a second record says so.
async fn withdraw<O: Served>(
    service: &Service,
    received: &Received<'_>,
    (pending, record): (Pending, strongroom_audit::Record<'_>),
    stale: Fault,
) -> Response {
    let correction = recording::withdrawn(service, record, &O::wire(&stale));
    if let Err(error) = service.audit().correct(pending, &correction).await {
        let request_id = received.request_id;
        tracing::error!(%request_id, %error, "a withdrawn answer could not be recorded");
    }
    O::fault(&stale, received.request_id)
}
