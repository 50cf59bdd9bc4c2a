//! Condition keys: one table that says of each which type it has, whether it has many values, which actions it
//! belongs to and in which policies it is present (contract sections 6.3, 6.5 to 6.7).

use crate::PolicyError;
use crate::action::{ActionSet, KmsAction as A};

/// What a key reads. Keys with a part of their own (tags, pairs) take it from [`ConditionKey::part`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub(crate) enum Reads {
    PrincipalArn, PrincipalAccount, PrincipalType, PrincipalTag, UserId, Username, SourceIp, VpcSourceIp, SourceVpc,
    SourceVpce, SecureTransport, CurrentTime, EpochTime, TokenIssueTime, MfaPresent, MfaAge, UserAgent, Referer,
    RequestedRegion, ResourceAccount, ResourceTag, RequestTag, TagKeys, CalledVia, CalledViaFirst, CalledViaLast,
    ViaAwsService, SourceArn, SourceAccount, FederatedProvider, SourceIdentity, PrincipalIsAwsService,
    CallerAccount, KeySpec, KeyUsage, KeyOrigin, MultiRegion, MultiRegionKeyType, ResourceAliases, ViaService,
    RequestAlias, EncryptionAlgorithm, EncryptionContext, EncryptionContextKeys, ReEncryptOnSameKey,
    SigningAlgorithm, MessageType, MacAlgorithm, KeyAgreementAlgorithm, DataKeyPairSpec, GrantOperations,
    GrantConstraintType, GrantConstraintSourceArn, GranteePrincipal, RetiringPrincipal, GranteeServicePrincipal,
    RetiringServicePrincipal, GrantIsForAwsResource, BypassLockoutCheck, PolicyName, RotationPeriod, PendingWindow,
    TrailingDays, ExpirationModel, ValidTo, WrappingAlgorithm, WrappingKeySpec, ReplicaRegion, PrimaryRegion,
    AttestedImage, AttestedPcr, AttestedTpmPcr, ExternalId, RoleSessionName, RequestedSourceIdentity,
    TransitiveTagKeys, PermissionsBoundary, PolicyArn,
    /// Tags of a user or role: IAM's own name for what `aws:ResourceTag/` reads of everything.
    IdentityTag,
    /// A key of an organisation: there is none here, it is never present.
    Organisation,
    /// A key of another service or of an identity provider, by its whole name.
    Foreign,
}

/// How many values a key has in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    One,
    Many,
    /// Not known to us.
    Unknown,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The name; one that ends in `/` or `:` is followed by a part of the policy's choice.
    pub(crate) name: &'static str,
    pub(crate) reads: Reads,
    pub(crate) values: Values,
    /// The KMS actions for which it exists; `None` for all. An `aws:` key exists for all actions of other services.
    pub(crate) actions: Option<ActionSet>,
    /// Present in identity policies, boundaries and session policies only.
    pub(crate) identity_only: bool,
}

const fn one(name: &'static str, reads: Reads) -> Row {
    Row { name, reads, values: Values::One, actions: None, identity_only: false }
}

const fn many(name: &'static str, reads: Reads) -> Row {
    Row { values: Values::Many, ..one(name, reads) }
}

/// For these actions only.
const fn of(row: Row, actions: ActionSet) -> Row {
    Row { actions: Some(actions), ..row }
}

/// In identity policies only.
const fn identity(row: Row) -> Row {
    Row { identity_only: true, ..row }
}

