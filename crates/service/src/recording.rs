//! What goes on the record: CloudTrail's shape for KMS calls (reference kms-contract.md, section 7).

use crate::authenticate::Authenticated;
use crate::call::{About, Notes};
use crate::fault::{Fault, WireError};
use crate::ops::Plane;
use crate::received::Received;
use crate::served::Served;
use crate::service::Service;
use crate::session::Session;
use crate::state::provider_arn;
use crate::web_identity::Holder;
use serde_json::{Map, Value};
use std::borrow::Cow;
use strongroom_api::query::QueryOperation;
use strongroom_api::sts::operation::{AssumeRoleWithWebIdentity, AssumeRoleWithWebIdentityInput};
use strongroom_audit::{
    EventTime, EventType, IdentityType, Json, KeyUses, Record, Resource, TlsDetails, UserIdentity, event_time,
};
use strongroom_policy::CallerKind;
use strongroom_types::{GrantId, KeyArn, KeyMaterialId, RequestId, Timestamp, UuidText};

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
    pub(crate) stamps: &'a Stamps,
    pub(crate) parameters: Option<Json>,
}

/// Time and ids of a record, as texts that it borrows.
pub(crate) struct Stamps {
    time: EventTime,
    request_id: UuidText,
    event_id: UuidText,
}

impl Stamps {
    /// Those of a request that was answered at that time, with an event id of its own.
    pub(crate) fn new(service: &Service, request: RequestId, at: Timestamp) -> Self {
        let event = service.request_id();
        Self {
            time: EventTime::new(at),
            request_id: request.text_in_place(),
            event_id: event.text_in_place(),
        }
    }
}

/// The record of a call to a built operation that was answered now.
pub(crate) fn record<'a, O: Served>(
    service: &Service,
    received: &'a Received<'_>,
    caller: &'a Authenticated,
    input: Option<&O::Input>,
    notes: &'a Notes,
    fault: Option<&Fault>,
    stamps: &'a Stamps,
) -> Record<'a> {
    let parameters = input.and_then(|input| O::told(input, fault.is_some()));
    let parameters = parameters.filter(|parameters| !parameters.is_empty_object());
    let facts = Facts { name: O::NAME, plane: O::PLANE, stamps, parameters };
    let wire = fault.map(O::wire);
    assemble(service, received, caller, facts, notes, wire.as_ref())
}

/// The record of a call whose principal is known.
pub(crate) fn assemble<'a>(
    service: &Service,
    received: &'a Received<'_>,
    caller: &'a Authenticated,
    facts: Facts<'a>,
    notes: &'a Notes,
    error: Option<&WireError>,
) -> Record<'a> {
    let account = caller.account().as_str();
    let succeeded = error.is_none();
    // STS changes nothing that is kept; what it gives out is on the record all the same.
    let shows = facts.plane.changes() || caller.service() == "sts";
    let response = notes.response.as_ref().filter(|_| succeeded && shows);
    let agent = received.header("user-agent").unwrap_or_default();
    let foreign = notes.about.iter().any(|about| about.owner() != account);
    Record {
        event_version: EVENT_VERSION.into(),
        user_identity: identity(caller),
        event_time: facts.stamps.time.as_str().into(),
        event_source: event_source(caller.service()),
        event_name: facts.name.into(),
        aws_region: caller.region().as_str().into(),
        source_ip_address: received.source_text.into(),
        user_agent: cut(agent, USER_AGENT_CHARS_MAX).into(),
        request_parameters: facts.parameters,
        response_elements: response.and_then(|response| Json::new(response).ok()),
        additional_event_data: additional(notes),
        error_code: error.map(|error| error_code(error.name).into()),
        error_message: error.and_then(|error| error.text.clone()).map(Cow::from),
        request_id: facts.stamps.request_id.as_str().into(),
        event_id: facts.stamps.event_id.as_str().into(),
        read_only: !facts.plane.changes(),
        resources: notes.about.iter().map(|about| Resource::kms_key(about.owner(), about.arn())).collect(),
        event_type: EventType::AwsApiCall,
        management_event: true,
        recipient_account_id: account.into(),
        shared_event_id: foreign.then(|| service.request_id().text().into()),
        service_event_details: None,
        event_category: "Management".into(),
        tls_details: tls(received),
        key_uses: notes.key_uses,
    }
}

fn event_source(service: &str) -> Cow<'static, str> {
    match service {
        "kms" => "kms.amazonaws.com".into(),
        other => format!("{other}.amazonaws.com").into(),
    }
}

