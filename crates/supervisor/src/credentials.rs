//! The root principal's access key in the secrets folder.

use crate::error::SupervisorError;
use crate::files;
use serde::Serialize;
use std::path::{Path, PathBuf};
use strongroom_control::SecretText;
use zeroize::Zeroizing;

/// The file's content; `strongroom env` reads it.
#[derive(Serialize)]
struct RootCredentials<'a> {
    account: &'a str,
    access_key_id: &'a str,
    secret_access_key: &'a SecretText,
    region: &'a str,
}

/// Where the root principal's access key lies.
pub(crate) fn path(secrets_dir: &Path) -> PathBuf {
    secrets_dir.join("root-credentials.json")
}

/// Keeps a new access key of the root principal.
pub(crate) fn keep(
    secrets_dir: &Path,
    region: &str,
    account: &str,
    access_key_id: &str,
    secret_access_key: &SecretText,
) -> Result<(), SupervisorError> {
    let path = path(secrets_dir);
    let content =
        serde_json::to_vec_pretty(&RootCredentials { account, access_key_id, secret_access_key, region });
    let content =
        Zeroizing::new(content.map_err(|error| SupervisorError::process("root credentials", error))?);
    files::write_private(&path, &content)
}
