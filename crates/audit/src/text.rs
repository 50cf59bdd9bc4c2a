//! A record's JSON, written straight down.
//!
//! It is byte for byte what serde makes of the same record, for a fraction of the work: a record is made for every call,
//! its names are known beforehand, and hardly a text needs escaping.

use crate::record::{EventType, IdentityType, Json, Record, Resource, TlsDetails, UserIdentity};

/// An object that is being written.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    /// What comes before the next name: an opening brace, then commas.
    before: u8,
}

impl<'o> Object<'o> {
    fn begin(out: &'o mut Vec<u8>) -> Self {
        Self { out, before: b'{' }
    }

    /// A name of ours: it needs no escaping.
    fn name(&mut self, name: &'static str) {
        self.out.extend_from_slice(&[self.before, b'"']);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.before = b',';
    }

    fn text(&mut self, name: &'static str, value: &str) -> serde_json::Result<()> {
        self.name(name);
        push_text(self.out, value)
    }

    /// Left out if there is nothing.
    fn some_text(&mut self, name: &'static str, value: Option<&str>) -> serde_json::Result<()> {
        value.map_or(Ok(()), |value| self.text(name, value))
    }

    fn flag(&mut self, name: &'static str, value: bool) {
        self.name(name);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// `null` if there is nothing.
    fn json(&mut self, name: &'static str, value: Option<&Json>) {
        self.name(name);
        self.out.extend_from_slice(value.map_or("null", Json::as_str).as_bytes());
    }

    /// Left out if there is nothing.
    fn some_json(&mut self, name: &'static str, value: Option<&Json>) {
        if value.is_some() {
            self.json(name, value);
        }
    }

    fn end(self) {
        if self.before == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}

/// Appends a JSON string.
fn push_text(out: &mut Vec<u8>, text: &str) -> serde_json::Result<()> {
    // Looks at every byte, so that the compiler makes vectors of it.
    let escaped =
        text.bytes().fold(false, |any, byte| any | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    if escaped {
        return serde_json::to_writer(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// Appends a record.
pub(crate) fn push_record(out: &mut Vec<u8>, record: &Record<'_>) -> serde_json::Result<()> {
    let mut object = Object::begin(out);
    object.text("eventVersion", &record.event_version)?;
    object.name("userIdentity");
    push_identity(object.out, &record.user_identity)?;
    object.text("eventTime", &record.event_time)?;
    object.text("eventSource", &record.event_source)?;
    object.text("eventName", &record.event_name)?;
    object.text("awsRegion", &record.aws_region)?;
    object.text("sourceIPAddress", &record.source_ip_address)?;
    object.text("userAgent", &record.user_agent)?;
    object.json("requestParameters", record.request_parameters.as_ref());
    object.json("responseElements", record.response_elements.as_ref());
    object.some_json("additionalEventData", record.additional_event_data.as_ref());
    object.some_text("errorCode", record.error_code.as_deref())?;
    object.some_text("errorMessage", record.error_message.as_deref())?;
    object.text("requestID", &record.request_id)?;
    object.text("eventID", &record.event_id)?;
    object.flag("readOnly", record.read_only);
    object.name("resources");
    push_resources(object.out, &record.resources)?;
    object.text("eventType", event_type(record.event_type))?;
    object.flag("managementEvent", record.management_event);
    object.text("recipientAccountId", &record.recipient_account_id)?;
    object.some_text("sharedEventID", record.shared_event_id.as_deref())?;
    object.some_json("serviceEventDetails", record.service_event_details.as_ref());
    object.text("eventCategory", &record.event_category)?;
    if let Some(details) = &record.tls_details {
        object.name("tlsDetails");
        push_tls(object.out, details)?;
    }
    object.end();
    Ok(())
}

fn push_identity(out: &mut Vec<u8>, identity: &UserIdentity<'_>) -> serde_json::Result<()> {
    let mut object = Object::begin(out);
    object.some_text("type", identity.identity_type.map(identity_type))?;
    object.some_text("principalId", identity.principal_id.as_deref())?;
    object.some_text("arn", identity.arn.as_deref())?;
    object.some_text("accountId", identity.account_id.as_deref())?;
    object.some_text("accessKeyId", identity.access_key_id.as_deref())?;
    object.some_text("userName", identity.user_name.as_deref())?;
    object.some_text("identityProvider", identity.identity_provider.as_deref())?;
    object.some_json("sessionContext", identity.session_context.as_ref());
    object.some_text("invokedBy", identity.invoked_by.as_deref())?;
    object.end();
    Ok(())
}

fn push_resources(out: &mut Vec<u8>, resources: &[Resource<'_>]) -> serde_json::Result<()> {
    out.push(b'[');
    for (index, resource) in resources.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let mut object = Object::begin(out);
        object.text("accountId", &resource.account_id)?;
        object.text("type", &resource.resource_type)?;
        object.text("ARN", &resource.arn)?;
        object.end();
    }
    out.push(b']');
    Ok(())
}

fn push_tls(out: &mut Vec<u8>, details: &TlsDetails<'_>) -> serde_json::Result<()> {
    let mut object = Object::begin(out);
    object.text("tlsVersion", &details.tls_version)?;
    object.text("cipherSuite", &details.cipher_suite)?;
    object.text("clientProvidedHostHeader", &details.client_provided_host_header)?;
    object.some_text("keyExchange", details.key_exchange.as_deref())?;
    object.end();
    Ok(())
}

fn identity_type(identity: IdentityType) -> &'static str {
    match identity {
        IdentityType::IamUser => "IAMUser",
        IdentityType::AssumedRole => "AssumedRole",
        IdentityType::Root => "Root",
        IdentityType::AwsAccount => "AWSAccount",
        IdentityType::AwsService => "AWSService",
        IdentityType::FederatedUser => "FederatedUser",
        IdentityType::WebIdentityUser => "WebIdentityUser",
    }
}

fn event_type(event: EventType) -> &'static str {
    match event {
        EventType::AwsApiCall => "AwsApiCall",
        EventType::AwsServiceEvent => "AwsServiceEvent",
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
