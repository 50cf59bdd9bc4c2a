//! The configuration file, `strongroom.toml`: below flags and `STRONGROOM_*`, above the defaults.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The file when no other is named.
const FILE: &str = "strongroom.toml";

/// Everything that may stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileConfiguration {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) secrets_dir: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) plaintext_listen: Option<SocketAddr>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) tls_name: Option<Vec<String>>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) tls_min: Option<String>,
    pub(crate) audit_durability: Option<String>,
    pub(crate) audit_budget_mib: Option<u64>,
    pub(crate) log_level: Option<String>,
    /// Of `seal`, which reads it itself.
    pub(crate) key_id: Option<String>,
}

/// Reads the file that `STRONGROOM_CONFIG` names, or `strongroom.toml` if it is there.
pub(crate) fn load() -> Result<FileConfiguration> {
    let named = std::env::var_os("STRONGROOM_CONFIG").filter(|path| !path.is_empty());
    let path = named.as_ref().map_or(Path::new(FILE), Path::new);
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            Ok(FileConfiguration::default())
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Where state is when nobody says.
pub(crate) const DATA_DIR: &str = "strongroom-data";

/// The data directory: flag or environment, file, default.
pub(crate) fn data_dir(given: Option<PathBuf>, file: &FileConfiguration) -> PathBuf {
    given.or_else(|| file.data_dir.clone()).unwrap_or_else(|| PathBuf::from(DATA_DIR))
}

/// The secrets folder: beside the data directory unless somebody says otherwise.
pub(crate) fn secrets_dir(given: Option<PathBuf>, file: &FileConfiguration, data_dir: &Path) -> PathBuf {
    given.or_else(|| file.secrets_dir.clone()).unwrap_or_else(|| {
        let mut name = data_dir.as_os_str().to_owned();
        name.push(".secrets");
        PathBuf::from(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_entry_is_named() {
        let error = toml::from_str::<FileConfiguration>("lisen = \"127.0.0.1:1\"").unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn secrets_lie_beside_the_data_directory() {
        let file = FileConfiguration::default();
        let beside = secrets_dir(None, &file, Path::new("/a/data"));
        assert_eq!(beside, Path::new("/a/data.secrets"));
    }
}
