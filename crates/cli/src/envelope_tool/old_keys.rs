//! What opens messages that get other keys, by `rewrap` and `column reseal`. What is named here is no recipient of the new
//! message: so a raw key or a branch key is taken away.

use super::branch_key_place::{BranchKeyPlace, branch_key_place};
use super::branch_keys::NamedBranchKey;
use super::keys::{ContextOrder, RawKeyFlags, RawName, raw_keyrings, raw_names};
use super::{Failure, opening_key};
use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;
use std::sync::Arc;
use strongroom_envelope::keyring::{AnyKeyring, KeyringError, KmsCalls, KmsClient, KmsKeyring, OpenWith};

// No documentation: clap would take it for the command's.
// The flags that name keys of what is there.
#[derive(clap::Args)]
#[command(next_help_heading = "Keys of what is there")]
pub(crate) struct OldKeyArgs {
    /// Open only with this KMS key (else with the one that wrapped it, if its account is AWS_ACCOUNT_ID)
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    old_key_id: Option<String>,
    /// An AES key of your own to open with, any number of times; what is written is not for it
    #[arg(long, value_name = "NAMESPACE:NAME:FILE")]
    old_raw_aes_key: Vec<String>,
    /// An RSA key of your own in PEM form to open with, any number of times; what is written is not for it
    #[arg(long, value_name = "NAMESPACE:NAME:PEMFILE[:PADDING]")]
    old_raw_rsa_key: Vec<String>,
    /// The store of a branch key to open with, a folder or dynamodb:TABLE; what is written is not for it
    #[arg(long, value_name = "STORE", requires = "old_branch_key_id", value_hint = ValueHint::AnyPath)]
    #[arg(value_parser = branch_key_place())]
    old_branch_key_store: Option<BranchKeyPlace>,
    /// The branch key in that store
    #[arg(long, value_name = "ID", requires = "old_branch_key_store")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    old_branch_key_id: Option<String>,
    /// To open, take a multi-Region key (mrk-...) for the same in every Region
    #[arg(long)]
    multi_region: bool,
}

impl OldKeyArgs {
    /// The one KMS key that an object in S3 is opened with.
    pub(super) fn only_kms_key(&self) -> Result<Option<&str>, Failure> {
        if self.multi_region || !self.names().is_empty() {
            return Err(Failure::Usage(
                "an object in S3 has one key: it is opened by --old-key-id or --old-wrapping-key, and no other".into(),
            ));
        }
        Ok(self.old_key_id.as_deref())
    }

    /// The raw keys and the branch key, as messages name them.
    pub(super) fn names(&self) -> Vec<RawName> {
        let mut names = raw_names(&self.old_raw_aes_key, &self.old_raw_rsa_key);
        names.extend(self.branch_key().map(|key| key.name()));
        names
    }

    fn branch_key(&self) -> Option<NamedBranchKey> {
        let (place, id) = (self.old_branch_key_store.clone()?, self.old_branch_key_id.clone()?);
        Some(NamedBranchKey::new(place, id))
    }

    /// Reads the raw keys; they are wrong before any work is begun.
    pub(crate) fn read(&self) -> Result<OldKeys, Failure> {
        let (aes, rsa) = (&self.old_raw_aes_key, &self.old_raw_rsa_key);
        Ok(OldKeys {
            raw: raw_keyrings(&RawKeyFlags::OLD, aes, rsa, ContextOrder::Canonical)?,
            branch_key: self.branch_key(),
            open_with: opening_key(self.old_key_id.as_deref())?,
            multi_region: self.multi_region,
        })
    }
}

/// Which keys open, before anybody is asked.
pub(crate) struct OldKeys {
    raw: Vec<AnyKeyring>,
    branch_key: Option<NamedBranchKey>,
    open_with: OpenWith,
    multi_region: bool,
}

impl OldKeys {
    /// What opens. Raw keys come first, they cost no call.
    pub(crate) fn keyrings(&self, client: &Arc<KmsClient>) -> Result<Vec<AnyKeyring>, KeyringError> {
        let mut keyrings = self.raw.clone();
        if let Some(key) = &self.branch_key {
            keyrings.push(key.keyring(Arc::clone(client))?);
        }
        let calls = Arc::clone(client) as Arc<dyn KmsCalls>;
        let kms = KmsKeyring::new(calls, Vec::new(), self.open_with.clone());
        let kms: AnyKeyring = Arc::new(if self.multi_region { kms.multi_region_aware()? } else { kms });
        keyrings.push(kms);
        Ok(keyrings)
    }
}
