//! What goes on the record: CloudTrail's shape for KMS calls (reference kms-contract.md, section 7).

use crate::authenticate::Authenticated;
use crate::call::Notes;
use crate::fault::{Fault, WireError};
use crate::ops::{Behaviour, Plane};
use crate::received::Received;
use crate::service::Service;
use crate::state::Owner;
use serde_json::Value;
use strongroom_audit::{EventType, IdentityType, Record, Resource, TlsDetails, UserIdentity, event_time};
use strongroom_types::KeyArn;

/// The version of the record's shape.
const EVENT_VERSION: &str = "1.11";

/// The longest user agent that is recorded, in characters.
const USER_AGENT_CHARS_MAX: usize = 512;

/// The most characters of a host header that are recorded.
const HOST_CHARS_MAX: usize = 256;

/// What the operation itself says about a call.
pub(crate) struct Facts<'a> {
    pub(crate) name: &'a str,
    pub(crate) plane: Plane,
    pub(crate) parameters: Option<Value>,
}

/// The record of a call to a built operation.
pub(crate) fn record<O: Behaviour>(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
    input: Option<&O::Input>,
    notes: &Notes,
    fault: Option<&Fault>,
) -> Record {
    let parameters = input.and_then(|input| serde_json::to_value(input).ok());
    let parameters = parameters.filter(|value| value.as_object().is_some_and(|members| !members.is_empty()));
    let facts = Facts { name: O::NAME, plane: O::PLANE, parameters };
    let wire = fault.map(|fault| fault.wire(O::ERRORS));
    assemble(service, received, caller, facts, notes, wire.as_ref())
}

/// The record of a call whose principal is known.
pub(crate) fn assemble(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
    facts: Facts<'_>,
    notes: &Notes,
    error: Option<&WireError>,
) -> Record {
    let account = caller.account().to_string();
    let succeeded = error.is_none();
    let response = notes.response.clone().filter(|_| succeeded && facts.plane == Plane::Change);
    Record {
        event_version: EVENT_VERSION.to_owned(),
        user_identity: identity(service, caller),
        event_time: event_time(service.clock().now()),
        event_source: format!("{}.amazonaws.com", caller.service()),
        event_name: facts.name.to_owned(),
        aws_region: caller.region().to_string(),
        source_ip_address: received.source.to_string(),
        user_agent: received
            .header("user-agent")
            .map_or_else(String::new, |agent| cut(agent, USER_AGENT_CHARS_MAX).to_owned()),
        request_parameters: facts.parameters,
        response_elements: response.map(Value::Object),
        additional_event_data: (!notes.additional.is_empty())
            .then(|| Value::Object(notes.additional.clone())),
        error_code: error.map(|error| error_code(error.name).to_owned()),
        error_message: error.and_then(|error| error.text.clone()),
        request_id: received.request_id.to_string(),
        event_id: service.request_id().to_string(),
        read_only: facts.plane != Plane::Change,
        resources: notes
            .resources
            .iter()
            .map(|arn| Resource::kms_key(account.clone(), arn.clone()))
            .collect(),
        event_type: EventType::AwsApiCall,
        management_event: true,
        recipient_account_id: account,
        shared_event_id: None,
        service_event_details: None,
        event_category: "Management".to_owned(),
        tls_details: tls(received),
    }
}

/// CloudTrail's name for an error: a denial loses its suffix, the others keep theirs.
fn error_code(name: &'static str) -> &'static str {
    if name == "AccessDeniedException" { "AccessDenied" } else { name }
}

fn identity(service: &Service, caller: &Authenticated) -> UserIdentity {
    let access_key = caller.access_key();
    let (kind, id, name) = match &access_key.record.owner {
        Owner::Root => (IdentityType::Root, Some(access_key.account.to_string()), None),
        Owner::User(name) => {
            let snapshot = service.snapshot();
            let user = snapshot.user(&access_key.account, name);
            (IdentityType::IamUser, user.map(|user| user.record.unique_id.clone()), Some(name.clone()))
        }
    };
    UserIdentity {
        identity_type: kind,
        principal_id: id,
        arn: Some(caller.principal().to_string()),
        account_id: access_key.account.to_string(),
        access_key_id: Some(access_key.id.clone()),
        user_name: name,
        session_context: None,
        invoked_by: None,
    }
}

/// The first so many characters.
fn cut(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

fn tls(received: &Received<'_>) -> Option<TlsDetails> {
    let tls = received.tls?;
    Some(TlsDetails {
        tls_version: tls.version.to_owned(),
        cipher_suite: tls.cipher_suite.to_owned(),
        client_provided_host_header: cut(received.header("host").unwrap_or_default(), HOST_CHARS_MAX)
            .to_owned(),
        key_exchange: Some(tls.key_exchange.to_owned()),
    })
}

/// The record of a call to IAM or STS.
pub(crate) fn query_record(
    service: &Service,
    received: &Received<'_>,
    caller: &Authenticated,
    action: &str,
    code: &'static str,
    text: &str,
) -> Record {
    let facts = Facts { name: action, plane: Plane::Read, parameters: None };
    let error = WireError { name: code, status: 400, text: Some(text.to_owned()) };
    assemble(service, received, caller, facts, &Notes::default(), Some(&error))
}

/// The second record of a call whose answer was not released.
pub(crate) fn withdrawn(service: &Service, mut record: Record, error: &WireError) -> Record {
    record.event_id = service.request_id().to_string();
    record.event_time = event_time(service.clock().now());
    record.response_elements = None;
    record.error_code = Some(error.name.to_owned());
    record.error_message.clone_from(&error.text);
    record
}

/// An act of the service itself, or of its operator: `invoked_by` says who.
pub(crate) fn service_event(service: &Service, name: &str, invoked_by: &str, key: Option<&KeyArn>) -> Record {
    let account = key.map_or_else(|| service.parts().account.to_string(), |arn| arn.account.to_string());
    let region = key.map_or_else(|| service.parts().region.to_string(), |arn| arn.region.to_string());
    Record {
        event_version: EVENT_VERSION.to_owned(),
        user_identity: UserIdentity {
            identity_type: IdentityType::AwsService,
            principal_id: None,
            arn: None,
            account_id: account.clone(),
            access_key_id: None,
            user_name: None,
            session_context: None,
            invoked_by: Some(invoked_by.to_owned()),
        },
        event_time: event_time(service.clock().now()),
        event_source: "kms.amazonaws.com".to_owned(),
        event_name: name.to_owned(),
        aws_region: region,
        source_ip_address: invoked_by.to_owned(),
        user_agent: invoked_by.to_owned(),
        request_parameters: None,
        response_elements: None,
        additional_event_data: None,
        error_code: None,
        error_message: None,
        request_id: service.request_id().to_string(),
        event_id: service.request_id().to_string(),
        read_only: false,
        resources: key.iter().map(|arn| Resource::kms_key(account.clone(), arn.to_string())).collect(),
        event_type: EventType::AwsServiceEvent,
        management_event: true,
        recipient_account_id: account,
        shared_event_id: None,
        service_event_details: key.map(|arn| serde_json::json!({ "keyId": arn.to_string() })),
        event_category: "Management".to_owned(),
        tls_details: None,
    }
}
