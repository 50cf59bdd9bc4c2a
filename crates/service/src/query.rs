//! IAM and STS on the same port: which action a form asks for, and refusals in their XML (docs/order-of-checks.md, Q).

use crate::authenticate::Authenticated;
use crate::call::Notes;
use crate::fault::{Fault, WireError};
use crate::figures::OperationNumber;
use crate::iam;
use crate::ops::Plane;
use crate::quota::Sending;
use crate::received::{Received, Response};
use crate::recording;
use crate::service::Service;
use crate::state::CommitFault;
use crate::web_identity;
use strongroom_api::query::{
    CONTENT_TYPE_OUT, Form, QueryErrorCode, QueryOperation, QueryRefusal, QueryService, error_body,
};
use strongroom_api::sts::operation::AssumeRoleWithWebIdentity;
use strongroom_audit::{Durability, Purpose};
use strongroom_sigv4::AuthError;
use strongroom_types::{RequestId, WipedBytes};

/// What the record calls an action that cannot be told from the form.
const UNKNOWN: &str = "Unknown";

/// What holds the form: the body, or the query of a presigned request, whose body is empty.
pub(crate) fn form<'a>(received: &Received<'a>) -> &'a [u8] {
    if received.body.is_empty() { received.query.as_bytes() } else { received.body }
}

/// Serves a form whose signer is known.
pub(crate) async fn serve(service: &Service, received: &Received<'_>, caller: &Authenticated) -> Response {
    let Some(api) = QueryService::from_signing_name(caller.service()) else {
        let fault = Fault::Auth(AuthError::WrongScope(
            "Credential should be scoped to correct service: 'iam'. ".to_owned(),
        ));
        return refuse(service, received, caller, UNKNOWN, &fault).await;
    };
    let form = Form::parse(form(received));
    let action = form.as_ref().map_err(Clone::clone).and_then(|form| api.action(form).map(str::to_owned));
    match action {
        Ok(action) => match iam::find(api, &action) {
            Some(entry) => match iam::closed_to_session(caller, api, &action) {
                None => entry.serve(service, received, caller).await,
                Some(fault) => {
                    let refusal = refuse(service, received, caller, &action, &fault).await;
                    refusal.of(OperationNumber::query(api, &action))
                }
            },
            // Whoever signs it all the same is told by the token, not by the signature.
            None if api == QueryService::Sts && action == AssumeRoleWithWebIdentity::NAME => {
                web_identity::serve(service, received).await
            }
            None => {
                let refusal = refuse(service, received, caller, &action, &not_served(api, &action)).await;
                refusal.of(OperationNumber::query(api, &action))
            }
        },
        Err(refusal) => refuse(service, received, caller, UNKNOWN, &refusal.into()).await,
    }
}

/// An action that is not built yet, or that does not exist.
fn not_served(api: QueryService, action: &str) -> Fault {
    let names: &[&str] = match api {
        QueryService::Iam => &strongroom_api::iam::operation::NAMES,
        QueryService::Sts => &strongroom_api::sts::operation::NAMES,
    };
    if names.contains(&action) {
        let text = format!("{action} is not supported by this version of Strongroom.");
        Fault::Query(QueryErrorCode::InvalidAction, text)
    } else {
        api.unknown_action(action).into()
    }
}

/// Refuses a call that is served by no operation; its signer is known, so it is on the record, and counts.
async fn refuse(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
    action: &str,
    why: &Fault,
) -> Response {
    let api = QueryService::from_signing_name(caller.service()).unwrap_or(QueryService::Iam);
    let answer = |why: &Fault| Response {
        sending: service.quotas().sending(caller.account(), why),
        ..fault(api, why, received.request_id)
    };
    let Ok(pending) = service.audit().reserve(Purpose::Use) else { return answer(&Fault::Audit) };
    let admitted = service.quotas().admit(caller.caller(), caller.service(), action, caller.at());
    let why = admitted.as_ref().err().unwrap_or(why);
    let notes = Notes::default();
    let stamps = recording::Stamps::new(service, received.request_id, service.clock().now());
    let plane = if action == UNKNOWN { Plane::Read } else { iam::plane(api, action) };
    let facts = recording::Facts { name: action, plane, stamps: &stamps, parameters: None };
    let record = recording::assemble(service, received, caller, facts, &notes, Some(&wire(why)));
    match service.audit().close(pending, &record, Durability::Kernel).await {
        Ok(()) => answer(why),
        Err(_) => answer(&Fault::Audit),
    }
}

/// A refusal of somebody who is not known.
pub(crate) fn stranger(fault: &Fault, request: RequestId) -> Response {
    self::fault(QueryService::Sts, fault, request)
}

/// A refusal in XML.
pub(crate) fn fault(api: QueryService, fault: &Fault, request: RequestId) -> Response {
    let (code, text) = said(fault);
    xml(code.status(), Some(code.name()), error_body(api, code, &text, &request.to_string()))
}

/// An answer in XML.
pub(crate) fn xml(status: u16, error: Option<&'static str>, body: WipedBytes) -> Response {
    Response {
        status,
        content_type: Some(CONTENT_TYPE_OUT),
        error,
        body,
        sending: Sending::Now,
        operation: OperationNumber::NONE,
    }
}

/// A refusal as records tell it.
pub(crate) fn wire(fault: &Fault) -> WireError {
    let (code, text) = said(fault);
    WireError { name: code.name(), status: code.status(), text: Some(text) }
}

/// The query protocol's names for what both protocols refuse, and the operations' own.
fn said(fault: &Fault) -> (QueryErrorCode, String) {
    use QueryErrorCode as E;
    let text = || fault.wire(&[]).text.unwrap_or_default();
    match fault {
        Fault::Query(code, text) => (*code, text.clone()),
        Fault::Form(refusal) => (refusal.code(), refusal.text()),
        Fault::Denied(text) => (E::AccessDenied, text.clone()),
        Fault::Invalid(text) => (E::ValidationError, text.clone()),
        Fault::Policy(text) => (E::MalformedPolicyDocument, text.clone()),
        Fault::Limit(text) => (E::LimitExceeded, text.clone()),
        Fault::InvalidMarker => (E::ValidationError, text()),
        Fault::Throttled(_) | Fault::Commit(CommitFault::Busy) => (E::Throttling, "Rate exceeded".to_owned()),
        Fault::Auth(error) => (auth(error), text()),
        Fault::Audit | Fault::Commit(_) | Fault::Vault(_) | Fault::Internal(_) => (E::ServiceFailure, text()),
        _ => (E::ServiceFailure, "The request could not be served.".to_owned()),
    }
}

fn auth(error: &AuthError) -> QueryErrorCode {
    use QueryErrorCode as E;
    match error.name() {
        "UnrecognizedClientException" => E::InvalidClientTokenId,
        "MissingAuthenticationTokenException" => E::MissingAuthenticationToken,
        "IncompleteSignatureException" => E::IncompleteSignature,
        "ExpiredTokenException" => E::ExpiredToken,
        _ => E::SignatureDoesNotMatch,
    }
}

impl From<QueryRefusal> for Fault {
    fn from(refusal: QueryRefusal) -> Self {
        Self::Form(refusal)
    }
}
