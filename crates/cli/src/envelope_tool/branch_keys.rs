//! Branch keys on the command line: data keys that are wrapped here, under a key that KMS unwraps once for many files.

use clap::builder::NonEmptyStringValueParser;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use strongroom_envelope::keyring::hierarchical::{BranchKeyStore, HierarchicalKeyring};
use strongroom_envelope::keyring::{AnyKeyring, KeyringError, KmsClient};

/// A branch key is used for so long before KMS is asked again.
const CACHE_TIME: Duration = Duration::from_secs(600);

/// The flags that name a branch key.
#[derive(clap::Args)]
pub(crate) struct BranchKeyArgs {
    /// The folder of a branch key, as `strongroom branch-key create` made it: KMS is asked once for many files, and not for
    /// each of them
    #[arg(long, value_name = "DIR", requires = "branch_key_id")]
    branch_key_store: Option<PathBuf>,
    /// The branch key in that folder
    #[arg(long, value_name = "ID", requires = "branch_key_store", value_parser = NonEmptyStringValueParser::new())]
    branch_key_id: Option<String>,
}

impl BranchKeyArgs {
    /// The key, if one is named.
    pub(super) fn key(&self) -> Option<NamedBranchKey> {
        let (store, id) = (self.branch_key_store.clone()?, self.branch_key_id.clone()?);
        Some(NamedBranchKey { store, id })
    }
}

/// A branch key in a folder.
#[derive(Debug)]
pub(super) struct NamedBranchKey {
    store: PathBuf,
    id: String,
}

impl NamedBranchKey {
    /// Wraps and unwraps with it; KMS is asked with the first file.
    pub(super) fn keyring(&self, client: Arc<KmsClient>) -> Result<AnyKeyring, KeyringError> {
        let store = BranchKeyStore::in_folder(&self.store, client)?;
        Ok(Arc::new(HierarchicalKeyring::new(Arc::new(store), self.id.clone(), CACHE_TIME)))
    }
}
