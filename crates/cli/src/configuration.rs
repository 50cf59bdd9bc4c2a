//! The configuration file, `strongroom.toml`: below flags and `STRONGROOM_*`, above the defaults.

use crate::arguments::Unusable;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use strongroom_control::QuotaSetting;

/// The file when no other is named.
const FILE: &str = "strongroom.toml";

/// Everything that may stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileConfiguration {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) secrets_dir: Option<PathBuf>,
    pub(crate) root: Option<String>,
    pub(crate) passphrase_file: Option<PathBuf>,
    pub(crate) tpm_device: Option<PathBuf>,
    pub(crate) pkcs11_module: Option<PathBuf>,
    pub(crate) pkcs11_token: Option<String>,
    pub(crate) pkcs11_serial: Option<String>,
    pub(crate) pkcs11_timeout_seconds: Option<u8>,
    pub(crate) pkcs11_pin_file: Option<PathBuf>,
    pub(crate) pkcs11_path: Option<Vec<PathBuf>>,
    /// `[[key_store.cluster]]`: the tokens that custom key stores may be made of.
    pub(crate) key_store: KeyStores,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) plaintext_listen: Option<SocketAddr>,
    pub(crate) metrics_listen: Option<SocketAddr>,
    pub(crate) trace_file: Option<PathBuf>,
    pub(crate) trace_collector: Option<SinkEntry>,
    pub(crate) trace_sample: Option<f64>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) tls_name: Option<Vec<String>>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) tls_min: Option<String>,
    pub(crate) oidc_keys: Option<PathBuf>,
    pub(crate) oidc_issuer: Option<Vec<String>>,
    pub(crate) oidc_ca: Option<PathBuf>,
    pub(crate) audit_durability: Option<String>,
    pub(crate) audit_budget_mib: Option<u64>,
    pub(crate) audit_retention_days: Option<u64>,
    pub(crate) audit_retention_mib: Option<u64>,
    /// `[audit]`.
    pub(crate) audit: AuditEntry,
    pub(crate) refuse_replays: Option<bool>,
    pub(crate) log_level: Option<String>,
    /// `[quotas.account]`, `[quotas.principal]`, `[quotas.key]` and `[quotas.key-store]`: a rate for each class of operations.
    pub(crate) quotas: BTreeMap<String, BTreeMap<String, QuotaEntry>>,
    /// Of `seal`, which reads it itself.
    pub(crate) key_id: Option<String>,
}

/// What is set of the audit log in a table of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuditEntry {
    /// `[[audit.sink]]`: where it is delivered to.
    pub(crate) sink: Vec<SinkEntry>,
    /// `[[audit.witness]]`: who is asked to sign its checkpoints.
    pub(crate) witness: Vec<WitnessEntry>,
}

/// A witness of the audit log that is asked (docs/audit.md).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WitnessEntry {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) ca: Option<PathBuf>,
}

/// A sink of the audit log (docs/sinks.md).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SinkEntry {
    pub(crate) name: Option<String>,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) secret_file: Option<PathBuf>,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) client_cert: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) batch_records: Option<u32>,
    pub(crate) batch_ms: Option<u64>,
}

/// The table `key_store`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeyStores {
    pub(crate) cluster: Vec<ClusterEntry>,
}

/// A token under the cluster id that callers of CreateCustomKeyStore give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClusterEntry {
    pub(crate) id: String,
    pub(crate) module: PathBuf,
    pub(crate) token: String,
    pub(crate) serial: Option<String>,
    pub(crate) timeout_seconds: Option<u8>,
    pub(crate) pin_file: PathBuf,
    #[serde(default)]
    pub(crate) path: Vec<PathBuf>,
}

/// A rate: calls per second, or those with how many may come at once.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum QuotaEntry {
    PerSecond(u32),
    Burst { per_second: u32, burst: u32 },
}

/// The request-rate quotas of the file; `serve` refuses names that there are not.
pub(crate) fn quotas(file: &FileConfiguration) -> Vec<QuotaSetting> {
    let entries = file.quotas.iter().flat_map(|(per, classes)| classes.iter().map(move |class| (per, class)));
    let setting = |(per, (class, entry)): (&String, (&String, &QuotaEntry))| {
        let (per_second, burst) = match *entry {
            QuotaEntry::PerSecond(per_second) => (per_second, None),
            QuotaEntry::Burst { per_second, burst } => (per_second, Some(burst)),
        };
        QuotaSetting { per: per.clone(), class: class.clone(), per_second, burst }
    };
    entries.map(setting).collect()
}