/// Operations that encrypt or decrypt under an encryption context or algorithm.
const CIPHER: [A; 8] = [
    A::Encrypt,
    A::Decrypt,
    A::ReEncryptFrom,
    A::ReEncryptTo,
    A::GenerateDataKey,
    A::GenerateDataKeyWithoutPlaintext,
    A::GenerateDataKeyPair,
    A::GenerateDataKeyPairWithoutPlaintext,
];
const ALGORITHM: ActionSet = ActionSet::of(&CIPHER);
#[rustfmt::skip]
const CONTEXT: ActionSet = ActionSet::of(&[
    A::Encrypt, A::Decrypt, A::ReEncryptFrom, A::ReEncryptTo, A::GenerateDataKey, A::GenerateDataKeyWithoutPlaintext,
    A::GenerateDataKeyPair, A::GenerateDataKeyPairWithoutPlaintext, A::CreateGrant, A::RetireGrant,
]);
/// Operations that take an alias for a key (contract section 1.1).
#[rustfmt::skip]
const ALIAS: ActionSet = ActionSet::of(&[
    A::Encrypt, A::Decrypt, A::ReEncryptFrom, A::ReEncryptTo, A::GenerateDataKey, A::GenerateDataKeyWithoutPlaintext,
    A::GenerateDataKeyPair, A::GenerateDataKeyPairWithoutPlaintext, A::Sign, A::Verify, A::GenerateMac, A::VerifyMac,
    A::DeriveSharedSecret, A::Encapsulate, A::Decapsulate, A::DescribeKey, A::GetPublicKey,
]);
/// Not the operations without a key, except those on custom key stores.
const CALLER_ACCOUNT: ActionSet = ActionSet::all_but(&[
    A::CreateKey,
    A::GenerateRandom,
    A::ListKeys,
    A::ListAliases,
    A::ListRetirableGrants,
]);
/// Properties of a key: actions on a key, and CreateKey for the key that is asked for.
const KEY: ActionSet = ActionSet::all_but(&[
    A::GenerateRandom,
    A::ListKeys,
    A::ListAliases,
    A::ListRetirableGrants,
    A::ConnectCustomKeyStore,
    A::CreateCustomKeyStore,
    A::DeleteCustomKeyStore,
    A::DescribeCustomKeyStores,
    A::DisconnectCustomKeyStore,
    A::UpdateCustomKeyStore,
]);
const REENCRYPT: ActionSet = ActionSet::of(&[A::ReEncryptFrom, A::ReEncryptTo]);
const SIGN: ActionSet = ActionSet::of(&[A::Sign, A::Verify]);
const MAC: ActionSet = ActionSet::of(&[A::GenerateMac, A::VerifyMac]);
const AGREE: ActionSet = ActionSet::of(&[A::DeriveSharedSecret]);
const PAIR: ActionSet = ActionSet::of(&[A::GenerateDataKeyPair, A::GenerateDataKeyPairWithoutPlaintext]);
const CREATE_GRANT: ActionSet = ActionSet::of(&[A::CreateGrant]);
const CREATE_OR_RETIRE: ActionSet = ActionSet::of(&[A::CreateGrant, A::RetireGrant]);
const GRANTS: ActionSet = ActionSet::of(&[A::CreateGrant, A::ListGrants, A::RevokeGrant]);
const PUT_POLICY: ActionSet = ActionSet::of(&[A::CreateKey, A::PutKeyPolicy]);
const POLICY_NAME: ActionSet = ActionSet::of(&[A::GetKeyPolicy, A::PutKeyPolicy]);
const ROTATION: ActionSet = ActionSet::of(&[A::EnableKeyRotation]);
const DELETION: ActionSet = ActionSet::of(&[A::ScheduleKeyDeletion]);
const UNUSED: ActionSet = ActionSet::of(&[A::DisableKey, A::ScheduleKeyDeletion]);
const IMPORT: ActionSet = ActionSet::of(&[A::ImportKeyMaterial]);
const PARAMETERS: ActionSet = ActionSet::of(&[A::GetParametersForImport]);
const REPLICATE: ActionSet = ActionSet::of(&[A::ReplicateKey]);
const PRIMARY: ActionSet = ActionSet::of(&[A::UpdatePrimaryRegion]);
/// ReplicateKey has its tags in the `kms:CreateKey` that it asks for in the replica's Region.
const TAGGING: ActionSet = ActionSet::of(&[A::CreateKey, A::TagResource]);
const TAG_KEYS: ActionSet = ActionSet::of(&[A::CreateKey, A::TagResource, A::UntagResource]);
/// Operations with a Recipient (contract section 5.7).
const ATTESTED: ActionSet = ActionSet::of(&[
    A::Decrypt,
    A::DeriveSharedSecret,
    A::GenerateDataKey,
    A::GenerateDataKeyPair,
    A::GenerateRandom,
]);

