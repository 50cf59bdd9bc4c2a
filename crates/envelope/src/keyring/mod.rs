//! Where data keys come from: the seam between a message and whoever wraps its key.

mod arn;
mod error;
pub mod hierarchical;
mod kms;
mod kms_candidates;
mod kms_client;
mod kms_tls;
mod multi;
mod raw_aes;
mod raw_ecdh;
mod raw_key_file;
mod raw_rsa;

pub use arn::KmsKeyArn;
pub(crate) use arn::region_of;
pub use error::KeyringError;
pub use kms::KmsKeyring;
pub use kms_candidates::{DiscoveryFilter, OpenWith};
pub(crate) use kms_client::call_error;
pub use kms_client::{KmsAnswer, KmsCalls, KmsClient, create_key};
pub(crate) use kms_tls::client_from_environment;
pub use multi::{AnyKeyring, MultiKeyring};
pub use raw_aes::RawAesKeyring;
pub use raw_ecdh::{ECDH_PROVIDER, EcdhCurve, RawEcdhKeyring};
#[doc(hidden)]
pub use raw_key_file::{parse_aes_key, parse_rsa_key};
pub use raw_key_file::{read_aes_key, read_rsa_key};
pub use raw_rsa::{RawRsaKeyring, RsaPadding};

use crate::message::{Context, DataKey, EncryptedDataKey, HeaderCheck, Suite};
use std::sync::Arc;

/// The provider id of data keys that KMS wrapped.
pub const KMS_PROVIDER: &str = "aws-kms";

/// A fresh data key with its wrapped copies.
#[derive(Debug)]
pub struct NewDataKey {
    /// Used once, wiped by the derivation of the message's keys.
    pub plaintext: DataKey,
    /// At least one wrapped copy, stored in the header.
    pub encrypted: Vec<EncryptedDataKey>,
}

/// What a data key is for.
#[derive(Clone, Copy, Debug)]
pub struct KeyRequest<'a> {
    /// The message's suite: it says how long the key is.
    pub suite: Suite,
    /// Every pair that is authenticated, stored or not, the public key of a signing suite included.
    pub context: &'a Context,
    /// The header of the message that is going to be opened, where there is one. A keyring whose wrap does not
    /// authenticate takes only what the header accepts, and goes on to the next entry otherwise.
    pub check: Option<HeaderCheck<'a>>,
}

impl<'a> KeyRequest<'a> {
    /// For a suite and a context, without a header.
    pub const fn new(suite: Suite, context: &'a Context) -> Self {
        Self { suite, context, check: None }
    }

    /// Whether a data key is that of the message that is going to be opened. Without its header nothing says otherwise.
    pub fn accepts(&self, data_key: &DataKey) -> bool {
        self.check.is_none_or(|check| check.accepts(data_key, self.context))
    }
}

/// Makes, wraps and unwraps data keys: a keyring.
pub trait DataKeySource {
    /// A fresh data key bound to the context, with at least one wrapped copy. Made here and wrapped, where nobody else makes
    /// it.
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        let plaintext = DataKey::random(request.suite)?;
        let encrypted = self.wrap(&plaintext, request)?;
        Ok(NewDataKey { plaintext, encrypted })
    }

    /// Wrapped copies of a data key that was made here or by another keyring. Keyrings that cannot say so.
    fn wrap(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        let _ = (data_key, request);
        Err(KeyringError::NoSealingKey)
    }

    /// The plaintext of one of the wrapped copies, tried in their order.
    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError>;
}

macro_rules! source_behind {
    ($($pointer:ty),*) => {$(
        impl<S: DataKeySource + ?Sized> DataKeySource for $pointer {
            fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
                (**self).generate(request)
            }

            fn wrap(
                &self,
                data_key: &DataKey,
                request: KeyRequest<'_>,
            ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
                (**self).wrap(data_key, request)
            }

            fn decrypt(
                &self,
                encrypted: &[EncryptedDataKey],
                request: KeyRequest<'_>,
            ) -> Result<DataKey, KeyringError> {
                (**self).decrypt(encrypted, request)
            }
        }
    )*};
}

source_behind!(&S, Box<S>, Arc<S>);

/// Tries `open` on each entry that `matches`. Entries that do not match are skipped with the reason; one that matches
/// and fails is remembered, and the next is tried.
fn first_opened<'a, C>(
    encrypted: &'a [EncryptedDataKey],
    matches: impl Fn(&'a EncryptedDataKey) -> Result<C, String>,
    open: impl Fn(C, &'a EncryptedDataKey) -> Result<DataKey, KeyringError>,
) -> Result<DataKey, KeyringError> {
    let (mut failures, mut skipped) = (Vec::new(), Vec::new());
    for entry in encrypted {
        match matches(entry) {
            Err(why) => skipped.push(why),
            Ok(candidate) => match open(candidate, entry) {
                Ok(key) => return Ok(key),
                Err(error) => failures.push(error),
            },
        }
    }
    Err(KeyringError::of(failures, &skipped))
}

/// Provider ids that begin so belong to AWS; raw keys must not take them.
fn check_namespace(namespace: &str) -> Result<(), KeyringError> {
    if namespace.is_empty() || namespace.starts_with(KMS_PROVIDER) {
        return Err(KeyringError::RawKey(format!("{namespace:?} cannot be the namespace of a raw key")));
    }
    Ok(())
}
