//! The settings of `serve` about witnesses of the audit log that are asked: `[[audit.witness]]` of the file.

use crate::commands::sinks::shown;
use crate::configuration::{FileConfiguration, WitnessEntry};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use strongroom_audit::{NoteAlgorithm, VerifierKey};
use strongroom_control::WitnessSetting;
use strongroom_courier::{WITNESSES_MAX, check_witness};

/// From the file; checked, paths absolute.
pub(crate) fn witnesses(file: &FileConfiguration) -> Result<Vec<WitnessSetting>> {
    let entries = &file.audit.witness;
    if entries.len() > WITNESSES_MAX {
        bail!("audit.witness: {} are more than {WITNESSES_MAX}", entries.len());
    }
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for entry in entries {
        let told = || format!("audit.witness {}", shown(&entry.url));
        let key: VerifierKey = entry.key.parse().with_context(told)?;
        if key.algorithm() != NoteAlgorithm::Cosignature {
            bail!("audit.witness {}: its key is not one for cosignatures: type 0x04", shown(&entry.url));
        }
        if !names.insert(key.name().to_owned()) {
            bail!("audit.witness {}: {} is there twice", shown(&entry.url), key.name());
        }
        let setting = setting(entry, &key).with_context(told)?;
        check_witness(&setting).with_context(told)?;
        found.push(setting);
    }
    Ok(found)
}

fn setting(entry: &WitnessEntry, key: &VerifierKey) -> Result<WitnessSetting> {
    let real =
        |file: &std::path::PathBuf| std::fs::canonicalize(file).with_context(|| file.display().to_string());
    Ok(WitnessSetting {
        url: entry.url.clone(),
        key: key.to_string(),
        ca: entry.ca.as_ref().map(real).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "witness.example/w1+09cc094e+BCyEithmTuZR5IlsE6hKiaKWSspet3qLiB5g3tXIG06d";

    fn of_file(text: &str) -> Result<Vec<WitnessSetting>> {
        witnesses(&toml::from_str(text)?)
    }

    #[test]
    fn the_file_has_all_settings_and_a_key_of_the_right_kind() {
        let one = format!("[[audit.witness]]\nurl = \"http://127.0.0.1:80/w\"\nkey = \"{KEY}\"\n");
        let found = of_file(&one).unwrap();
        assert_eq!((found[0].url.as_str(), found[0].key.as_str()), ("http://127.0.0.1:80/w", KEY));
        let twice = of_file(&format!("{one}{one}")).unwrap_err().to_string();
        assert!(twice.contains("twice"), "{twice}");
        for (from, to) in [
            ("http://127.0.0.1:80/w", "http://witness.example"),
            ("+09cc094e+", "+09cc094f+"),
            ("url", "uri"),
        ] {
            assert!(of_file(&one.replace(from, to)).is_err(), "{to}");
        }
        assert!(of_file(&format!("{one}ca = \"/no/such\"\n")).is_err());
    }
}
