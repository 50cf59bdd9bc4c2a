//! What each operation authorises (contract section 1.2), and some operations of IAM and STS.

/// What an action is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// A key; a grant may list the action.
    Grantable,
    /// A key.
    Key,
    /// An alias: identity policies only.
    Alias,
    /// Nothing: identity policies only.
    Nothing,
    /// Something of IAM in the caller's account: identity policies only.
    Own,
    /// A grant that the key's account issued, to retire it.
    Grant,
    /// A grant that the other account issued, to retire it.
    GrantOfOther,
    /// A role, to assume it.
    Role,
}

use On::{Alias, Grant, GrantOfOther, Grantable, Key, Nothing, Own, Role};

/// Operation, the actions that it asks for, and on what.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[(&str, &[(&str, On)])] = &[
    ("CancelKeyDeletion", &[("kms:CancelKeyDeletion", Key)]),
    ("ConnectCustomKeyStore", &[("kms:ConnectCustomKeyStore", Nothing)]),
    ("CreateAlias", &[("kms:CreateAlias", Alias), ("kms:CreateAlias", Key)]),
    ("CreateCustomKeyStore", &[("kms:CreateCustomKeyStore", Nothing)]),
    ("CreateGrant", &[("kms:CreateGrant", Grantable)]),
    ("CreateKey", &[("kms:CreateKey", Nothing), ("kms:TagResource", Nothing)]),
    ("Decapsulate", &[("kms:Decapsulate", Grantable)]),
    ("Decrypt", &[("kms:Decrypt", Grantable)]),
    ("DeleteAlias", &[("kms:DeleteAlias", Alias), ("kms:DeleteAlias", Key)]),
    ("DeleteCustomKeyStore", &[("kms:DeleteCustomKeyStore", Nothing)]),
    ("DeleteImportedKeyMaterial", &[("kms:DeleteImportedKeyMaterial", Key)]),
    ("DeriveSharedSecret", &[("kms:DeriveSharedSecret", Grantable)]),
    ("DescribeCustomKeyStores", &[("kms:DescribeCustomKeyStores", Nothing)]),
    ("DescribeKey", &[("kms:DescribeKey", Grantable)]),
    ("DisableKey", &[("kms:DisableKey", Key)]),
    ("DisableKeyRotation", &[("kms:DisableKeyRotation", Key)]),
    ("DisconnectCustomKeyStore", &[("kms:DisconnectCustomKeyStore", Nothing)]),
    ("EnableKey", &[("kms:EnableKey", Key)]),
    ("EnableKeyRotation", &[("kms:EnableKeyRotation", Key)]),
    ("Encapsulate", &[("kms:Encapsulate", Grantable)]),
    ("Encrypt", &[("kms:Encrypt", Grantable)]),
    ("GenerateDataKey", &[("kms:GenerateDataKey", Grantable)]),
    ("GenerateDataKeyPair", &[("kms:GenerateDataKeyPair", Grantable)]),
    ("GenerateDataKeyPairWithoutPlaintext", &[("kms:GenerateDataKeyPairWithoutPlaintext", Grantable)]),
    ("GenerateDataKeyWithoutPlaintext", &[("kms:GenerateDataKeyWithoutPlaintext", Grantable)]),
    ("GenerateMac", &[("kms:GenerateMac", Grantable)]),
    ("GenerateRandom", &[("kms:GenerateRandom", Nothing)]),
    ("GetKeyLastUsage", &[("kms:GetKeyLastUsage", Key)]),
    ("GetKeyPolicy", &[("kms:GetKeyPolicy", Key)]),
    ("GetKeyRotationStatus", &[("kms:GetKeyRotationStatus", Key)]),
    ("GetParametersForImport", &[("kms:GetParametersForImport", Key)]),
    ("GetPublicKey", &[("kms:GetPublicKey", Grantable)]),
    ("ImportKeyMaterial", &[("kms:ImportKeyMaterial", Key)]),
    ("ListAliases", &[("kms:ListAliases", Nothing)]),
    ("ListGrants", &[("kms:ListGrants", Key)]),
    ("ListKeyPolicies", &[("kms:ListKeyPolicies", Key)]),
    ("ListKeyRotations", &[("kms:ListKeyRotations", Key)]),
    ("ListKeys", &[("kms:ListKeys", Nothing)]),
    ("ListResourceTags", &[("kms:ListResourceTags", Key)]),
    ("ListRetirableGrants", &[("kms:ListRetirableGrants", Own)]),
    ("PutKeyPolicy", &[("kms:PutKeyPolicy", Key)]),
    ("ReEncrypt", &[("kms:ReEncryptFrom", Grantable), ("kms:ReEncryptTo", Grantable)]),
    ("ReplicateKey", &[("kms:ReplicateKey", Key), ("kms:CreateKey", Nothing), ("kms:TagResource", Nothing)]),
    ("RetireGrant", &[("kms:RetireGrant", Grant), ("kms:RetireGrant", GrantOfOther)]),
    ("RevokeGrant", &[("kms:RevokeGrant", Key)]),
    ("RotateKeyOnDemand", &[("kms:RotateKeyOnDemand", Key)]),
    ("ScheduleKeyDeletion", &[("kms:ScheduleKeyDeletion", Key)]),
    ("Sign", &[("kms:Sign", Grantable)]),
    ("TagResource", &[("kms:TagResource", Key)]),
    ("UntagResource", &[("kms:UntagResource", Key)]),
    ("UpdateAlias", &[("kms:UpdateAlias", Alias), ("kms:UpdateAlias", Key)]),
    ("UpdateCustomKeyStore", &[("kms:UpdateCustomKeyStore", Nothing)]),
    ("UpdateKeyDescription", &[("kms:UpdateKeyDescription", Key)]),
    ("UpdatePrimaryRegion", &[("kms:UpdatePrimaryRegion", Key)]),
    ("Verify", &[("kms:Verify", Grantable)]),
    ("VerifyMac", &[("kms:VerifyMac", Grantable)]),
    ("(IAM) CreateUser", &[("iam:CreateUser", Own)]),
    ("(IAM) ListPolicies", &[("iam:ListPolicies", Nothing)]),
    ("(STS) AssumeRole", &[("sts:AssumeRole", Role)]),
];
