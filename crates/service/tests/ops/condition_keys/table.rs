//! The table: which key, who reads it from which call, the value that it has there and one that it has not.
//!
//! Texts with a `$` are names that a stage fills in.

/// One key, as one call has it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The key as a policy names it.
    pub(super) key: &'static str,
    pub(super) operator: &'static str,
    pub(super) operation: &'static str,
    /// The call's input.
    pub(super) input: &'static str,
    /// The value that the request has.
    pub(super) right: &'static str,
    /// A value that it has not.
    pub(super) wrong: &'static str,
    /// The role's session calls, not alice.
    pub(super) session: bool,
}

/// An operation and its input.
type Call = (&'static str, &'static str);

const fn row(key: &'static str, operator: &'static str, call: Call, values: [&'static str; 2]) -> Row {
    let [right, wrong] = values;
    Row { key, operator, operation: call.0, input: call.1, right, wrong, session: false }
}

/// The same by the session of a role.
const fn session(key: &'static str, operator: &'static str, values: [&'static str; 2]) -> Row {
    Row { session: true, ..row(key, operator, ENCRYPT, values) }
}

const ENCRYPT: Call =
    ("Encrypt", r#"{"KeyId":"$key","Plaintext":"AAAA","EncryptionContext":{"app":"pay","stage":"live"}}"#);
const ENCRYPT_BY_ALIAS: Call = ("Encrypt", r#"{"KeyId":"$alias","Plaintext":"AAAA"}"#);
const DECRYPT: Call = ("Decrypt", r#"{"CiphertextBlob":"$blob"}"#);
const DATA_KEY: Call =
    ("GenerateDataKey", r#"{"KeyId":"$key","NumberOfBytes":16,"EncryptionContext":{"app":"pay"}}"#);
const REENCRYPT: Call = ("ReEncrypt", r#"{"CiphertextBlob":"$blob","DestinationKeyId":"$key"}"#);
const DESCRIBE: Call = ("DescribeKey", r#"{"KeyId":"$key"}"#);
const CREATE_RSA: Call = ("CreateKey", r#"{"KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}"#);
const CREATE_OLD_RSA: Call =
    ("CreateKey", r#"{"CustomerMasterKeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}"#);
const CREATE_EXTERNAL: Call = ("CreateKey", r#"{"Origin":"EXTERNAL"}"#);
const CREATE_MULTI_REGION: Call = ("CreateKey", r#"{"MultiRegion":true}"#);
const CREATE_TAGGED: Call = ("CreateKey", r#"{"Tags":[{"TagKey":"cost","TagValue":"1"}]}"#);
const CREATE_WITHOUT_CHECK: Call =
    ("CreateKey", r#"{"Policy":"$policy","BypassPolicyLockoutSafetyCheck":true}"#);
const TAG: Call = ("TagResource", r#"{"KeyId":"$key","Tags":[{"TagKey":"cost","TagValue":"1"}]}"#);
const UNTAG: Call = ("UntagResource", r#"{"KeyId":"$key","TagKeys":["project"]}"#);
const GET_POLICY: Call = ("GetKeyPolicy", r#"{"KeyId":"$key"}"#);
const PUT_POLICY: Call = ("PutKeyPolicy", r#"{"KeyId":"$key","Policy":"$policy"}"#);
const PUT_WITHOUT_CHECK: Call =
    ("PutKeyPolicy", r#"{"KeyId":"$key","Policy":"$policy","BypassPolicyLockoutSafetyCheck":true}"#);
const PUT_WITH_CHECK: Call =
    ("PutKeyPolicy", r#"{"KeyId":"$key","Policy":"$policy","BypassPolicyLockoutSafetyCheck":false}"#);
const ROTATE: Call = ("EnableKeyRotation", r#"{"KeyId":"$key","RotationPeriodInDays":180}"#);
const ROTATE_BY_DEFAULT: Call = ("EnableKeyRotation", r#"{"KeyId":"$key"}"#);
const DELETE: Call = ("ScheduleKeyDeletion", r#"{"KeyId":"$key","PendingWindowInDays":7}"#);
const DELETE_BY_DEFAULT: Call = ("ScheduleKeyDeletion", r#"{"KeyId":"$key"}"#);
const LIST_GRANTS: Call = ("ListGrants", r#"{"KeyId":"$key"}"#);
const GRANT: Call = (
    "CreateGrant",
    r#"{"KeyId":"$key","GranteePrincipal":"$user","RetiringPrincipal":"$role","Operations":["Encrypt","DescribeKey"],
        "Constraints":{"EncryptionContextSubset":{"app":"pay"},"SourceArn":"$topic"}}"#,
);
const GRANT_EQUALS: Call = (
    "CreateGrant",
    r#"{"KeyId":"$key","GranteePrincipal":"$user","Operations":["Encrypt"],
        "Constraints":{"EncryptionContextEquals":{"app":"pay"}}}"#,
);
const GRANT_TO_SERVICE: Call = (
    "CreateGrant",
    r#"{"KeyId":"$key","GranteeServicePrincipal":"logs.us-east-1.amazonaws.com","Operations":["Encrypt"],
        "RetiringServicePrincipal":"sns.us-east-1.amazonaws.com","Constraints":{"SourceArn":"$topic"}}"#,
);

const TEXT: &str = "StringEquals";
const ANY: &str = "ForAnyValue:StringEquals";
const NUMBER: &str = "NumericEquals";
const FLAG: &str = "Bool";
const DATE: &str = "DateEquals";
const ARN: &str = "ArnEquals";

const OTHER_ACCOUNT: &str = "444455556666";

/// Every key that the service has values for, and calls that have them.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    row("aws:PrincipalArn", ARN, ENCRYPT, ["$user", "$role"]),
    session("aws:PrincipalArn", ARN, ["$role", "$user"]),
    row("aws:PrincipalAccount", TEXT, ENCRYPT, ["$account", OTHER_ACCOUNT]),
    session("aws:PrincipalAccount", TEXT, ["$account", OTHER_ACCOUNT]),
    row("aws:PrincipalType", TEXT, ENCRYPT, ["User", "AssumedRole"]),
    session("aws:PrincipalType", TEXT, ["AssumedRole", "User"]),
    row("aws:PrincipalTag/team", TEXT, ENCRYPT, ["red", "blue"]),
    row("aws:PrincipalIsAWSService", FLAG, ENCRYPT, ["false", "true"]),
    row("aws:userid", TEXT, ENCRYPT, ["$user_id", "$role_id"]),
    session("aws:userid", TEXT, ["$role_id", "$user_id"]),
    row("aws:username", TEXT, ENCRYPT, ["alice", "bob"]),
    row("aws:SourceIp", "IpAddress", ENCRYPT, ["192.0.2.0/24", "198.51.100.0/24"]),
    row("aws:SecureTransport", FLAG, ENCRYPT, ["true", "false"]),
    row("aws:CurrentTime", DATE, ENCRYPT, ["2026-01-15T12:00:00Z", "2026-01-15T12:00:01Z"]),
    row("aws:EpochTime", NUMBER, ENCRYPT, ["1768478400", "1768478401"]),
    session("aws:TokenIssueTime", DATE, ["2026-01-15T12:00:00Z", "2026-01-15T12:00:01Z"]),
    session("aws:MultiFactorAuthPresent", FLAG, ["false", "true"]),
    session("aws:SourceIdentity", TEXT, ["alice-herself", "somebody"]),
    row("aws:UserAgent", TEXT, ENCRYPT, ["scenario/1", "scenario/2"]),
    row("aws:Referer", TEXT, ENCRYPT, ["$referer", "https://console.test/"]),
    row("aws:RequestedRegion", TEXT, ENCRYPT, ["us-east-1", "eu-west-1"]),
    row("aws:ResourceAccount", TEXT, ENCRYPT, ["$account", OTHER_ACCOUNT]),
    row("aws:ViaAWSService", FLAG, ENCRYPT, ["false", "true"]),
    row("aws:ResourceTag/project", TEXT, ENCRYPT, ["apollo", "gemini"]),
    row("aws:RequestTag/cost", TEXT, TAG, ["1", "2"]),
    row("aws:RequestTag/cost", TEXT, CREATE_TAGGED, ["1", "2"]),
    row("aws:TagKeys", ANY, TAG, ["cost", "project"]),
    row("aws:TagKeys", ANY, UNTAG, ["project", "cost"]),
    row("kms:CallerAccount", TEXT, ENCRYPT, ["$account", OTHER_ACCOUNT]),
    row("kms:CallerAccount", TEXT, DESCRIBE, ["$account", OTHER_ACCOUNT]),
    row("kms:KeySpec", TEXT, ENCRYPT, ["SYMMETRIC_DEFAULT", "RSA_2048"]),
    row("kms:KeySpec", TEXT, CREATE_RSA, ["RSA_2048", "SYMMETRIC_DEFAULT"]),
    row("kms:KeyUsage", TEXT, ENCRYPT, ["ENCRYPT_DECRYPT", "SIGN_VERIFY"]),
    row("kms:KeyUsage", TEXT, CREATE_RSA, ["SIGN_VERIFY", "ENCRYPT_DECRYPT"]),
    row("kms:KeyOrigin", TEXT, ENCRYPT, ["AWS_KMS", "EXTERNAL"]),
    row("kms:KeyOrigin", TEXT, CREATE_EXTERNAL, ["EXTERNAL", "AWS_KMS"]),
    row("kms:CustomerMasterKeySpec", TEXT, DECRYPT, ["SYMMETRIC_DEFAULT", "RSA_2048"]),
    row("kms:CustomerMasterKeySpec", TEXT, CREATE_OLD_RSA, ["RSA_2048", "SYMMETRIC_DEFAULT"]),
    row("kms:CustomerMasterKeyUsage", TEXT, DECRYPT, ["ENCRYPT_DECRYPT", "SIGN_VERIFY"]),
    row("kms:MultiRegion", FLAG, ENCRYPT, ["false", "true"]),
    row("kms:MultiRegion", FLAG, CREATE_MULTI_REGION, ["true", "false"]),
    row("kms:MultiRegionKeyType", TEXT, CREATE_MULTI_REGION, ["PRIMARY", "REPLICA"]),
    row("kms:ResourceAliases", ANY, ENCRYPT, ["$alias", "alias/other"]),
    row("kms:RequestAlias", TEXT, ENCRYPT_BY_ALIAS, ["$alias", "alias/other"]),
    row("kms:EncryptionAlgorithm", TEXT, ENCRYPT, ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"]),
    row("kms:EncryptionAlgorithm", TEXT, DECRYPT, ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"]),
    row("kms:EncryptionAlgorithm", TEXT, DATA_KEY, ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"]),
    row("kms:EncryptionAlgorithm", TEXT, REENCRYPT, ["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"]),
    row("kms:EncryptionContext:app", TEXT, ENCRYPT, ["pay", "mail"]),
    row("kms:EncryptionContext:app", TEXT, DATA_KEY, ["pay", "mail"]),
    row("kms:EncryptionContext:app", TEXT, GRANT, ["pay", "mail"]),
    row("kms:EncryptionContextKeys", ANY, ENCRYPT, ["stage", "tenant"]),
    row("kms:EncryptionContextKeys", ANY, GRANT_EQUALS, ["app", "stage"]),
    row("kms:ReEncryptOnSameKey", FLAG, REENCRYPT, ["true", "false"]),
    row("kms:GrantOperations", ANY, GRANT, ["DescribeKey", "Decrypt"]),
    row("kms:GrantConstraintType", TEXT, GRANT, ["EncryptionContextSubset", "EncryptionContextEquals"]),
    row("kms:GrantConstraintType", TEXT, GRANT_EQUALS, ["EncryptionContextEquals", "EncryptionContextSubset"]),
    row("kms:GrantConstraintSourceArn", ARN, GRANT, ["$topic", "$user"]),
    row("kms:GranteePrincipal", ARN, GRANT, ["$user", "$role"]),
    row("kms:RetiringPrincipal", ARN, GRANT, ["$role", "$user"]),
    row("kms:GranteeServicePrincipal", TEXT, GRANT_TO_SERVICE, ["logs.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com"]),
    row("kms:RetiringServicePrincipal", TEXT, GRANT_TO_SERVICE, ["sns.us-east-1.amazonaws.com", "logs.us-east-1.amazonaws.com"]),
    row("kms:GrantIsForAWSResource", FLAG, GRANT, ["false", "true"]),
    row("kms:GrantIsForAWSResource", FLAG, LIST_GRANTS, ["false", "true"]),
    row("kms:BypassPolicyLockoutSafetyCheck", FLAG, CREATE_WITHOUT_CHECK, ["true", "false"]),
    row("kms:BypassPolicyLockoutSafetyCheck", FLAG, PUT_WITHOUT_CHECK, ["true", "false"]),
    row("kms:BypassPolicyLockoutSafetyCheck", FLAG, PUT_WITH_CHECK, ["false", "true"]),
    row("kms:PolicyName", TEXT, GET_POLICY, ["default", "other"]),
    row("kms:PolicyName", TEXT, PUT_POLICY, ["default", "other"]),
    row("kms:RotationPeriodInDays", NUMBER, ROTATE, ["180", "365"]),
    row("kms:RotationPeriodInDays", NUMBER, ROTATE_BY_DEFAULT, ["365", "180"]),
    row("kms:ScheduleKeyDeletionPendingWindowInDays", NUMBER, DELETE, ["7", "30"]),
    row("kms:ScheduleKeyDeletionPendingWindowInDays", NUMBER, DELETE_BY_DEFAULT, ["30", "7"]),
    row("kms:TrailingDaysWithoutKeyUsage", NUMBER, DELETE, ["0", "1"]),
];

/// Keys that other tests have the service fill, and those tests.
pub(super) const ELSEWHERE: &[(&str, &str)] = &[
    ("aws:MultiFactorAuthAge", include_str!("../iam/sts/get_session_token.rs")),
    ("aws:FederatedProvider", include_str!("../iam/sts/assume_role_with_web_identity.rs")),
    ("sts:ExternalId", include_str!("../iam/sts/assume_role.rs")),
    ("sts:RoleSessionName", include_str!("../iam/sts/assume_role.rs")),
    ("sts:SourceIdentity", include_str!("../iam/sts/assume_role.rs")),
    ("sts:TransitiveTagKeys", include_str!("../iam/sts/assume_role.rs")),
    ("iam:PermissionsBoundary", include_str!("../iam/delegation.rs")),
    ("iam:PolicyARN", include_str!("../iam/delegation.rs")),
    ("iam:ResourceTag/", include_str!("../iam/delegation.rs")),
];

/// Keys that nothing here can say.
pub(super) const MISSING: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:VpcSourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:SourceArn",
    "aws:SourceAccount",
    "kms:ViaService",
    "kms:SigningAlgorithm",
    "kms:MessageType",
    "kms:MacAlgorithm",
    "kms:KeyAgreementAlgorithm",
    "kms:DataKeyPairSpec",
    "kms:ExpirationModel",
    "kms:ValidTo",
    "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
    "kms:ReplicaRegion",
    "kms:PrimaryRegion",
    "kms:RecipientAttestation:ImageSha384",
    "kms:RecipientAttestation:PCR0",
    "kms:RecipientAttestation:NitroTPMPCR0",
];
