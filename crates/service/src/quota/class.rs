//! The classes that AWS KMS counts operations in (reference kms-contract.md, 4.13), as data.
//!
//! AWS counts cryptographic calls with asymmetric keys apart, by the key's spec. There are no such keys here yet: their
//! operations are in the class of their own kind.

use std::fmt;

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident = $name:literal;)*) => {
        /// Operations that are counted together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum QuotaClass { $($(#[$doc])* $class,)* }

        impl QuotaClass {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$class,)*];

            /// The name in settings.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$class => $name,)* }
            }
        }
    };
}

classes! {
    /// Uses of symmetric keys, and random bytes.
    Cryptography = "cryptography";
    /// Uses of asymmetric keys.
    AsymmetricCryptography = "asymmetric-cryptography";
    /// GenerateDataKeyPair and its kin.
    DataKeyPairs = "data-key-pairs";
    /// DescribeKey, GetPublicKey, ListResourceTags.
    Describe = "describe";
    /// GetKeyPolicy, GetKeyRotationStatus.
    GetPolicy = "get-policy";
    /// ListAliases, ListKeys.
    ListKeys = "list-keys";
    /// Lists of what hangs on a key.
    ListOfKey = "list-of-key";
    /// CreateGrant, RetireGrant, RevokeGrant.
    Grants = "grants";
    /// PutKeyPolicy, ScheduleKeyDeletion and others that AWS allows more often than the rest.
    KeyChanges = "key-changes";
    /// TagResource.
    Tags = "tags";
    /// GetParametersForImport.
    ImportParameters = "import-parameters";
    /// All other management of keys.
    Management = "management";
    /// Every call to IAM.
    Iam = "iam";
    /// Every call to STS.
    Sts = "sts";
}

impl QuotaClass {
    /// Finds the class of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.as_str() == text)
    }

    /// The class of an operation of a service (`kms`, `iam` or `sts`).
    pub(crate) fn of(service: &str, operation: &str) -> Self {
        match (service, operation) {
            ("iam", _) => Self::Iam,
            ("sts", _) => Self::Sts,
            (
                _,
                "Encrypt"
                | "Decrypt"
                | "ReEncrypt"
                | "GenerateDataKey"
                | "GenerateDataKeyWithoutPlaintext"
                | "GenerateMac"
                | "VerifyMac"
                | "GenerateRandom",
            ) => Self::Cryptography,
            (_, "Sign" | "Verify" | "DeriveSharedSecret" | "Encapsulate" | "Decapsulate") => {
                Self::AsymmetricCryptography
            }
            (_, "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext") => Self::DataKeyPairs,
            (_, "DescribeKey" | "GetPublicKey" | "ListResourceTags") => Self::Describe,
            (_, "GetKeyPolicy" | "GetKeyRotationStatus") => Self::GetPolicy,
            (_, "ListAliases" | "ListKeys") => Self::ListKeys,
            (_, "ListGrants" | "ListKeyPolicies" | "ListKeyRotations" | "ListRetirableGrants") => {
                Self::ListOfKey
            }
            (_, "CreateGrant" | "RetireGrant" | "RevokeGrant") => Self::Grants,
            (
                _,
                "DeleteAlias"
                | "DeleteImportedKeyMaterial"
                | "EnableKeyRotation"
                | "ImportKeyMaterial"
                | "PutKeyPolicy"
                | "ScheduleKeyDeletion",
            ) => Self::KeyChanges,
            (_, "TagResource") => Self::Tags,
            (_, "GetParametersForImport") => Self::ImportParameters,
            _ => Self::Management,
        }
    }
}

impl fmt::Display for QuotaClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn names_round_trip() {
        for class in QuotaClass::ALL {
            assert_eq!(QuotaClass::parse(class.as_str()), Some(*class));
        }
        assert_eq!(QuotaClass::parse("Cryptography"), None);
    }

    /// As many operations of the model in each class as the contract names: a name that is misspelled above would be
    /// counted with the rest.
    #[test]
    fn every_operation_of_the_model_is_in_its_class() {
        let mut counts = BTreeMap::new();
        for name in strongroom_api::operation::NAMES {
            *counts.entry(QuotaClass::of("kms", name)).or_insert(0) += 1;
        }
        let wanted = [
            (QuotaClass::Cryptography, 8),
            (QuotaClass::AsymmetricCryptography, 5),
            (QuotaClass::DataKeyPairs, 2),
            (QuotaClass::Describe, 3),
            (QuotaClass::GetPolicy, 2),
            (QuotaClass::ListKeys, 2),
            (QuotaClass::ListOfKey, 4),
            (QuotaClass::Grants, 3),
            (QuotaClass::KeyChanges, 6),
            (QuotaClass::Tags, 1),
            (QuotaClass::ImportParameters, 1),
            (QuotaClass::Management, 19),
        ];
        assert_eq!(counts, BTreeMap::from(wanted));
        assert_eq!(QuotaClass::of("iam", "CreateUser"), QuotaClass::Iam);
        assert_eq!(QuotaClass::of("sts", "GetCallerIdentity"), QuotaClass::Sts);
    }
}
