//! Branch keys on the command line: data keys that are wrapped here, under a key that KMS unwraps once for many files.

use super::branch_key_place::{BranchKeyPlace, branch_key_place};
use super::keys::RawName;
use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;
use std::sync::Arc;
use std::time::Duration;
use strongroom_envelope::keyring::hierarchical::HierarchicalKeyring;
use strongroom_envelope::keyring::{AnyKeyring, KeyringError, KmsClient};

/// A branch key is used for so long before KMS is asked again.
const CACHE_TIME: Duration = Duration::from_secs(600);

/// The flags that name a branch key.
#[derive(clap::Args)]
pub(crate) struct BranchKeyArgs {
    /// The folder of a branch key, as `strongroom branch-key create` made it, or dynamodb:TABLE[,logical=NAME] with one of
    /// ,key=ARN ,mr-key=ARN ,discovery ,mr-discovery=REGION: KMS is asked once for many files, and not for each of them
    #[arg(long, value_name = "STORE", requires = "branch_key_id", value_hint = ValueHint::AnyPath)]
    #[arg(value_parser = branch_key_place())]
    branch_key_store: Option<BranchKeyPlace>,
    /// The branch key in that store
    #[arg(long, value_name = "ID", requires = "branch_key_store", value_parser = NonEmptyStringValueParser::new())]
    branch_key_id: Option<String>,
}

impl BranchKeyArgs {
    /// The key, if one is named.
    pub(super) fn key(&self) -> Option<NamedBranchKey> {
        let (place, id) = (self.branch_key_store.clone()?, self.branch_key_id.clone()?);
        Some(NamedBranchKey { place, id })
    }
}

/// A branch key in a store.
#[derive(Debug)]
pub(super) struct NamedBranchKey {
    place: BranchKeyPlace,
    id: String,
}

impl NamedBranchKey {
    /// Of a store that is named by another flag.
    pub(super) const fn new(place: BranchKeyPlace, id: String) -> Self {
        Self { place, id }
    }

    /// As messages name it.
    pub(super) fn name(&self) -> RawName {
        RawName::of_branch_key(&self.id)
    }

    /// Wraps and unwraps with it; KMS is asked with the first file.
    pub(super) fn keyring(&self, client: Arc<KmsClient>) -> Result<AnyKeyring, KeyringError> {
        let store = self.place.store(client)?;
        Ok(Arc::new(HierarchicalKeyring::new(Arc::new(store), self.id.clone(), CACHE_TIME)))
    }
}