/// Which key material served, and which grant a call was about, as CloudTrail tells it.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalEventData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key_material_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_key_material_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_key_material_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_key_store_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<&'a str>,
}

fn additional(notes: &Notes) -> Option<Json> {
    let store = notes.about.iter().filter_map(About::key).find_map(|key| key.store.as_ref());
    if notes.material.is_none() && notes.grant.is_none() && store.is_none() {
        return None;
    }
    let material = notes.material.as_ref().map(KeyMaterialId::text_in_place);
    let material = material.as_ref().map(|text| text.as_str());
    let source = notes.source_material.as_ref().map(KeyMaterialId::text_in_place);
    let additional = AdditionalEventData {
        key_material_id: material.filter(|_| source.is_none()),
        destination_key_material_id: material.filter(|_| source.is_some()),
        source_key_material_id: source.as_ref().map(|text| text.as_str()),
        grant_id: notes.grant.as_ref().map(GrantId::as_str),
        custom_key_store_id: store.map(|store| store.place.id.as_str()),
        cluster_id: store.map(|store| store.record.cluster.as_str()),
    };
    Json::new(&additional).ok()
}

/// CloudTrail's name for an error: a denial loses its suffix, the others keep theirs.
fn error_code(name: &'static str) -> &'static str {
    if name == "AccessDeniedException" { "AccessDenied" } else { name }
}

fn identity(caller: &Authenticated) -> UserIdentity<'_> {
    let who = caller.caller();
    let (identity_type, user_name) = match who.kind() {
        CallerKind::Root => (IdentityType::Root, None),
        CallerKind::User(_) => (IdentityType::IamUser, who.username()),
        CallerKind::RoleSession(_) => (IdentityType::AssumedRole, None),
        CallerKind::FederatedUser(_) => (IdentityType::FederatedUser, None),
    };
    UserIdentity {
        identity_type: Some(identity_type),
        principal_id: Some(who.user_id().into()),
        arn: Some(who.arn_text().into()),
        account_id: Some(who.account().as_str().into()),
        access_key_id: Some(caller.access_key_id().into()),
        user_name: user_name.map(Into::into),
        identity_provider: None,
        session_context: caller.session().and_then(session_context),
        invoked_by: None,
    }
}

/// CloudTrail's `sessionContext`.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_issuer: Option<SessionIssuer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    web_id_federation_data: Option<WebIdFederationData>,
    attributes: SessionAttributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<&'a str>,
}

/// The role of a session.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionIssuer<'a> {
    r#type: &'static str,
    principal_id: &'a str,
    arn: &'a str,
    account_id: &'a str,
    user_name: &'a str,
}

/// The identity provider of a session, by its ARN.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct WebIdFederationData {
    federated_provider: String,
    attributes: Map<String, Value>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionAttributes {
    creation_date: String,
    mfa_authenticated: &'static str,
}

fn session_context(session: &Session) -> Option<Json> {
    let caller = &session.caller;
    let session_issuer = match caller.kind() {
        CallerKind::RoleSession(role) => Some(SessionIssuer {
            r#type: "Role",
            principal_id: role.as_str(),
            arn: caller.principal_arn(),
            account_id: caller.account().as_str(),
            user_name: caller.principal_arn().rsplit('/').next().unwrap_or_default(),
        }),
        _ => None,
    };
    let web_id_federation_data = session.claims.web.as_ref().map(|web| WebIdFederationData {
        federated_provider: provider_arn(caller.account(), &web.issuer),
        attributes: Map::new(),
    });
    let creation_date = event_time(Timestamp::from_millis(session.claims.issued_ms));
    let mfa_authenticated = if session.claims.mfa_ms.is_some() { "true" } else { "false" };
    let attributes = SessionAttributes { creation_date, mfa_authenticated };
    let source_identity = session.claims.source_identity.as_deref();
    Json::new(&SessionContext { session_issuer, web_id_federation_data, attributes, source_identity }).ok()
}

