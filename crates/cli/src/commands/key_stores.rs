//! `[[key_store.cluster]]` of the configuration file: which token is behind the id of a CloudHSM cluster. Only the operator says
//! that: no API call names a library, a label or a PIN file.

use crate::commands::pkcs11;
use crate::configuration::{ClusterEntry, FileConfiguration};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use strongroom_supervisor::{ClusterSettings, PinSource, Pkcs11Settings};

/// Clusters at most: the vault has threads for each.
const CLUSTERS_MAX: usize = 10;

/// The clusters of the file.
pub(crate) fn clusters(file: &FileConfiguration) -> Result<Vec<ClusterSettings>> {
    let entries = &file.key_store.cluster;
    if entries.len() > CLUSTERS_MAX {
        bail!("[[key_store.cluster]]: at most {CLUSTERS_MAX} of them");
    }
    for (at, entry) in entries.iter().enumerate() {
        let id = &entry.id;
        if !is_cluster_id(id) {
            bail!("[[key_store.cluster]] id = {id:?}: it is cluster- and 11 to 16 letters or digits 2 to 7");
        }
        if entries.iter().skip(at + 1).any(|other| other.id == *id) {
            bail!("[[key_store.cluster]] id = {id:?} stands there twice");
        }
    }
    entries.iter().map(settings).collect()
}

/// As the service model has it: `cluster-[2-7a-zA-Z]{11,16}`.
fn is_cluster_id(id: &str) -> bool {
    id.strip_prefix("cluster-").is_some_and(|rest| {
        let known = |byte: u8| byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(&byte);
        (11..=16).contains(&rest.len()) && rest.bytes().all(known)
    })
}

fn settings(entry: &ClusterEntry) -> Result<ClusterSettings> {
    let paths = entry.path.iter().map(|path| absolute(path)).collect::<Result<_>>()?;
    let token = Pkcs11Settings {
        module: absolute(&entry.module)?,
        token_label: entry.token.clone(),
        token_serial: entry.serial.clone(),
        timeout_seconds: pkcs11::timeout(entry.timeout_seconds, "[[key_store.cluster]] timeout_seconds =")?,
        // It is read again when the worker is started again.
        pin: PinSource::File(absolute(&entry.pin_file)?),
        paths,
    };
    Ok(ClusterSettings { id: entry.id.clone(), token })
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> String {
        format!(
            "[[key_store.cluster]]\nid = \"{id}\"\nmodule = \"/lib/none.so\"\ntoken = \"t\"\npin_file = \"/etc/pin\"\n"
        )
    }

    fn of(text: &str) -> Result<Vec<ClusterSettings>> {
        clusters(&toml::from_str(text)?)
    }

    #[test]
    fn cluster_names_a_token() {
        let text = format!(
            "{}path = [\"/var/lib/hsm\"]\nserial = \"a730\"\ntimeout_seconds = 3\n",
            entry("cluster-2abcDEFghij")
        );
        let found = of(&text).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, "cluster-2abcDEFghij");
        assert_eq!(found[0].token.pin, PinSource::File("/etc/pin".into()));
        assert_eq!((found[0].token.token_label.as_str(), found[0].token.paths.len()), ("t", 1));
        assert_eq!(found[0].token.token_serial.as_deref(), Some("a730"));
        assert_eq!(found[0].token.timeout_seconds, 3);
        let forever = entry("cluster-2abcDEFghij") + "timeout_seconds = 6\n";
        assert!(of(&forever).unwrap_err().to_string().contains("timeout_seconds = 6: 1 to 5"));
        assert_eq!(of(&entry("cluster-2abcDEFghij")).unwrap()[0].token.token_serial, None);
        assert!(of("").unwrap().is_empty());
    }

    #[test]
    fn cluster_that_makes_no_sense_is_refused_by_its_id() {
        for id in ["cluster-abc", "cluster-12345678901", "hsm-abcdefghijk", "cluster-abcdefghijklmnopq"] {
            assert!(of(&entry(id)).unwrap_err().to_string().contains(id), "{id}");
        }
        let twice = entry("cluster-2abcDEFghij").repeat(2);
        assert!(of(&twice).unwrap_err().to_string().contains("twice"));
        let many: String = "abcdefghijk".chars().map(|c| entry(&format!("cluster-aaaaaaaaaa{c}"))).collect();
        assert!(of(&many).unwrap_err().to_string().contains("at most 10"));
        let with_pin = entry("cluster-2abcDEFghij") + "pin = \"1234\"\n";
        assert!(of(&with_pin).is_err(), "no PIN in it");
    }
}
