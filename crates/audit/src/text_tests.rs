//! The fast writer against serde: the same bytes for every record.

use super::*;
use crate::line::KeyUses;
use proptest::prelude::*;
use std::borrow::Cow;

const IDENTITIES: [IdentityType; 7] = [
    IdentityType::IamUser,
    IdentityType::AssumedRole,
    IdentityType::Root,
    IdentityType::AwsAccount,
    IdentityType::AwsService,
    IdentityType::FederatedUser,
    IdentityType::WebIdentityUser,
];

type Texts = Vec<Option<String>>;

/// A record of these texts, each in its place; the place of a text that may be missing is empty where it is `None`.
fn record(texts: &Texts, identity: usize, flags: u8) -> Record<'_> {
    let some = |at: usize| texts[at % texts.len()].as_deref().map(Cow::from);
    let text = |at: usize| some(at).unwrap_or_default();
    let json = |at: usize| some(at).and_then(|text| Json::new(&text).ok());
    let flag = |bit: u8| flags >> bit & 1 == 1;
    let resources =
        (0..usize::from(flags >> 6)).map(|at| Resource::kms_key(text(at), text(at + 1))).collect();
    let details = TlsDetails {
        tls_version: text(20),
        cipher_suite: text(21),
        client_provided_host_header: text(22),
        key_exchange: some(23),
    };
    Record {
        event_version: text(0),
        user_identity: UserIdentity {
            identity_type: flag(4).then_some(IDENTITIES[identity % IDENTITIES.len()]),
            principal_id: some(1),
            arn: some(2),
            account_id: some(3),
            access_key_id: some(4),
            user_name: some(5),
            identity_provider: some(9),
            session_context: json(6),
            invoked_by: some(7),
        },
        event_time: text(8),
        event_source: text(9),
        event_name: text(10),
        aws_region: text(11),
        source_ip_address: text(12),
        user_agent: text(13),
        request_parameters: json(14),
        response_elements: json(15),
        additional_event_data: json(16),
        error_code: some(17),
        error_message: some(18),
        request_id: text(19),
        event_id: text(20),
        read_only: flag(0),
        resources,
        event_type: if flag(1) { EventType::AwsApiCall } else { EventType::AwsServiceEvent },
        management_event: flag(2),
        recipient_account_id: text(21),
        shared_event_id: some(22),
        service_event_details: json(23),
        event_category: text(24),
        tls_details: flag(3).then_some(details),
        key_uses: KeyUses::default(),
    }
}

proptest! {
    #[test]
    fn same_bytes_as_serde(
        texts in prop::collection::vec(prop::option::of("\\PC{0,40}|[\\x00-\\x7f]{0,20}"), 1..30),
        identity: usize,
        flags: u8,
    ) {
        let record = record(&texts, identity, flags);
        let mut written = Vec::new();
        push_record(&mut written, &record).unwrap();
        prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&record).unwrap());
    }

    #[test]
    fn every_text_is_escaped_as_serde_does(text: String) {
        let mut written = Vec::new();
        push_text(&mut written, &text).unwrap();
        prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&text).unwrap());
    }
}

#[test]
fn every_byte_is_escaped_as_serde_does() {
    for byte in 0..=0x7f_u8 {
        let text = format!("a{}b", char::from(byte));
        let mut written = Vec::new();
        push_text(&mut written, &text).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&text).unwrap(), "{byte}");
    }
}