/// The first so many characters.
fn cut(text: &str, chars: usize) -> &str {
    if text.len() <= chars {
        return text;
    }
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

fn tls<'a>(received: &'a Received<'_>) -> Option<TlsDetails<'a>> {
    let tls = received.tls?;
    Some(TlsDetails {
        tls_version: tls.version.into(),
        cipher_suite: tls.cipher_suite.into(),
        client_provided_host_header: cut(received.header("host").unwrap_or_default(), HOST_CHARS_MAX).into(),
        key_exchange: Some(tls.key_exchange.into()),
    })
}

/// The record of AssumeRoleWithWebIdentity: whom the provider's token tells of. The call names no Region.
pub(crate) fn web_identity<'a>(
    service: &'a Service,
    received: &'a Received<'_>,
    input: &AssumeRoleWithWebIdentityInput,
    holder: &'a Holder,
    shown: Option<&Map<String, Value>>,
    error: Option<&WireError>,
) -> Record<'a> {
    let account = holder.role.account().as_str();
    let claims = &holder.claims;
    let agent = received.header("user-agent").unwrap_or_default();
    Record {
        event_version: EVENT_VERSION.into(),
        user_identity: UserIdentity {
            identity_type: Some(IdentityType::WebIdentityUser),
            principal_id: Some(format!("{}:{}:{}", holder.provider, claims.audience, claims.subject).into()),
            arn: None,
            account_id: None,
            access_key_id: None,
            user_name: Some(claims.subject.as_str().into()),
            identity_provider: Some(holder.provider.as_str().into()),
            session_context: None,
            invoked_by: None,
        },
        event_time: event_time(service.clock().now()).into(),
        event_source: event_source("sts"),
        event_name: AssumeRoleWithWebIdentity::NAME.into(),
        aws_region: service.parts().region.as_str().into(),
        source_ip_address: received.source_text.into(),
        user_agent: cut(agent, USER_AGENT_CHARS_MAX).into(),
        request_parameters: Json::new(input).ok(),
        response_elements: shown.and_then(|shown| Json::new(shown).ok()),
        additional_event_data: None,
        error_code: error.map(|error| error_code(error.name).into()),
        error_message: error.and_then(|error| error.text.clone()).map(Cow::from),
        request_id: received.request_id.to_string().into(),
        event_id: service.request_id().to_string().into(),
        read_only: true,
        resources: Vec::new(),
        event_type: EventType::AwsApiCall,
        management_event: true,
        recipient_account_id: account.into(),
        shared_event_id: None,
        service_event_details: None,
        event_category: "Management".into(),
        tls_details: tls(received),
        key_uses: KeyUses::default(),
    }
}

/// The second record of a call whose answer was not released.
pub(crate) fn withdrawn<'a>(service: &Service, mut record: Record<'a>, error: &WireError) -> Record<'a> {
    record.event_id = service.request_id().text().into();
    record.event_time = event_time(service.clock().now()).into();
    record.response_elements = None;
    // The first record stands for them.
    record.key_uses = KeyUses::default();
    record.error_code = Some(error.name.into());
    record.error_message = error.text.clone().map(Cow::from);
    record
}

/// An act of the service itself, or of its operator: `invoked_by` says who.
pub(crate) fn service_event<'a>(
    service: &'a Service,
    name: &'a str,
    invoked_by: &'a str,
    key: Option<&'a KeyArn>,
) -> Record<'a> {
    let account = key.map_or(&service.parts().account, |arn| &arn.account).as_str();
    let region = key.map_or(&service.parts().region, |arn| &arn.region).as_str();
    let details = key.map(|arn| serde_json::json!({ "keyId": arn.to_string() }));
    Record {
        event_version: EVENT_VERSION.into(),
        user_identity: UserIdentity {
            identity_type: None,
            principal_id: None,
            arn: None,
            account_id: Some(account.into()),
            access_key_id: None,
            user_name: None,
            identity_provider: None,
            session_context: None,
            invoked_by: Some(invoked_by.into()),
        },
        event_time: event_time(service.clock().now()).into(),
        event_source: "kms.amazonaws.com".into(),
        event_name: name.into(),
        aws_region: region.into(),
        source_ip_address: invoked_by.into(),
        user_agent: invoked_by.into(),
        request_parameters: None,
        response_elements: None,
        additional_event_data: None,
        error_code: None,
        error_message: None,
        request_id: service.request_id().text().into(),
        event_id: service.request_id().text().into(),
        read_only: false,
        resources: key.iter().map(|arn| Resource::kms_key(account, arn.to_string())).collect(),
        event_type: EventType::AwsServiceEvent,
        management_event: true,
        recipient_account_id: account.into(),
        shared_event_id: None,
        service_event_details: details.and_then(|details| Json::new(&details).ok()),
        event_category: "Management".into(),
        tls_details: None,
        key_uses: KeyUses::default(),
    }
}
