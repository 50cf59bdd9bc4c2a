//! A request's own parameters, owned.

use super::{Time, lent, owned, text};
use crate::{
    AssumeRoleFacts, AttestationFacts, Constraints, GrantFacts, GrantOperation, GrantOperations, IamFacts,
    Pairs, RequestFacts,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// [`RequestFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedRequest {
    /// `kms:RequestAlias`.
    pub alias: Option<String>,
    /// `kms:EncryptionAlgorithm`.
    pub encryption_algorithm: Option<String>,
    /// `kms:SigningAlgorithm`.
    pub signing_algorithm: Option<String>,
    /// `kms:MessageType`.
    pub message_type: Option<String>,
    /// `kms:MacAlgorithm`.
    pub mac_algorithm: Option<String>,
    /// `kms:KeyAgreementAlgorithm`.
    pub key_agreement_algorithm: Option<String>,
    /// `kms:DataKeyPairSpec`.
    pub data_key_pair_spec: Option<String>,
    /// `kms:PolicyName`.
    pub policy_name: Option<String>,
    /// `kms:ExpirationModel`.
    pub expiration_model: Option<String>,
    /// `kms:WrappingAlgorithm`.
    pub wrapping_algorithm: Option<String>,
    /// `kms:WrappingKeySpec`.
    pub wrapping_key_spec: Option<String>,
    /// `kms:ReplicaRegion`.
    pub replica_region: Option<String>,
    /// `kms:PrimaryRegion`.
    pub primary_region: Option<String>,
    /// `kms:ReEncryptOnSameKey`.
    pub reencrypt_on_same_key: Option<bool>,
    /// `kms:GrantIsForAWSResource`.
    pub grant_is_for_aws_resource: Option<bool>,
    /// `kms:BypassPolicyLockoutSafetyCheck`.
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// `kms:RotationPeriodInDays`.
    pub rotation_period_days: Option<u32>,
    /// `kms:ScheduleKeyDeletionPendingWindowInDays`.
    pub pending_window_days: Option<u32>,
    /// `kms:TrailingDaysWithoutKeyUsage`.
    pub trailing_days_without_usage: Option<u32>,
    /// `kms:EncryptionContext:…`, and what grant constraints are held against.
    pub encryption_context: Option<Pairs>,
    /// The grant that CreateGrant is to make.
    pub grant: Option<Box<OwnedGrant>>,
    /// `kms:ValidTo`.
    pub valid_to: Option<Time>,
    /// `aws:RequestTag/…`.
    pub tags: Option<Pairs>,
    /// `aws:TagKeys` of a request that names keys only.
    pub tag_keys: Vec<String>,
    /// `kms:RecipientAttestation:…`.
    pub attestation: Option<Box<OwnedAttestation>>,
    /// Parameters of the STS operations.
    pub assume_role: OwnedAssumeRole,
    /// Parameters of the operations of IAM.
    pub iam: OwnedIam,
}

impl OwnedRequest {
    pub(super) fn of(facts: &RequestFacts<'_>) -> Self {
        Self {
            alias: text(facts.alias),
            encryption_algorithm: text(facts.encryption_algorithm),
            signing_algorithm: text(facts.signing_algorithm),
            message_type: text(facts.message_type),
            mac_algorithm: text(facts.mac_algorithm),
            key_agreement_algorithm: text(facts.key_agreement_algorithm),
            data_key_pair_spec: text(facts.data_key_pair_spec),
            policy_name: text(facts.policy_name),
            expiration_model: text(facts.expiration_model),
            wrapping_algorithm: text(facts.wrapping_algorithm),
            wrapping_key_spec: text(facts.wrapping_key_spec),
            replica_region: text(facts.replica_region),
            primary_region: text(facts.primary_region),
            reencrypt_on_same_key: facts.reencrypt_on_same_key,
            grant_is_for_aws_resource: facts.grant_is_for_aws_resource,
            bypass_policy_lockout_safety_check: facts.bypass_policy_lockout_safety_check,
            rotation_period_days: facts.rotation_period_days,
            pending_window_days: facts.pending_window_days,
            trailing_days_without_usage: facts.trailing_days_without_usage,
            encryption_context: facts.encryption_context.cloned(),
            grant: facts.grant.as_ref().map(OwnedGrant::of).map(Box::new),
            valid_to: facts.valid_to.map(Time),
            tags: facts.tags.cloned(),
            tag_keys: owned(facts.tag_keys),
            attestation: facts.attestation.as_ref().map(OwnedAttestation::of).map(Box::new),
            assume_role: OwnedAssumeRole::of(&facts.assume_role),
            iam: OwnedIam::of(&facts.iam),
        }
    }

