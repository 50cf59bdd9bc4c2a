//! What is copied of a context is lent again as it was, and survives JSON.

use crate::{
    AssumeRoleFacts, AttestationFacts, Constraints, Context, Given, GrantFacts, GrantOperation, IamFacts,
    KeyFacts, NetworkFacts, OwnedContext, Pairs, RequestFacts, SessionFacts, Time, ViaFacts, WebIdentity,
};
use strongroom_types::{AliasName, Timestamp};

fn pairs() -> Pairs {
    Pairs::from([("purpose".to_owned(), "test".to_owned())])
}

/// Every parameter, each with a value of its own.
fn request<'a>(pairs: &'a Pairs, constraints: &'a Constraints) -> RequestFacts<'a> {
    RequestFacts {
        alias: Some("alias/a"),
        encryption_algorithm: Some("1"),
        encryption_context: Some(pairs),
        reencrypt_on_same_key: Some(true),
        signing_algorithm: Some("2"),
        message_type: Some("3"),
        mac_algorithm: Some("4"),
        key_agreement_algorithm: Some("5"),
        data_key_pair_spec: Some("6"),
        grant: Some(GrantFacts {
            operations: [GrantOperation::Decrypt, GrantOperation::Decapsulate].into_iter().collect(),
            constraints: Some(constraints),
            source_arn: Some("7"),
            grantee_principal: Some("8"),
            retiring_principal: Some("9"),
            grantee_service_principal: Some("10"),
            retiring_service_principal: Some("11"),
        }),
        grant_is_for_aws_resource: Some(false),
        bypass_policy_lockout_safety_check: Some(true),
        policy_name: Some("12"),
        rotation_period_days: Some(13),
        pending_window_days: Some(14),
        trailing_days_without_usage: Some(15),
        expiration_model: Some("16"),
        valid_to: Some(at()),
        wrapping_algorithm: Some("17"),
        wrapping_key_spec: Some("18"),
        replica_region: Some("19"),
        primary_region: Some("20"),
        tags: Some(pairs),
        tag_keys: &["21", "22"],
        attestation: Some(AttestationFacts {
            image_sha384: Some("23"),
            pcrs: &[(1, "24")],
            nitro_tpm_pcrs: &[(2, "25")],
        }),
        assume_role: AssumeRoleFacts {
            external_id: Some("26"),
            role_session_name: Some("27"),
            source_identity: Some("28"),
            transitive_tag_keys: &["29"],
        },
        iam: IamFacts { permissions_boundary: Some("boundary"), policy_arn: Some("policy") },
    }
}

fn at() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_123)
}

/// Calls back with a context in which nothing is absent.
fn full<T>(with: impl FnOnce(&Context<'_>) -> T) -> T {
    let (pairs, aliases) = (pairs(), [AliasName::parse("alias/a").unwrap()]);
    let constraints = Constraints::Subset(pairs.clone());
    let at = at();
    let request = request(&pairs, &constraints);
    let given = Given::from([("aws:x".to_owned(), vec!["53".to_owned()])]);
    with(&Context {
        session: SessionFacts {
            principal_tags: Some(&pairs),
            token_issue_time: Some(at),
            mfa_present: Some(true),
            mfa_age_s: Some(30),
            federated_provider: Some("31"),
            source_identity: Some("32"),
            web_identity: Some(WebIdentity {
                issuer: "33",
                audience: "34",
                subject: "35",
                claims: &[("36", &["37", "38"])],
            }),
        },
        network: NetworkFacts {
            source_ip: "192.0.2.1".parse().ok(),
            secure_transport: true,
            user_agent: Some("39"),
            referer: Some("40"),
            vpc_source_ip: "2001:db8::1".parse().ok(),
            source_vpc: Some("41"),
            source_vpce: Some("42"),
        },
        now: at,
        region: Some("43"),
        via: ViaFacts {
            via_service: Some("44"),
            via_aws_service: true,
            called_via: &["45", "46"],
            source_arn: Some("47"),
            source_account: Some("48"),
        },
        key: Some(KeyFacts {
            spec: "49",
            usage: "50",
            origin: "51",
            multi_region: true,
            multi_region_key_type: Some("52"),
            aliases: &aliases,
        }),
        resource_tags: Some(&pairs),
        request,
        given: Some(&given),
    })
}

#[test]
fn copy_lends_what_was_copied_and_survives_json() {
    let shown = full(|context| format!("{context:?}"));
    let copy = full(OwnedContext::of);
    assert_eq!(copy.with(|context| format!("{context:?}")), shown);
    let json = serde_json::to_string(&copy).unwrap();
    let read: OwnedContext = serde_json::from_str(&json).unwrap();
    assert_eq!(read, copy, "{json}");
    let own = 4 * "purposetest".len() + "3940".len() + "2122".len() + "333435363738".len();
    assert_eq!(copy.bytes(), own + "aws:x53".len());
}

#[test]
fn what_is_left_out_is_absent_and_what_is_unknown_is_refused() {
    let read = |text: &str| serde_json::from_str::<OwnedContext>(text);
    assert_eq!(read("{}").unwrap(), OwnedContext::default());
    let text = r#"{"request":{"encryption_context":{"a":"b"}},"now":"2026-01-02T03:00:00Z"}"#;
    let context = read(text).unwrap();
    assert_eq!(context.now, Time::parse("1767322800"));
    for refused in [
        r#"{"requests":{}}"#,
        r#"{"request":{"alais":"x"}}"#,
        r#"{"now":"tomorrow"}"#,
        r#"{"now":"1969-01-01T00:00:00Z"}"#,
        r#"{"key":{"aliases":["no alias"]}}"#,
        r#"{"request":{"grant":{"operations":["Nothing"]}}}"#,
    ] {
        assert!(read(refused).is_err(), "{refused}");
    }
}
