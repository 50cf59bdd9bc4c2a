//! What condition keys read: plain borrowed data about the session, the network, the key and the request.
//!
//! A request fills in what it knows; the table of `condition/key.rs` decides which of it exists for which
//! action. What identifies the caller stands in [`crate::Caller`].

use crate::{Constraints, GrantOperations};
use std::collections::BTreeMap;
use std::net::IpAddr;
use strongroom_types::{AliasName, Timestamp};

/// Pairs of texts: tags, encryption contexts.
pub type Pairs = BTreeMap<String, String>;

/// Values of condition keys that stand in place of what a request has for them: the key's name in lower case -> its
/// values. A key without values is missing. No request has any; simulations do, and so does the search for what a caller
/// could bring.
pub type Given = BTreeMap<String, Vec<String>>;

/// Everything outside the caller's identity, the action and the resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The caller's session and how it was made.
    pub session: SessionFacts<'a>,
    /// Where the request came from.
    pub network: NetworkFacts<'a>,
    /// `aws:CurrentTime`, `aws:EpochTime`: the time the decision is made for.
    pub now: Timestamp,
    /// `aws:RequestedRegion`.
    pub region: Option<&'a str>,
    /// The service that forwards the request, if one does.
    pub via: ViaFacts<'a>,
    /// The key that is acted on; for CreateKey the key that is asked for.
    pub key: Option<KeyFacts<'a>>,
    /// `aws:ResourceTag/…`: the tags of the resource that is acted on.
    pub resource_tags: Option<&'a Pairs>,
    /// The request's own parameters.
    pub request: RequestFacts<'a>,
    /// What a simulation gives in place of all that. A key that does not belong to the action stays missing.
    pub given: Option<&'a Given>,
}

/// The caller's session.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionFacts<'a> {
    /// `aws:PrincipalTag/…`: tags of the user or role, with the session's own over them.
    pub principal_tags: Option<&'a Pairs>,
    /// `aws:TokenIssueTime`: temporary credentials only.
    pub token_issue_time: Option<Timestamp>,
    /// `aws:MultiFactorAuthPresent`: temporary credentials only.
    pub mfa_present: Option<bool>,
    /// `aws:MultiFactorAuthAge` in seconds.
    pub mfa_age_s: Option<u64>,
    /// `aws:FederatedProvider`.
    pub federated_provider: Option<&'a str>,
    /// `aws:SourceIdentity`.
    pub source_identity: Option<&'a str>,
    /// The claims of a web identity.
    pub web_identity: Option<WebIdentity<'a>>,
}

/// A verified web identity token. Its keys are `ISSUER:aud`, `ISSUER:sub` and `ISSUER:CLAIM`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebIdentity<'a> {
    /// The issuer without `https://`.
    pub issuer: &'a str,
    /// `aud`.
    pub audience: &'a str,
    /// `sub`.
    pub subject: &'a str,
    /// Further claims by name: one value, or several.
    pub claims: &'a [(&'a str, &'a [&'a str])],
}

/// Where the request came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct NetworkFacts<'a> {
    /// `aws:SourceIp`.
    pub source_ip: Option<IpAddr>,
    /// `aws:SecureTransport`: whether the request came over TLS.
    pub secure_transport: bool,
    /// `aws:UserAgent`.
    pub user_agent: Option<&'a str>,
    /// `aws:Referer`.
    pub referer: Option<&'a str>,
    /// `aws:VpcSourceIp`.
    pub vpc_source_ip: Option<IpAddr>,
    /// `aws:SourceVpc`.
    pub source_vpc: Option<&'a str>,
    /// `aws:SourceVpce`.
    pub source_vpce: Option<&'a str>,
}

/// The service that forwards the request. All absent when the caller calls by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViaFacts<'a> {
    /// `kms:ViaService`: `service.region.amazonaws.com`.
    pub via_service: Option<&'a str>,
    /// `aws:ViaAWSService`.
    pub via_aws_service: bool,
    /// `aws:CalledVia`, first to last.
    pub called_via: &'a [&'a str],
    /// `aws:SourceArn`.
    pub source_arn: Option<&'a str>,
    /// `aws:SourceAccount`.
    pub source_account: Option<&'a str>,
}

/// Properties of a key (contract section 6.5).
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyFacts<'a> {
    /// `kms:KeySpec` and its old name.
    pub spec: &'a str,
    /// `kms:KeyUsage` and its old name.
    pub usage: &'a str,
    /// `kms:KeyOrigin`.
    pub origin: &'a str,
    /// `kms:MultiRegion`.
    pub multi_region: bool,
    /// `kms:MultiRegionKeyType`: `PRIMARY` or `REPLICA`, multi-Region keys only.
    pub multi_region_key_type: Option<&'a str>,
    /// `kms:ResourceAliases`.
    pub aliases: &'a [AliasName],
}