/// No action of KMS: keys of IAM.
const NO_KMS: ActionSet = ActionSet::of(&[]);
/// Actions of IAM that `iam:PermissionsBoundary` belongs to (Service Authorization Reference).
const BOUNDARY: [&str; 14] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
];
/// Actions of IAM that `iam:PolicyARN` belongs to (the same).
const ATTACHMENT: [&str; 6] = [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
];

/// Every key that is known.
#[rustfmt::skip]
pub(crate) static TABLE: &[Row] = &[
    one("aws:PrincipalArn", Reads::PrincipalArn),
    one("aws:PrincipalAccount", Reads::PrincipalAccount),
    one("aws:PrincipalType", Reads::PrincipalType),
    one("aws:PrincipalTag/", Reads::PrincipalTag),
    one("aws:PrincipalOrgID", Reads::Organisation),
    many("aws:PrincipalOrgPaths", Reads::Organisation),
    one("aws:PrincipalIsAWSService", Reads::PrincipalIsAwsService),
    one("aws:userid", Reads::UserId),
    one("aws:username", Reads::Username),
    one("aws:SourceIp", Reads::SourceIp),
    one("aws:VpcSourceIp", Reads::VpcSourceIp),
    one("aws:SourceVpc", Reads::SourceVpc),
    one("aws:SourceVpce", Reads::SourceVpce),
    one("aws:SecureTransport", Reads::SecureTransport),
    one("aws:CurrentTime", Reads::CurrentTime),
    one("aws:EpochTime", Reads::EpochTime),
    one("aws:TokenIssueTime", Reads::TokenIssueTime),
    one("aws:MultiFactorAuthPresent", Reads::MfaPresent),
    one("aws:MultiFactorAuthAge", Reads::MfaAge),
    one("aws:UserAgent", Reads::UserAgent),
    one("aws:Referer", Reads::Referer),
    one("aws:RequestedRegion", Reads::RequestedRegion),
    one("aws:ResourceAccount", Reads::ResourceAccount),
    one("aws:ResourceOrgID", Reads::Organisation),
    many("aws:ResourceOrgPaths", Reads::Organisation),
    identity(one("aws:ResourceTag/", Reads::ResourceTag)),
    of(one("aws:RequestTag/", Reads::RequestTag), TAGGING),
    of(many("aws:TagKeys", Reads::TagKeys), TAG_KEYS),
    many("aws:CalledVia", Reads::CalledVia),
    one("aws:CalledViaFirst", Reads::CalledViaFirst),
    one("aws:CalledViaLast", Reads::CalledViaLast),
    one("aws:ViaAWSService", Reads::ViaAwsService),
    one("aws:SourceArn", Reads::SourceArn),
    one("aws:SourceAccount", Reads::SourceAccount),
    one("aws:SourceOrgID", Reads::Organisation),
    many("aws:SourceOrgPaths", Reads::Organisation),
    one("aws:FederatedProvider", Reads::FederatedProvider),
    one("aws:SourceIdentity", Reads::SourceIdentity),
    of(one("kms:CallerAccount", Reads::CallerAccount), CALLER_ACCOUNT),
    of(one("kms:KeySpec", Reads::KeySpec), KEY),
    of(one("kms:KeyUsage", Reads::KeyUsage), KEY),
    of(one("kms:KeyOrigin", Reads::KeyOrigin), KEY),
    of(one("kms:CustomerMasterKeySpec", Reads::KeySpec), KEY),
    of(one("kms:CustomerMasterKeyUsage", Reads::KeyUsage), KEY),
    of(one("kms:MultiRegion", Reads::MultiRegion), KEY),
    of(one("kms:MultiRegionKeyType", Reads::MultiRegionKeyType), KEY),
    identity(of(many("kms:ResourceAliases", Reads::ResourceAliases), KEY)),
    of(one("kms:ViaService", Reads::ViaService), KEY),
    of(one("kms:RequestAlias", Reads::RequestAlias), ALIAS),
    of(one("kms:EncryptionAlgorithm", Reads::EncryptionAlgorithm), ALGORITHM),
    of(one("kms:EncryptionContext:", Reads::EncryptionContext), CONTEXT),
    of(many("kms:EncryptionContextKeys", Reads::EncryptionContextKeys), CONTEXT),
    of(one("kms:ReEncryptOnSameKey", Reads::ReEncryptOnSameKey), REENCRYPT),
    of(one("kms:SigningAlgorithm", Reads::SigningAlgorithm), SIGN),
    of(one("kms:MessageType", Reads::MessageType), SIGN),
    of(one("kms:MacAlgorithm", Reads::MacAlgorithm), MAC),
    of(one("kms:KeyAgreementAlgorithm", Reads::KeyAgreementAlgorithm), AGREE),
    of(one("kms:DataKeyPairSpec", Reads::DataKeyPairSpec), PAIR),
    of(many("kms:GrantOperations", Reads::GrantOperations), CREATE_GRANT),
    of(one("kms:GrantConstraintType", Reads::GrantConstraintType), CREATE_OR_RETIRE),
    of(one("kms:GrantConstraintSourceArn", Reads::GrantConstraintSourceArn), CREATE_GRANT),
    of(one("kms:GranteePrincipal", Reads::GranteePrincipal), CREATE_GRANT),
    of(one("kms:RetiringPrincipal", Reads::RetiringPrincipal), CREATE_GRANT),
    of(one("kms:GranteeServicePrincipal", Reads::GranteeServicePrincipal), CREATE_GRANT),
    of(one("kms:RetiringServicePrincipal", Reads::RetiringServicePrincipal), CREATE_GRANT),
    of(one("kms:GrantIsForAWSResource", Reads::GrantIsForAwsResource), GRANTS),
    of(one("kms:BypassPolicyLockoutSafetyCheck", Reads::BypassLockoutCheck), PUT_POLICY),
    of(one("kms:PolicyName", Reads::PolicyName), POLICY_NAME),
    of(one("kms:RotationPeriodInDays", Reads::RotationPeriod), ROTATION),
    of(one("kms:ScheduleKeyDeletionPendingWindowInDays", Reads::PendingWindow), DELETION),
    of(one("kms:TrailingDaysWithoutKeyUsage", Reads::TrailingDays), UNUSED),
    of(one("kms:ExpirationModel", Reads::ExpirationModel), IMPORT),
    of(one("kms:ValidTo", Reads::ValidTo), IMPORT),
    of(one("kms:WrappingAlgorithm", Reads::WrappingAlgorithm), PARAMETERS),
    of(one("kms:WrappingKeySpec", Reads::WrappingKeySpec), PARAMETERS),
    of(one("kms:ReplicaRegion", Reads::ReplicaRegion), REPLICATE),
    of(one("kms:PrimaryRegion", Reads::PrimaryRegion), PRIMARY),
    of(one("kms:RecipientAttestation:ImageSha384", Reads::AttestedImage), ATTESTED),
    of(one("kms:RecipientAttestation:PCR", Reads::AttestedPcr), ATTESTED),
    of(one("kms:RecipientAttestation:NitroTPMPCR", Reads::AttestedTpmPcr), ATTESTED),
    one("sts:ExternalId", Reads::ExternalId),
    one("sts:RoleSessionName", Reads::RoleSessionName),
    one("sts:SourceIdentity", Reads::RequestedSourceIdentity),
    many("sts:TransitiveTagKeys", Reads::TransitiveTagKeys),
    of(one("iam:PermissionsBoundary", Reads::PermissionsBoundary), NO_KMS),
    of(one("iam:PolicyARN", Reads::PolicyArn), NO_KMS),
    identity(of(one("iam:ResourceTag/", Reads::IdentityTag), NO_KMS)),
];

