//! The settings of `serve` about identity providers' key sets: the folder, the list of issuers, the authorities.

use crate::configuration::FileConfiguration;
use anyhow::{Result, anyhow, bail};
use std::collections::BTreeSet;
use std::path::PathBuf;
use strongroom_control::IssuerSetting;
use strongroom_fetcher::{ISSUERS_MAX, check_authorities, issuer_setting};

/// What is said on the command line and in the environment.
#[derive(clap::Args)]
pub(crate) struct ProviderArgs {
    /// The folder of identity providers' key sets: <issuer>.json, the issuer without https:// and with _ for /
    #[arg(long, value_name = "DIR", env = "STRONGROOM_OIDC_KEYS")]
    oidc_keys: Option<PathBuf>,
    /// An identity provider whose key set is fetched over https: its issuer, or ISSUER=JWKS_URL; repeatable
    #[arg(long, value_name = "URL", env = "STRONGROOM_OIDC_ISSUER", value_delimiter = ',')]
    oidc_issuer: Option<Vec<String>>,
    /// The authorities to trust for fetching, PEM, instead of the system's roots
    #[arg(long, value_name = "FILE", env = "STRONGROOM_OIDC_CA")]
    oidc_ca: Option<PathBuf>,
}

/// The same, checked; paths are absolute.
pub(crate) struct Providers {
    pub(crate) keys: Option<PathBuf>,
    pub(crate) issuers: Vec<IssuerSetting>,
    pub(crate) ca: Option<PathBuf>,
}

/// From the flags, the environment and the file.
pub(crate) fn providers(args: ProviderArgs, file: &FileConfiguration) -> Result<Providers> {
    let keys = folder(args.oidc_keys.or_else(|| file.oidc_keys.clone()))?;
    let issuers = issuers(&args.oidc_issuer.or_else(|| file.oidc_issuer.clone()).unwrap_or_default())?;
    let ca = authorities(args.oidc_ca.or_else(|| file.oidc_ca.clone()))?;
    if ca.is_some() && issuers.is_empty() {
        bail!("--oidc-ca is for --oidc-issuer, and no issuer is named");
    }
    Ok(Providers { keys, issuers, ca })
}

/// The folder as an absolute path: the front is confined to it whatever its working directory is.
fn folder(given: Option<PathBuf>) -> Result<Option<PathBuf>> {
    let Some(folder) = given else { return Ok(None) };
    match std::fs::canonicalize(&folder) {
        Ok(folder) if folder.is_dir() => Ok(Some(folder)),
        Ok(_) => bail!("--oidc-keys {}: it is no folder", folder.display()),
        Err(error) => bail!("--oidc-keys {}: {error}", folder.display()),
    }
}

fn issuers(given: &[String]) -> Result<Vec<IssuerSetting>> {
    if given.len() > ISSUERS_MAX {
        bail!("--oidc-issuer: {} issuers are more than {ISSUERS_MAX}", given.len());
    }
    let mut names = BTreeSet::new();
    let mut issuers = Vec::new();
    for text in given {
        let setting = issuer_setting(text).map_err(|error| anyhow!("--oidc-issuer {text}: {error}"))?;
        if !names.insert(setting.issuer.clone()) {
            bail!("--oidc-issuer {text}: the issuer is named twice");
        }
        issuers.push(setting);
    }
    Ok(issuers)
}

fn authorities(given: Option<PathBuf>) -> Result<Option<PathBuf>> {
    let Some(file) = given else { return Ok(None) };
    check_authorities(&file).map_err(|error| anyhow!("--oidc-ca {error}"))?;
    match std::fs::canonicalize(&file) {
        Ok(file) => Ok(Some(file)),
        Err(error) => bail!("--oidc-ca {}: {error}", file.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[&str]) -> Result<Vec<IssuerSetting>> {
        issuers(&given.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn issuers_are_read_with_and_without_their_key_set() {
        let listed =
            read(&["https://a.example/one", "https://b.example=https://keys.b.example/certs"]).unwrap();
        let setting = |issuer: &str, jwks_url: Option<&str>| IssuerSetting {
            issuer: issuer.to_owned(),
            jwks_url: jwks_url.map(str::to_owned),
        };
        let named = setting("https://b.example", Some("https://keys.b.example/certs"));
        assert_eq!(listed, [setting("https://a.example/one", None), named]);
    }

    #[test]
    fn what_cannot_be_fetched_is_refused_by_name() {
        for bad in [
            "http://a.example",
            "a.example",
            "https://u@a.example",
            "https://a.example?x",
            "https://a.example/#",
        ] {
            let said = read(&["https://good.example", bad]).unwrap_err().to_string();
            assert!(said.contains("--oidc-issuer") && said.contains(bad), "{said}");
        }
        let twice = read(&["https://a.example", "https://a.example=https://a.example/certs"]);
        assert!(twice.unwrap_err().to_string().contains("twice"));
        let many: Vec<String> = (0..=ISSUERS_MAX).map(|n| format!("https://{n}.example")).collect();
        assert!(issuers(&many).is_err());
        assert_eq!(issuers(&many[1..]).unwrap().len(), ISSUERS_MAX);
    }

    #[test]
    fn authorities_without_an_issuer_or_of_no_certificate_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let args = || ProviderArgs { oidc_keys: None, oidc_issuer: None, oidc_ca: Some(file.clone()) };
        for text in [None, Some("no PEM")] {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            let said = providers(args(), &FileConfiguration::default()).err().unwrap().to_string();
            assert!(said.contains("--oidc-ca") && said.contains("ca.pem"), "{said}");
        }
    }
}