/// The request's own parameters (contract section 6.6). The effective value, defaults included; absent only where
/// section 6.4 says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestFacts<'a> {
    /// `kms:RequestAlias` as `alias/…`; absent when the request names the key by id or ARN.
    pub alias: Option<&'a str>,
    /// `kms:EncryptionAlgorithm`.
    pub encryption_algorithm: Option<&'a str>,
    /// `kms:EncryptionContext:…`, `kms:EncryptionContextKeys`, and what grant constraints are held against. For
    /// CreateGrant the pairs of the new grant's constraint.
    pub encryption_context: Option<&'a Pairs>,
    /// `kms:ReEncryptOnSameKey`.
    pub reencrypt_on_same_key: Option<bool>,
    /// `kms:SigningAlgorithm`.
    pub signing_algorithm: Option<&'a str>,
    /// `kms:MessageType`.
    pub message_type: Option<&'a str>,
    /// `kms:MacAlgorithm`.
    pub mac_algorithm: Option<&'a str>,
    /// `kms:KeyAgreementAlgorithm`.
    pub key_agreement_algorithm: Option<&'a str>,
    /// `kms:DataKeyPairSpec`.
    pub data_key_pair_spec: Option<&'a str>,
    /// The grant that CreateGrant is to make, or RetireGrant to remove.
    pub grant: Option<GrantFacts<'a>>,
    /// `kms:GrantIsForAWSResource`.
    pub grant_is_for_aws_resource: Option<bool>,
    /// `kms:BypassPolicyLockoutSafetyCheck`, when the parameter is given.
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// `kms:PolicyName`.
    pub policy_name: Option<&'a str>,
    /// `kms:RotationPeriodInDays`.
    pub rotation_period_days: Option<u32>,
    /// `kms:ScheduleKeyDeletionPendingWindowInDays`.
    pub pending_window_days: Option<u32>,
    /// `kms:TrailingDaysWithoutKeyUsage`.
    pub trailing_days_without_usage: Option<u32>,
    /// `kms:ExpirationModel`, when the parameter is given.
    pub expiration_model: Option<&'a str>,
    /// `kms:ValidTo`, when the parameter is given.
    pub valid_to: Option<Timestamp>,
    /// `kms:WrappingAlgorithm`.
    pub wrapping_algorithm: Option<&'a str>,
    /// `kms:WrappingKeySpec`.
    pub wrapping_key_spec: Option<&'a str>,
    /// `kms:ReplicaRegion`.
    pub replica_region: Option<&'a str>,
    /// `kms:PrimaryRegion`.
    pub primary_region: Option<&'a str>,
    /// `aws:RequestTag/…`; its keys are `aws:TagKeys` too.
    pub tags: Option<&'a Pairs>,
    /// `aws:TagKeys` of a request that names keys only.
    pub tag_keys: &'a [&'a str],
    /// `kms:RecipientAttestation:…`, when the request has a verified Recipient.
    pub attestation: Option<AttestationFacts<'a>>,
    /// Parameters of the STS operations, for trust policies.
    pub assume_role: AssumeRoleFacts<'a>,
    /// Parameters of the operations of IAM on users, groups and roles.
    pub iam: IamFacts<'a>,
}

/// A grant that is to be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantFacts<'a> {
    /// `kms:GrantOperations`.
    pub operations: GrantOperations,
    /// `kms:GrantConstraintType`, and what a grant made under a grant is held against.
    pub constraints: Option<&'a Constraints>,
    /// `kms:GrantConstraintSourceArn`.
    pub source_arn: Option<&'a str>,
    /// `kms:GranteePrincipal`.
    pub grantee_principal: Option<&'a str>,
    /// `kms:RetiringPrincipal`.
    pub retiring_principal: Option<&'a str>,
    /// `kms:GranteeServicePrincipal`.
    pub grantee_service_principal: Option<&'a str>,
    /// `kms:RetiringServicePrincipal`.
    pub retiring_service_principal: Option<&'a str>,
}

/// Measurements of an attested recipient, lower-case hex (contract section 6.7).
#[derive(Clone, Copy, Debug, Default)]
pub struct AttestationFacts<'a> {
    /// `kms:RecipientAttestation:ImageSha384`.
    pub image_sha384: Option<&'a str>,
    /// `kms:RecipientAttestation:PCR<n>`.
    pub pcrs: &'a [(u8, &'a str)],
    /// `kms:RecipientAttestation:NitroTPMPCR<n>`.
    pub nitro_tpm_pcrs: &'a [(u8, &'a str)],
}

/// Parameters of AssumeRole and AssumeRoleWithWebIdentity.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssumeRoleFacts<'a> {
    /// `sts:ExternalId`.
    pub external_id: Option<&'a str>,
    /// `sts:RoleSessionName`.
    pub role_session_name: Option<&'a str>,
    /// `sts:SourceIdentity`.
    pub source_identity: Option<&'a str>,
    /// `sts:TransitiveTagKeys`.
    pub transitive_tag_keys: &'a [&'a str],
}

/// Parameters of the operations of IAM that give and take policies and boundaries (Service Authorization Reference,
/// "Actions, resources, and condition keys for AWS Identity and Access Management").
#[derive(Clone, Copy, Debug, Default)]
pub struct IamFacts<'a> {
    /// `iam:PermissionsBoundary`, an ARN: the boundary that the request sets; of operations that set none, the one that
    /// the user or role has now.
    pub permissions_boundary: Option<&'a str>,
    /// `iam:PolicyARN`: the managed policy that is attached or detached.
    pub policy_arn: Option<&'a str>,
}