/// What the service has nothing to say of (docs/policies.md, "Condition keys"): organisations, VPC endpoints, AWS services
/// that call on somebody's behalf, and the parameters of operations that are not built. An operation that is built
/// takes its own out.
#[rustfmt::skip]
const NEVER_FILLED: [Reads; 24] = [
    Reads::Organisation,
    Reads::VpcSourceIp, Reads::SourceVpc, Reads::SourceVpce,
    Reads::ViaService, Reads::CalledVia, Reads::CalledViaFirst, Reads::CalledViaLast, Reads::SourceArn,
    Reads::SourceAccount,
    Reads::SigningAlgorithm, Reads::MessageType, Reads::MacAlgorithm, Reads::KeyAgreementAlgorithm,
    Reads::DataKeyPairSpec, Reads::ExpirationModel, Reads::ValidTo, Reads::WrappingAlgorithm, Reads::WrappingKeySpec,
    Reads::ReplicaRegion, Reads::PrimaryRegion,
    Reads::AttestedImage, Reads::AttestedPcr, Reads::AttestedTpmPcr,
];

/// Every other key: evaluated as what an identity provider may have said, else as missing.
static FOREIGN: Row = Row { values: Values::Unknown, ..one("", Reads::Foreign) };

/// A key of a policy, found in the table once.
#[derive(Clone, Debug)]
pub(crate) struct ConditionKey {
    pub(crate) row: &'static Row,
    /// The tag or pair of keys that have one; the number of a register; the whole name of a foreign key.
    pub(crate) part: Box<str>,
}

