//! Every condition key of the table: its value where it belongs, nothing where it does not.

use super::*;
use crate::condition::key::{Reads, TABLE, Values};
use crate::{
    AssumeRoleFacts, AttestationFacts, Constraints, GrantFacts, GrantOperation, IamFacts, KeyFacts,
    KmsAction, NetworkFacts, Pairs, RequestFacts, SessionFacts, ViaFacts,
};
use std::collections::BTreeSet;
use strongroom_types::{AliasName, Timestamp};

/// All actions but those on no key; CreateKey asks for one.
const ON_KEYS: &str = "! GenerateRandom ListKeys ListAliases ListRetirableGrants ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore UpdateCustomKeyStore";

/// Key, the value it has in the full context, and for `kms:` keys the actions that have it (`*`: all; `!`: all but these).
pub(super) const KEYS: &[(&str, &str, &str)] = &[
    ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/svc/r", "*"),
    ("aws:PrincipalAccount", "111122223333", "*"),
    ("aws:PrincipalType", "AssumedRole", "*"),
    ("aws:PrincipalTag/team", "blue", "*"),
    ("aws:PrincipalIsAWSService", "false", "*"),
    ("aws:userid", "AROA111122223333r:s", "*"),
    ("aws:SourceIp", "10.0.0.1", "*"),
    ("aws:VpcSourceIp", "10.0.0.2", "*"),
    ("aws:SourceVpc", "vpc-1", "*"),
    ("aws:SourceVpce", "vpce-1", "*"),
    ("aws:SecureTransport", "true", "*"),
    ("aws:CurrentTime", "2013-07-01T00:00:00Z", "*"),
    ("aws:EpochTime", "1372636800", "*"),
    ("aws:TokenIssueTime", "2013-06-30T23:00:00Z", "*"),
    ("aws:MultiFactorAuthPresent", "true", "*"),
    ("aws:MultiFactorAuthAge", "60", "*"),
    ("aws:UserAgent", "agent", "*"),
    ("aws:Referer", "referer", "*"),
    ("aws:RequestedRegion", "eu-west-1", "*"),
    ("aws:ResourceAccount", "111122223333", "*"),
    ("aws:ResourceTag/stage", "prod", "*"),
    ("aws:RequestTag/cost", "7", "CreateKey TagResource"),
    ("aws:TagKeys", "cost", "CreateKey TagResource UntagResource"),
    ("aws:TagKeys", "removed", "CreateKey TagResource UntagResource"),
    ("aws:CalledVia", "b.amazonaws.com", "*"),
    ("aws:CalledViaFirst", "a.amazonaws.com", "*"),
    ("aws:CalledViaLast", "b.amazonaws.com", "*"),
    ("aws:ViaAWSService", "true", "*"),
    ("aws:SourceArn", "arn:aws:s3:::b", "*"),
    ("aws:SourceAccount", "444455556666", "*"),
    ("aws:FederatedProvider", "provider", "*"),
    ("aws:SourceIdentity", "source", "*"),
    ("kms:KeySpec", "SYMMETRIC_DEFAULT", ON_KEYS),
    ("kms:KeyUsage", "ENCRYPT_DECRYPT", ON_KEYS),
    ("kms:KeyOrigin", "AWS_KMS", ON_KEYS),
    ("kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT", ON_KEYS),
    ("kms:CustomerMasterKeyUsage", "ENCRYPT_DECRYPT", ON_KEYS),
    ("kms:MultiRegion", "true", ON_KEYS),
    ("kms:MultiRegionKeyType", "PRIMARY", ON_KEYS),
    ("kms:ResourceAliases", "alias/two", ON_KEYS),
    ("kms:ViaService", "s3.eu-west-1.amazonaws.com", ON_KEYS),
    (
        "kms:RequestAlias",
        "alias/asked",
        "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext Sign Verify GenerateMac VerifyMac DeriveSharedSecret Encapsulate Decapsulate DescribeKey GetPublicKey",
    ),
    (
        "kms:EncryptionAlgorithm",
        "RSAES_OAEP_SHA_1",
        "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext",
    ),
    (
        "kms:EncryptionContext:App",
        "a",
        "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext CreateGrant RetireGrant",
    ),
    (
        "kms:EncryptionContextKeys",
        "app",
        "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext CreateGrant RetireGrant",
    ),
    ("kms:ReEncryptOnSameKey", "true", "ReEncryptFrom ReEncryptTo"),
    ("kms:SigningAlgorithm", "ECDSA_SHA_256", "Sign Verify"),
    ("kms:MessageType", "RAW", "Sign Verify"),
    ("kms:MacAlgorithm", "HMAC_SHA_256", "GenerateMac VerifyMac"),
    ("kms:KeyAgreementAlgorithm", "ECDH", "DeriveSharedSecret"),
    ("kms:DataKeyPairSpec", "RSA_2048", "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext"),
    ("kms:GrantOperations", "Decrypt", "CreateGrant"),
    ("kms:GrantConstraintType", "EncryptionContextSubset", "CreateGrant RetireGrant"),
    ("kms:GrantConstraintSourceArn", "arn:aws:s3:::g", "CreateGrant"),
    ("kms:GranteePrincipal", "grantee", "CreateGrant"),
    ("kms:RetiringPrincipal", "retiring", "CreateGrant"),
    ("kms:GranteeServicePrincipal", "grantee.amazonaws.com", "CreateGrant"),
    ("kms:RetiringServicePrincipal", "retiring.amazonaws.com", "CreateGrant"),
    ("kms:GrantIsForAWSResource", "false", "CreateGrant ListGrants RevokeGrant"),
    ("kms:BypassPolicyLockoutSafetyCheck", "true", "CreateKey PutKeyPolicy"),
    ("kms:PolicyName", "default", "GetKeyPolicy PutKeyPolicy"),
    ("kms:RotationPeriodInDays", "365", "EnableKeyRotation"),
    ("kms:ScheduleKeyDeletionPendingWindowInDays", "30", "ScheduleKeyDeletion"),
    ("kms:TrailingDaysWithoutKeyUsage", "90", "DisableKey ScheduleKeyDeletion"),
    ("kms:ExpirationModel", "KEY_MATERIAL_EXPIRES", "ImportKeyMaterial"),
    ("kms:ValidTo", "2013-07-01T00:00:00Z", "ImportKeyMaterial"),
    ("kms:WrappingAlgorithm", "RSAES_OAEP_SHA_256", "GetParametersForImport"),
    ("kms:WrappingKeySpec", "RSA_4096", "GetParametersForImport"),
    ("kms:ReplicaRegion", "eu-west-2", "ReplicateKey"),
    ("kms:PrimaryRegion", "eu-west-3", "UpdatePrimaryRegion"),
    (
        "kms:RecipientAttestation:ImageSha384",
        "aa",
        "Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom",
    ),
    (
        "kms:RecipientAttestation:PCR3",
        "bb",
        "Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom",
    ),
    (
        "kms:RecipientAttestation:NitroTPMPCR4",
        "cc",
        "Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom",
    ),
    ("sts:ExternalId", "external", "*"),
    ("sts:RoleSessionName", "session", "*"),
    ("sts:SourceIdentity", "asked", "*"),
    ("sts:TransitiveTagKeys", "transitive", "*"),
    ("iam:PermissionsBoundary", "arn:aws:iam::111122223333:policy/boundary", ""),
    ("iam:PolicyARN", "arn:aws:iam::111122223333:policy/attached", ""),
];

