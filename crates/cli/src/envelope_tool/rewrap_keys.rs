//! The keys of `rewrap`: who can open the new message, and what opens the old one.

use super::branch_keys::NamedBranchKey;
use super::keys::{ContextOrder, RawKeyFlags, raw_keyrings, raw_names};
use super::old_keys::{OldKeyArgs, OldKeys};
use super::{BranchKeyArgs, Change, Failure};
use clap::builder::NonEmptyStringValueParser;
use std::sync::Arc;
use strongroom_envelope::keyring::{
    AnyKeyring, KeyringError, KmsCalls, KmsClient, KmsKeyring, MultiKeyring, OpenWith,
};
use strongroom_envelope::materials::DefaultManager;

// No documentation: clap would take it for the command's.
// The flags of `rewrap` that name keys.
#[derive(clap::Args)]
#[command(next_help_heading = "Keys")]
pub(crate) struct RewrapKeyArgs {
    /// A KMS key of the new message, any number of times: id, ARN, alias name or alias ARN [default: those of the message]
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    key_id: Vec<String>,
    /// A further KMS key
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    add_key_id: Vec<String>,
    /// A KMS key that shall not open the message any more, by id or ARN, or another key as NAMESPACE:NAME. What it could
    /// read before it may have kept
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    remove_key_id: Vec<String>,
    /// An AES key of your own: of the new message, and tried on the old one
    #[arg(long, value_name = "NAMESPACE:NAME:FILE")]
    raw_aes_key: Vec<String>,
    /// An RSA key of your own in PEM form: of the new message, and tried on the old one if it is a private one
    #[arg(long, value_name = "NAMESPACE:NAME:PEMFILE[:PADDING]")]
    raw_rsa_key: Vec<String>,
    #[command(flatten)]
    branch_key: BranchKeyArgs,
    #[command(flatten)]
    old: OldKeyArgs,
}

impl RewrapKeyArgs {
    /// What they say about recipients.
    pub(crate) fn change(&self) -> Change<'_> {
        let mut raw = raw_names(&self.raw_aes_key, &self.raw_rsa_key);
        raw.extend(self.branch_key.key().map(|key| key.name()));
        Change {
            all: &self.key_id,
            added: &self.add_key_id,
            removed: &self.remove_key_id,
            raw,
            opening: self.old.names(),
        }
    }

    /// The new and the old KMS key of an object in S3: it has one key.
    pub(crate) fn of_object(&self) -> Result<(Option<&str>, Option<&str>), Failure> {
        let further = [&self.add_key_id, &self.remove_key_id, &self.raw_aes_key, &self.raw_rsa_key];
        let others = further.into_iter().any(|keys| !keys.is_empty()) || self.branch_key.key().is_some();
        if others || self.key_id.len() > 1 {
            return Err(Failure::Usage(
                "an object in S3 has one key: give one --key-id or --wrapping-key, and no other".into(),
            ));
        }
        Ok((self.key_id.first().map(String::as_str), self.old.only_kms_key()?))
    }

    /// Reads the raw keys; they are wrong before any work is begun.
    pub(crate) fn read(&self) -> Result<RewrapKeys, Failure> {
        let (aes, rsa) = (&self.raw_aes_key, &self.raw_rsa_key);
        Ok(RewrapKeys {
            raw: raw_keyrings(&RawKeyFlags::OWN, aes, rsa, ContextOrder::Canonical)?,
            branch_key: self.branch_key.key(),
            old: self.old.read()?,
        })
    }
}

/// Which keys are used, before anybody is asked.
pub(crate) struct RewrapKeys {
    raw: Vec<AnyKeyring>,
    branch_key: Option<NamedBranchKey>,
    old: OldKeys,
}

impl RewrapKeys {
    /// All of them, with the client of KMS.
    pub(crate) fn keyrings(&self) -> Result<RewrapKeyrings, KeyringError> {
        let client = Arc::new(KmsClient::from_environment()?);
        let branch_key = self.branch_key.as_ref().map(|key| key.keyring(Arc::clone(&client))).transpose()?;
        let mut opening = self.raw.clone();
        opening.extend(self.old.keyrings(&client)?);
        opening.extend(branch_key.clone());
        let named = self.raw.iter().cloned().chain(branch_key).collect();
        Ok(RewrapKeyrings { calls: client, opening, named })
    }
}

/// The keyrings of one call, for all of its files.
pub(crate) struct RewrapKeyrings {
    calls: Arc<dyn KmsCalls>,
    opening: Vec<AnyKeyring>,
    /// The keys that are not of KMS and can open the new message.
    named: Vec<AnyKeyring>,
}

impl RewrapKeyrings {
    /// What opens the old message. Raw keys come first, they cost no call.
    pub(crate) fn opening(&self) -> DefaultManager<MultiKeyring> {
        DefaultManager::new(MultiKeyring::new(self.opening.clone()))
    }

    /// What wraps for the recipients: these KMS keys, and the other keys that are given.
    pub(crate) fn wrapping(&self, keys: Vec<String>) -> MultiKeyring {
        let kms = (!keys.is_empty())
            .then(|| KmsKeyring::new(Arc::clone(&self.calls), keys, OpenWith::Nothing))
            .map(|kms| Arc::new(kms) as AnyKeyring);
        MultiKeyring::new(kms.into_iter().chain(self.named.iter().cloned()).collect())
    }

    /// Whether keys are given that are not of KMS: they wrap in any case.
    pub(crate) fn names_others(&self) -> bool {
        !self.named.is_empty()
    }
}