impl ConditionKey {
    /// Finds the key of that name, whatever its case. Unknown keys of `kms:` are refused, others are taken.
    pub(crate) fn parse(name: &str) -> Result<Self, PolicyError> {
        if !name.contains(':') {
            return Err(PolicyError::KeyWithoutPrefix(name.to_owned()));
        }
        if let Some(key) = TABLE.iter().find_map(|row| Self::of_row(row, name)) {
            return Ok(key);
        }
        if strip_prefix_any_case(name, "kms:").is_some() {
            return Err(PolicyError::UnknownConditionKey(name.to_owned()));
        }
        Ok(Self { row: &FOREIGN, part: name.into() })
    }

    fn of_row(row: &'static Row, name: &str) -> Option<Self> {
        let part = strip_prefix_any_case(name, row.name)?;
        let fits = match row.reads {
            Reads::AttestedPcr => is_register(part, 31),
            Reads::AttestedTpmPcr => is_register(part, 23),
            _ => part.is_empty() != row.name.ends_with(['/', ':']),
        };
        fits.then(|| Self { row, part: part.into() })
    }

    /// Whether the key exists for an action: `None` is an action of another service.
    pub(crate) fn applies_to(&self, action: Option<A>) -> bool {
        match action {
            Some(action) => self.row.actions.is_none_or(|actions| actions.contains(action)),
            None => !self.is_kms(),
        }
    }

    /// The actions of IAM that have the key, of the keys that only some of them have.
    pub(crate) fn iam_actions(&self) -> Option<&'static [&'static str]> {
        match self.row.reads {
            Reads::PermissionsBoundary => Some(&BOUNDARY),
            Reads::PolicyArn => Some(&ATTACHMENT),
            _ => None,
        }
    }

    /// Whether no request here ever has it: keys that the service never fills, and keys of AWS that are not in the
    /// table, such as `iam:PassedToService`. A name that AWS does not begin may be a claim of an identity provider's
    /// token. Only warnings ask: a decision looks at what the request has.
    pub(crate) fn is_never_there(&self) -> bool {
        let of_aws = |prefix: &&str| strip_prefix_any_case(&self.part, prefix).is_some();
        match self.row.reads {
            Reads::Foreign => ["aws:", "iam:", "sts:"].iter().any(of_aws),
            reads => NEVER_FILLED.contains(&reads),
        }
    }

    /// The whole name in lower case.
    pub(crate) fn lower_name(&self) -> String {
        format!("{}{}", self.row.name, self.part).to_ascii_lowercase()
    }

    /// Whether it is a key of KMS.
    pub(crate) fn is_kms(&self) -> bool {
        self.row.name.starts_with("kms:")
    }
}

fn is_register(part: &str, last: u8) -> bool {
    let canonical = part == "0" || !part.starts_with('0');
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    canonical && digits && part.parse::<u8>().is_ok_and(|number| number <= last)
}

fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> &'static str {
        ConditionKey::parse(name).unwrap().row.name
    }

    #[test]
    fn every_row_is_found_by_its_name_in_any_case() {
        for expected in TABLE {
            let part = match expected.reads {
                Reads::AttestedPcr | Reads::AttestedTpmPcr => "3",
                _ if expected.name.ends_with(['/', ':']) => "Part",
                _ => "",
            };
            let name = format!("{}{part}", expected.name);
            for name in [name.clone(), name.to_lowercase(), name.to_uppercase()] {
                assert_eq!(row(&name), expected.name, "{name}");
            }
        }
    }

    #[test]
    fn keys_that_are_refused() {
        for name in [
            "kms:DataKeySpec",
            "KMS:x",
            "kms:EncryptionContext:",
            "kms:EncryptionContext",
            "kms:KeySpecs",
            "kms:RecipientAttestation:PCR32",
            "kms:RecipientAttestation:PCR",
            "kms:RecipientAttestation:PCR01",
            "kms:RecipientAttestation:PCR+1",
            "kms:RecipientAttestation:NitroTPMPCR24",
        ] {
            let refused = ConditionKey::parse(name).map(|key| key.row.name);
            assert_eq!(refused, Err(PolicyError::UnknownConditionKey(name.to_owned())));
        }
        let refused = ConditionKey::parse("username").map(|key| key.row.name);
        assert_eq!(refused, Err(PolicyError::KeyWithoutPrefix("username".to_owned())));
    }

    #[test]
    fn keys_of_others_are_taken_by_their_whole_name() {
        for name in ["aws:SomethingNew", "s3:prefix", "accounts.google.com:aud", "aws:PrincipalTag/"] {
            let key = ConditionKey::parse(name).unwrap();
            assert_eq!((key.row.reads, &*key.part), (Reads::Foreign, name));
        }
        assert_eq!(&*ConditionKey::parse("kms:encryptioncontext:Some:Key").unwrap().part, "Some:Key");
    }

    #[test]
    fn keys_of_aws_without_a_source_are_never_there() {
        for name in [
            "iam:PassedToService",
            "IAM:awsservicename",
            "iam:FIDO-certification",
            "sts:DurationSeconds",
            "sts:AWSServiceName",
            "aws:PrincipalOrgID",
            "aws:SomethingNew",
        ] {
            assert!(ConditionKey::parse(name).unwrap().is_never_there(), "{name}");
        }
        for name in ["iam:PolicyARN", "sts:ExternalId", "accounts.google.com:aud", "kms:KeySpec"] {
            assert!(!ConditionKey::parse(name).unwrap().is_never_there(), "{name}");
        }
    }

    /// The keys that docs/policies.md lists as known and always missing, and no others.
    #[test]
    fn keys_of_the_table_that_are_never_there() {
        let never: Vec<&str> =
            TABLE.iter().filter(|row| NEVER_FILLED.contains(&row.reads)).map(|row| row.name).collect();
        let expected = "aws:PrincipalOrgID aws:PrincipalOrgPaths aws:VpcSourceIp aws:SourceVpc aws:SourceVpce \
            aws:ResourceOrgID aws:ResourceOrgPaths aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:SourceArn \
            aws:SourceAccount aws:SourceOrgID aws:SourceOrgPaths kms:ViaService kms:SigningAlgorithm kms:MessageType \
            kms:MacAlgorithm kms:KeyAgreementAlgorithm kms:DataKeyPairSpec kms:ExpirationModel kms:ValidTo \
            kms:WrappingAlgorithm kms:WrappingKeySpec kms:ReplicaRegion kms:PrimaryRegion \
            kms:RecipientAttestation:ImageSha384 kms:RecipientAttestation:PCR kms:RecipientAttestation:NitroTPMPCR";
        assert_eq!(never, expected.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn keys_belong_to_actions() {
        let key = |name: &str| ConditionKey::parse(name).unwrap();
        assert!(key("kms:PolicyName").applies_to(Some(A::PutKeyPolicy)));
        assert!(!key("kms:PolicyName").applies_to(Some(A::Decrypt)));
        assert!(!key("kms:KeySpec").applies_to(None));
        assert!(
            key("aws:RequestTag/x").applies_to(None) && !key("aws:RequestTag/x").applies_to(Some(A::Encrypt))
        );
        assert!(!key("aws:RequestTag/x").applies_to(Some(A::UntagResource)));
        assert!(key("aws:TagKeys").applies_to(Some(A::UntagResource)));
        for name in ["iam:PermissionsBoundary", "iam:PolicyARN", "iam:ResourceTag/x"] {
            assert!(key(name).applies_to(None), "{name}");
            assert!(!A::ALL.iter().any(|action| key(name).applies_to(Some(*action))), "{name}");
        }
    }
}
