//! Facts of a KMS key that never change (spec, usage, origin), and its state.

use crate::ParseError;
use std::fmt;

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Parses the name on the wire.
            pub fn parse(text: &str) -> Result<Self, ParseError> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(ParseError::new($what)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
    };
}

wire_enum! {
    /// What kind of key material a KMS key has. Only the kinds that can be made here.
    KeySpec, "key spec" {
        /// A 256-bit key for symmetric encryption.
        SymmetricDefault = "SYMMETRIC_DEFAULT",
    }
}

wire_enum! {
    /// What a KMS key may be used for.
    KeyUsage, "key usage" {
        /// Encrypt, Decrypt, ReEncrypt and data keys.
        EncryptDecrypt = "ENCRYPT_DECRYPT",
    }
}

wire_enum! {
    /// Where the key material comes from. Only the origins that can be made here.
    Origin, "origin" {
        /// Made inside the vault.
        AwsKms = "AWS_KMS",
        /// Born in the token of a custom key store.
        AwsCloudHsm = "AWS_CLOUDHSM",
    }
}

wire_enum! {
    /// The state of a KMS key (AWS KMS developer guide, key states).
    KeyState, "key state" {
        /// Usable.
        Enabled = "Enabled",
        /// Refuses cryptographic use until it is enabled.
        Disabled = "Disabled",
        /// Waits for its deletion date; unusable.
        PendingDeletion = "PendingDeletion",
        /// Its custom key store is not connected. Never in a record.
        Unavailable = "Unavailable",
    }
}