/// The text of such a file; an entry that is not known is refused.
pub(crate) fn parse(text: &str) -> Result<FileConfiguration, toml::de::Error> {
    toml::from_str(text)
}

/// Reads the file that `STRONGROOM_CONFIG` names, or `strongroom.toml` if it is there. One that cannot be used is as wrong
/// as a flag that cannot.
pub(crate) fn load() -> Result<FileConfiguration> {
    read().map_err(Unusable::of)
}

fn read() -> Result<FileConfiguration> {
    let named = std::env::var_os("STRONGROOM_CONFIG").filter(|path| !path.is_empty());
    let path = named.as_ref().map_or(Path::new(FILE), Path::new);
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).with_context(|| path.display().to_string()),
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
pub(crate) fn secrets_dir(
    given: Option<PathBuf>,
    file: &FileConfiguration,
    data_dir: &Path,
) -> Result<PathBuf> {
    match given.or_else(|| file.secrets_dir.clone()) {
        Some(named) => Ok(named),
        None => beside(data_dir),
    }
}

/// The folder's name + `.secrets`. A slash at the end, as shells complete it, is no part of the name.
fn beside(data_dir: &Path) -> Result<PathBuf> {
    // `.` and `..` at the end are names of nothing: which folder it is, the file system knows.
    let real = match data_dir.file_name() {
        Some(_) => data_dir.to_owned(),
        None => std::fs::canonicalize(data_dir).with_context(|| data_dir.display().to_string())?,
    };
    let Some(name) = real.file_name() else {
        let path = data_dir.display();
        return Err(Unusable::because(&format!(
            "the data directory {path} has no name that its secrets folder could be named after: name one with --secrets-dir"
        )));
    };
    let mut name = name.to_owned();
    name.push(".secrets");
    Ok(real.with_file_name(name))
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
    fn quotas_are_rates_with_or_without_a_burst() {
        let text = "[quotas.account]\ngrants = 50\n[quotas.key]\n\
                    cryptography = { per_second = 10, burst = 100 }\n";
        let file: FileConfiguration = toml::from_str(text).unwrap();
        let setting = |per: &str, class: &str, per_second, burst| QuotaSetting {
            per: per.to_owned(),
            class: class.to_owned(),
            per_second,
            burst,
        };
        let wanted = [setting("account", "grants", 50, None), setting("key", "cryptography", 10, Some(100))];
        assert_eq!(quotas(&file), wanted);
        for bad in ["-1", "{ per_second = 10, burst = 100, brust = 5 }", "{ per_second = 10 }"] {
            let text = format!("[quotas.key]\ncryptography = {bad}");
            assert!(toml::from_str::<FileConfiguration>(&text).is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_lie_beside_the_data_directory_however_its_path_ends() {
        let file = FileConfiguration::default();
        let of = |data_dir: &str| secrets_dir(None, &file, Path::new(data_dir));
        for (data_dir, wanted) in [
            ("/a/data", "/a/data.secrets"),
            ("/a/data/", "/a/data.secrets"),
            ("/a/data//", "/a/data.secrets"),
            ("/a/data/.", "/a/data.secrets"),
            ("/a/../data/", "/a/../data.secrets"),
            ("d", "d.secrets"),
            ("d/", "d.secrets"),
            ("./d/", "./d.secrets"),
            ("d.v1/", "d.v1.secrets"),
        ] {
            assert_eq!(of(data_dir).unwrap().to_str(), Some(wanted), "{data_dir}");
        }
        let named = secrets_dir(Some("elsewhere".into()), &file, Path::new("/")).unwrap();
        assert_eq!(named, Path::new("elsewhere"));
    }

    #[test]
    fn folder_that_is_not_named_is_found_and_the_root_has_no_name() {
        let file = FileConfiguration::default();
        let temporary = tempfile::tempdir().unwrap();
        let data = temporary.path().canonicalize().unwrap().join("data");
        std::fs::create_dir_all(data.join("below")).unwrap();
        let here = std::env::current_dir().unwrap();
        let with = |folder: &Path| PathBuf::from(format!("{}.secrets", folder.display()));
        assert_eq!(secrets_dir(None, &file, Path::new(".")).unwrap(), with(&here));
        assert_eq!(secrets_dir(None, &file, &data.join("below/..")).unwrap(), with(&data));
        let refused = secrets_dir(None, &file, Path::new("/")).unwrap_err();
        assert!(refused.is::<Unusable>() && refused.to_string().contains("--secrets-dir"), "{refused}");
        assert!(secrets_dir(None, &file, &data.join("missing/..")).is_err());
    }
}
