//! Records for tests of the log.
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::json;
use strongroom_audit::{EventType, IdentityType, Json, KeyUses, Record, UserIdentity};

/// The record of a call that used keys so often.
pub(crate) fn record(number: u64, uses: u16) -> Record<'static> {
    Record {
        event_version: "1.11".into(),
        user_identity: UserIdentity {
            identity_type: Some(IdentityType::Root),
            principal_id: None,
            arn: None,
            account_id: Some("111122223333".into()),
            access_key_id: None,
            user_name: None,
            identity_provider: None,
            session_context: None,
            invoked_by: None,
        },
        event_time: "2026-11-26T00:00:00Z".into(),
        event_source: "kms.amazonaws.com".into(),
        event_name: "Decrypt".into(),
        aws_region: "us-east-1".into(),
        source_ip_address: "192.0.2.7".into(),
        user_agent: "test".into(),
        request_parameters: None,
        response_elements: None,
        additional_event_data: None,
        error_code: None,
        error_message: None,
        request_id: format!("request-{number}").into(),
        event_id: format!("event-{number}").into(),
        read_only: true,
        resources: Vec::new(),
        event_type: EventType::AwsApiCall,
        management_event: true,
        recipient_account_id: "111122223333".into(),
        shared_event_id: None,
        service_event_details: None,
        event_category: "Management".into(),
        tls_details: None,
        key_uses: KeyUses { certain: uses, unsure: 0 },
    }
}

/// The record of the service that retention has removed what comes up to this number.
pub(crate) fn removal(number: u64, last: u64, seal: Option<String>) -> Record<'static> {
    let mut told = record(number, 0);
    told.event_name = "RemoveAuditSegments".into();
    told.user_identity.identity_type = None;
    told.user_identity.invoked_by = Some("strongroom".into());
    told.request_parameters = Json::new(&json!({ "lastSequence": last, "sealDigest": seal })).ok();
    told
}
