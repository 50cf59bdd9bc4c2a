//! The classes that AWS KMS counts operations in (reference kms-contract.md, 4.13), as data.
//!
//! AWS counts cryptographic calls with asymmetric keys apart, by the key's spec. There are no such keys here yet: their
//! operations are in the class of their own kind.

use std::fmt;

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident = $name:literal at $rate:expr;)*) => {
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

            /// Calls per second that AWS KMS allows an account, where it says so.
            pub const fn aws_per_second(self) -> Option<u32> {
                match self { $(Self::$class => $rate,)* }
            }
        }
    };
}

classes! {
    /// Uses of symmetric keys, and random bytes.
    Cryptography = "cryptography" at Some(10_000);
    /// Uses of asymmetric keys.
    AsymmetricCryptography = "asymmetric-cryptography" at Some(1_000);
    /// GenerateDataKeyPair and its kin.
    DataKeyPairs = "data-key-pairs" at Some(20);
    /// DescribeKey, GetPublicKey, ListResourceTags.
    Describe = "describe" at Some(2_000);
    /// GetKeyPolicy, GetKeyRotationStatus.
    GetPolicy = "get-policy" at Some(1_000);
    /// ListAliases, ListKeys.
    ListKeys = "list-keys" at Some(500);
    /// Lists of what hangs on a key.
    ListOfKey = "list-of-key" at Some(100);
    /// CreateGrant, RetireGrant, RevokeGrant.
    Grants = "grants" at Some(50);
    /// PutKeyPolicy, ScheduleKeyDeletion and others that AWS allows more often than the rest.
    KeyChanges = "key-changes" at Some(15);
    /// TagResource.
    Tags = "tags" at Some(10);
    /// GetParametersForImport.
    ImportParameters = "import-parameters" at Some(1);
    /// All other management of keys.
    Management = "management" at Some(5);
    /// Every call to IAM.
    Iam = "iam" at None;
    /// Every call to STS.
    Sts = "sts" at None;
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