    pub(super) fn with<T>(&self, read: impl FnOnce(RequestFacts<'_>) -> T) -> T {
        let tag_keys = lent(&self.tag_keys);
        let attestation = self.attestation.as_deref();
        let pcrs = numbered(attestation.map(|attestation| attestation.pcrs.as_slice()));
        let tpm = numbered(attestation.map(|attestation| attestation.nitro_tpm_pcrs.as_slice()));
        let transitive = lent(&self.assume_role.transitive_tag_keys);
        read(RequestFacts {
            alias: self.alias.as_deref(),
            encryption_algorithm: self.encryption_algorithm.as_deref(),
            signing_algorithm: self.signing_algorithm.as_deref(),
            message_type: self.message_type.as_deref(),
            mac_algorithm: self.mac_algorithm.as_deref(),
            key_agreement_algorithm: self.key_agreement_algorithm.as_deref(),
            data_key_pair_spec: self.data_key_pair_spec.as_deref(),
            policy_name: self.policy_name.as_deref(),
            expiration_model: self.expiration_model.as_deref(),
            wrapping_algorithm: self.wrapping_algorithm.as_deref(),
            wrapping_key_spec: self.wrapping_key_spec.as_deref(),
            replica_region: self.replica_region.as_deref(),
            primary_region: self.primary_region.as_deref(),
            reencrypt_on_same_key: self.reencrypt_on_same_key,
            grant_is_for_aws_resource: self.grant_is_for_aws_resource,
            bypass_policy_lockout_safety_check: self.bypass_policy_lockout_safety_check,
            rotation_period_days: self.rotation_period_days,
            pending_window_days: self.pending_window_days,
            trailing_days_without_usage: self.trailing_days_without_usage,
            encryption_context: self.encryption_context.as_ref(),
            grant: self.grant.as_deref().map(OwnedGrant::lent),
            valid_to: self.valid_to.map(|time| time.0),
            tags: self.tags.as_ref(),
            tag_keys: &tag_keys,
            attestation: attestation.map(|attestation| AttestationFacts {
                image_sha384: attestation.image_sha384.as_deref(),
                pcrs: &pcrs,
                nitro_tpm_pcrs: &tpm,
            }),
            assume_role: AssumeRoleFacts {
                external_id: self.assume_role.external_id.as_deref(),
                role_session_name: self.assume_role.role_session_name.as_deref(),
                source_identity: self.assume_role.source_identity.as_deref(),
                transitive_tag_keys: &transitive,
            },
            iam: IamFacts {
                permissions_boundary: self.iam.permissions_boundary.as_deref(),
                policy_arn: self.iam.policy_arn.as_deref(),
            },
        })
    }
}

fn numbered(registers: Option<&[(u8, String)]>) -> Vec<(u8, &str)> {
    registers.unwrap_or_default().iter().map(|(number, value)| (*number, value.as_str())).collect()
}

/// [`GrantFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedGrant {
    /// `kms:GrantOperations`.
    pub operations: GrantOperations,
    /// The constraints.
    pub constraints: Option<Constraints>,
    /// `kms:GrantConstraintSourceArn`.
    pub source_arn: Option<String>,
    /// `kms:GranteePrincipal`.
    pub grantee_principal: Option<String>,
    /// `kms:RetiringPrincipal`.
    pub retiring_principal: Option<String>,
    /// `kms:GranteeServicePrincipal`.
    pub grantee_service_principal: Option<String>,
    /// `kms:RetiringServicePrincipal`.
    pub retiring_service_principal: Option<String>,
}

impl OwnedGrant {
    fn of(facts: &GrantFacts<'_>) -> Self {
        Self {
            operations: facts.operations,
            constraints: facts.constraints.cloned(),
            source_arn: text(facts.source_arn),
            grantee_principal: text(facts.grantee_principal),
            retiring_principal: text(facts.retiring_principal),
            grantee_service_principal: text(facts.grantee_service_principal),
            retiring_service_principal: text(facts.retiring_service_principal),
        }
    }

    fn lent(&self) -> GrantFacts<'_> {
        GrantFacts {
            operations: self.operations,
            constraints: self.constraints.as_ref(),
            source_arn: self.source_arn.as_deref(),
            grantee_principal: self.grantee_principal.as_deref(),
            retiring_principal: self.retiring_principal.as_deref(),
            grantee_service_principal: self.grantee_service_principal.as_deref(),
            retiring_service_principal: self.retiring_service_principal.as_deref(),
        }
    }
}

impl Serialize for GrantOperations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(GrantOperation::as_str))
    }
}

impl<'de> Deserialize<'de> for GrantOperations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let operation = |name: &String| {
            GrantOperation::parse(name).ok_or_else(|| D::Error::custom(format!("no grant lists {name}")))
        };
        names.iter().map(operation).collect()
    }
}

/// [`AttestationFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedAttestation {
    /// `kms:RecipientAttestation:ImageSha384`.
    pub image_sha384: Option<String>,
    /// `kms:RecipientAttestation:PCR<n>`.
    pub pcrs: Vec<(u8, String)>,
    /// `kms:RecipientAttestation:NitroTPMPCR<n>`.
    pub nitro_tpm_pcrs: Vec<(u8, String)>,
}

impl OwnedAttestation {
    fn of(facts: &AttestationFacts<'_>) -> Self {
        let owned = |registers: &[(u8, &str)]| {
            registers.iter().map(|(number, value)| (*number, (*value).to_owned())).collect()
        };
        Self {
            image_sha384: text(facts.image_sha384),
            pcrs: owned(facts.pcrs),
            nitro_tpm_pcrs: owned(facts.nitro_tpm_pcrs),
        }
    }
}

/// [`AssumeRoleFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedAssumeRole {
    /// `sts:ExternalId`.
    pub external_id: Option<String>,
    /// `sts:RoleSessionName`.
    pub role_session_name: Option<String>,
    /// `sts:SourceIdentity`.
    pub source_identity: Option<String>,
    /// `sts:TransitiveTagKeys`.
    pub transitive_tag_keys: Vec<String>,
}

impl OwnedAssumeRole {
    fn of(facts: &AssumeRoleFacts<'_>) -> Self {
        Self {
            external_id: text(facts.external_id),
            role_session_name: text(facts.role_session_name),
            source_identity: text(facts.source_identity),
            transitive_tag_keys: owned(facts.transitive_tag_keys),
        }
    }
}

/// [`IamFacts`], owned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnedIam {
    /// `iam:PermissionsBoundary`.
    pub permissions_boundary: Option<String>,
    /// `iam:PolicyARN`.
    pub policy_arn: Option<String>,
}

impl OwnedIam {
    fn of(facts: &IamFacts<'_>) -> Self {
        Self { permissions_boundary: text(facts.permissions_boundary), policy_arn: text(facts.policy_arn) }
    }
}