/// What the full context borrows.
pub(super) struct Owned {
    principal: Pairs,
    resource: Pairs,
    request: Pairs,
    context: Pairs,
    aliases: Vec<AliasName>,
    constraints: Constraints,
}

fn one(key: &str, value: &str) -> Pairs {
    [(key.to_owned(), value.to_owned())].into()
}

impl Owned {
    pub(super) fn new() -> Self {
        Self {
            principal: one("Team", "blue"),
            resource: one("stage", "prod"),
            request: one("cost", "7"),
            context: one("app", "a"),
            aliases: ["alias/one", "alias/two"].map(|name| AliasName::parse(name).unwrap()).to_vec(),
            constraints: Constraints::Subset(one("app", "a")),
        }
    }

    /// Everything filled in, whatever the action.
    pub(super) fn context(&self) -> Context<'_> {
        let grant = GrantFacts {
            operations: [GrantOperation::Decrypt, GrantOperation::Encrypt].into_iter().collect(),
            constraints: Some(&self.constraints),
            source_arn: Some("arn:aws:s3:::g"),
            grantee_principal: Some("grantee"),
            retiring_principal: Some("retiring"),
            grantee_service_principal: Some("grantee.amazonaws.com"),
            retiring_service_principal: Some("retiring.amazonaws.com"),
        };
        Context {
            session: SessionFacts {
                principal_tags: Some(&self.principal),
                token_issue_time: Some(Timestamp::from_millis(1_372_633_200_000)),
                mfa_present: Some(true),
                mfa_age_s: Some(60),
                federated_provider: Some("provider"),
                source_identity: Some("source"),
                web_identity: None,
            },
            network: NetworkFacts {
                source_ip: Some([10, 0, 0, 1].into()),
                secure_transport: true,
                user_agent: Some("agent"),
                referer: Some("referer"),
                vpc_source_ip: Some([10, 0, 0, 2].into()),
                source_vpc: Some("vpc-1"),
                source_vpce: Some("vpce-1"),
            },
            now: Timestamp::from_millis(1_372_636_800_000),
            region: Some("eu-west-1"),
            via: ViaFacts {
                via_service: Some("s3.eu-west-1.amazonaws.com"),
                via_aws_service: true,
                called_via: &["a.amazonaws.com", "b.amazonaws.com"],
                source_arn: Some("arn:aws:s3:::b"),
                source_account: Some("444455556666"),
            },
            key: Some(KeyFacts {
                spec: "SYMMETRIC_DEFAULT",
                usage: "ENCRYPT_DECRYPT",
                origin: "AWS_KMS",
                multi_region: true,
                multi_region_key_type: Some("PRIMARY"),
                aliases: &self.aliases,
            }),
            resource_tags: Some(&self.resource),
            request: RequestFacts { grant: Some(grant), ..self.request() },
            given: None,
        }
    }

    fn request(&self) -> RequestFacts<'_> {
        RequestFacts {
            alias: Some("alias/asked"),
            encryption_algorithm: Some("RSAES_OAEP_SHA_1"),
            encryption_context: Some(&self.context),
            reencrypt_on_same_key: Some(true),
            signing_algorithm: Some("ECDSA_SHA_256"),
            message_type: Some("RAW"),
            mac_algorithm: Some("HMAC_SHA_256"),
            key_agreement_algorithm: Some("ECDH"),
            data_key_pair_spec: Some("RSA_2048"),
            grant: None,
            grant_is_for_aws_resource: Some(false),
            bypass_policy_lockout_safety_check: Some(true),
            policy_name: Some("default"),
            rotation_period_days: Some(365),
            pending_window_days: Some(30),
            trailing_days_without_usage: Some(90),
            expiration_model: Some("KEY_MATERIAL_EXPIRES"),
            valid_to: Some(Timestamp::from_millis(1_372_636_800_000)),
            wrapping_algorithm: Some("RSAES_OAEP_SHA_256"),
            wrapping_key_spec: Some("RSA_4096"),
            replica_region: Some("eu-west-2"),
            primary_region: Some("eu-west-3"),
            tags: Some(&self.request),
            tag_keys: &["removed"],
            attestation: Some(AttestationFacts {
                image_sha384: Some("aa"),
                pcrs: &[(0, "00"), (3, "bb")],
                nitro_tpm_pcrs: &[(4, "cc")],
            }),
            assume_role: AssumeRoleFacts {
                external_id: Some("external"),
                role_session_name: Some("session"),
                source_identity: Some("asked"),
                transitive_tag_keys: &["transitive"],
            },
            iam: IamFacts {
                permissions_boundary: Some("arn:aws:iam::111122223333:policy/boundary"),
                policy_arn: Some("arn:aws:iam::111122223333:policy/attached"),
            },
        }
    }
}

