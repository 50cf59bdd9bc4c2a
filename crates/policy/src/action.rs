//! The actions of KMS as a closed list, so that a condition key can say which of them it belongs to;
//! and every action that is known as a number (`number`).

mod number;

pub use number::Action;
pub(crate) use number::{Selected, known_actions};

macro_rules! actions {
    ($($action:ident,)*) => {
        /// An action of KMS (contract section 1.2; ReEncrypt is two).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum KmsAction {
            $(
                #[doc = concat!("`kms:", stringify!($action), "`.")]
                $action,
            )*
        }

        impl KmsAction {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// The name with its prefix, `kms:Decrypt`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$action => concat!("kms:", stringify!($action)),)* }
            }
        }
    };
}

actions! {
    CancelKeyDeletion, ConnectCustomKeyStore, CreateAlias, CreateCustomKeyStore, CreateGrant, CreateKey, Decapsulate,
    Decrypt, DeleteAlias, DeleteCustomKeyStore, DeleteImportedKeyMaterial, DeriveSharedSecret,
    DescribeCustomKeyStores, DescribeKey, DisableKey, DisableKeyRotation, DisconnectCustomKeyStore, EnableKey,
    EnableKeyRotation, Encapsulate, Encrypt, GenerateDataKey, GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext, GenerateDataKeyWithoutPlaintext, GenerateMac, GenerateRandom,
    GetKeyLastUsage, GetKeyPolicy, GetKeyRotationStatus, GetParametersForImport, GetPublicKey, ImportKeyMaterial,
    ListAliases, ListGrants, ListKeyPolicies, ListKeyRotations, ListKeys, ListResourceTags, ListRetirableGrants,
    PutKeyPolicy, ReEncryptFrom, ReEncryptTo, ReplicateKey, RetireGrant, RevokeGrant, RotateKeyOnDemand,
    ScheduleKeyDeletion, Sign, SynchronizeMultiRegionKey, TagResource, UntagResource, UpdateAlias,
    UpdateCustomKeyStore, UpdateKeyDescription, UpdatePrimaryRegion, Verify, VerifyMac,
}

impl KmsAction {
    /// Finds the action of that name with its prefix, exactly as [`KmsAction::as_str`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }
}

/// A set of actions, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActionSet(u64);

impl ActionSet {
    pub(crate) const fn of(actions: &[KmsAction]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < actions.len() {
            bits |= 1 << actions[at] as u64;
            at += 1;
        }
        Self(bits)
    }

    pub(crate) const fn all_but(actions: &[KmsAction]) -> Self {
        Self(!Self::of(actions).0)
    }

    pub(crate) const fn contains(self, action: KmsAction) -> bool {
        self.0 & (1 << action as u64) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_names_are_found_again_and_fit_the_set() {
        assert!(KmsAction::ALL.len() <= 64);
        for action in KmsAction::ALL {
            assert_eq!(KmsAction::parse(action.as_str()), Some(*action));
            let (only, rest) = (ActionSet::of(&[*action]), ActionSet::all_but(&[*action]));
            assert!(only.contains(*action) && !rest.contains(*action));
        }
        assert_eq!(KmsAction::parse("kms:ReEncrypt"), None);
        assert!(!ActionSet::of(&[KmsAction::Encrypt]).contains(KmsAction::Decrypt));
    }
}