/// Whether an identity policy with this condition allows the session the action.
fn holds(condition: &str, action: &str, context: &Context<'_>) -> bool {
    let statement = format!(r#"{},"Condition":{{{condition}}}"#, attached("Allow", "*"));
    let policies = [IdentityPolicy { name: Arc::from("p"), document: identity(&[&statement]) }];
    let evidence = Evidence { identity: &policies, ..Evidence::default() };
    let caller = caller(SESSION);
    decide(&Question { caller: &caller, action: action.into(), resource: Resource::None, context }, &evidence)
        .is_allowed()
}

#[test]
fn every_key_has_its_value_exactly_where_it_belongs() {
    let owned = Owned::new();
    let (full, empty) = (owned.context(), Context::default());
    for (key, value, actions) in KEYS {
        let equals = format!(r#""ForAnyValue:StringEquals":{{"{key}":"{value}"}}"#);
        let missing = format!(r#""Null":{{"{key}":"true"}}"#);
        for action in KmsAction::ALL {
            let name = action.as_str().strip_prefix("kms:").unwrap();
            let listed = actions.split(' ').any(|listed| listed == name);
            let belongs = *actions == "*" || listed != actions.starts_with('!');
            assert_eq!(holds(&equals, action.as_str(), &full), belongs, "{key} {name}");
            assert_eq!(holds(&missing, action.as_str(), &full), !belongs, "{key} {name}");
            assert!(!holds(&equals, action.as_str(), &empty) || key.starts_with("aws:"), "{key} {name}");
        }
        assert_eq!(holds(&equals, "s3:GetObject", &full), !key.starts_with("kms:"), "{key}");
    }
}

#[test]
fn every_row_of_the_table_is_tried() {
    let tried: BTreeSet<String> = KEYS
        .iter()
        .map(|(key, _, _)| crate::condition::key::ConditionKey::parse(key).unwrap().row.name.to_owned())
        .chain(["aws:username", "kms:CallerAccount", "iam:ResourceTag/"].map(ToOwned::to_owned))
        .collect();
    for row in TABLE.iter().filter(|row| row.reads != Reads::Organisation) {
        assert!(tried.contains(row.name), "{}", row.name);
    }
    assert_eq!(TABLE.iter().filter(|row| row.values == Values::Many).count(), 9);
}

#[test]
fn caller_account_is_there_for_keys_and_key_stores() {
    let equals = r#""StringEquals":{"kms:CallerAccount":"111122223333"}"#;
    for (action, expected) in [
        ("kms:Decrypt", true),
        ("kms:CreateAlias", true),
        ("kms:ConnectCustomKeyStore", true),
        ("kms:CreateKey", false),
        ("kms:ListKeys", false),
        ("kms:GenerateRandom", false),
        ("s3:GetObject", false),
    ] {
        assert_eq!(holds(equals, action, &Context::default()), expected, "{action}");
    }
}

#[test]
fn keys_of_iam_policies_do_not_exist_in_key_policies() {
    let owned = Owned::new();
    let context = owned.context();
    for (key, value) in [("aws:ResourceTag/stage", "prod"), ("kms:ResourceAliases", "alias/one")] {
        let with = |operator: &str, value: &str| {
            let condition = format!(r#","Condition":{{"{operator}":{{"{key}":"{value}"}}}}"#);
            let policy = key_policy(&[&format!("{}{condition}", about("Allow", ALICE, "*"))]);
            let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
            ask(ALICE, "kms:Decrypt", &context, &evidence).is_allowed()
        };
        assert!(!with("ForAnyValue:StringEquals", value), "{key}");
        assert!(with("Null", "true"), "{key}");
        assert!(holds(
            &format!(r#""ForAnyValue:StringEquals":{{"{key}":"{value}"}}"#),
            "kms:Decrypt",
            &context
        ));
    }
}

#[test]
fn tags_under_the_name_of_iam_are_those_of_users_and_roles() {
    let owned = Owned::new();
    let context = owned.context();
    let condition = |key: &str| format!(r#""StringEquals":{{"{key}/stage":"prod"}}"#);
    let on = |key: &str, arn: &str| {
        let statement = format!(r#"{},"Condition":{{{}}}"#, attached("Allow", "*"), condition(key));
        let policies = [IdentityPolicy { name: Arc::from("p"), document: identity(&[&statement]) }];
        let evidence = Evidence { identity: &policies, ..Evidence::default() };
        let caller = caller(SESSION);
        let resource = Resource::Other(arn);
        let question =
            Question { caller: &caller, action: "iam:GetUser".into(), resource, context: &context };
        decide(&question, &evidence).is_allowed()
    };
    for (resource, has) in [
        ("user/team/u", true),
        ("role/r", true),
        ("policy/user/p", false),
        ("group/g", false),
        ("oidc-provider/user/x", false),
    ] {
        let arn = format!("arn:aws:iam::111122223333:{resource}");
        assert_eq!(on("iam:ResourceTag", &arn), has, "{resource}");
        assert!(on("aws:ResourceTag", &arn), "{resource}");
    }
    assert!(!holds(&condition("iam:ResourceTag"), "kms:Decrypt", &context));
}

#[test]
fn organisation_keys_are_never_there() {
    let owned = Owned::new();
    for key in
        ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceOrgID", "aws:SomethingNew", "s3:prefix"]
    {
        assert!(holds(&format!(r#""Null":{{"{key}":"true"}}"#), "kms:Decrypt", &owned.context()), "{key}");
    }
}

#[test]
fn resource_account_is_the_keys() {
    let policy = key_policy(&[&format!(
        r#"{},"Condition":{{"StringEquals":{{"aws:ResourceAccount":"111122223333","aws:PrincipalAccount":"444455556666"}}}}"#,
        about("Allow", "*", "*")
    )]);
    let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
    assert!(ask(OTHER_ROOT, "kms:Decrypt", &Context::default(), &evidence).is_allowed());
    assert!(!ask(ROOT, "kms:Decrypt", &Context::default(), &evidence).is_allowed());
}
