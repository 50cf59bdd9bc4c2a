//! The private CA and the server certificate that it signs.
//!
//! The CA may sign for loopback names and those of the start that made it, and for nothing else; a name that is
//! new makes a new CA. The server certificate lives 90 days and is renewed 30 days before its end.

use crate::config::Config;
use crate::error::SupervisorError;
use crate::files;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use strongroom_control::{SecretText, TlsIdentity};
use strongroom_types::Timestamp;

/// How long the CA lives.
const CA_DAYS: u64 = 3_650;

/// How long a server certificate lives.
const SERVER_DAYS: u64 = 90;

/// How long before its end a server certificate is renewed.
const RENEW_DAYS: u64 = 30;

/// Certificates are valid from a little earlier, for clients whose clocks are late.
const BACKDATE: Duration = Duration::from_secs(3_600);

/// One day in seconds.
const DAY: u64 = 86_400;

/// What stands beside the CA's key: what it may sign for.
#[derive(Serialize, Deserialize)]
struct CaFacts {
    names: BTreeSet<String>,
}

/// What stands beside the server's key.
#[derive(Serialize, Deserialize)]
struct ServerFacts {
    names: BTreeSet<String>,
    not_after_s: u64,
}

/// The certificates of one service.
pub(crate) struct Certificates {
    own: Option<crate::config::OwnCertificate>,
    secrets_dir: PathBuf,
    ca_public: PathBuf,
    names: BTreeSet<String>,
}

/// What a start or a renewal found or made.
pub(crate) struct Shown {
    pub(crate) identity: TlsIdentity,
    /// A new CA was made though there had been one: clients must trust the new one.
    pub(crate) ca_replaced: bool,
    /// The server certificate was made now.
    pub(crate) is_new: bool,
}

impl Certificates {
    pub(crate) fn new(config: &Config) -> Result<Self, SupervisorError> {
        let mut names: BTreeSet<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        for name in &config.tls_names {
            names.insert(checked_name(name)?);
        }
        Ok(Self {
            own: config.own_certificate.clone(),
            secrets_dir: config.secrets_dir.clone(),
            ca_public: config.data_dir.join("ca.pem"),
            names,
        })
    }

    /// The certificate to show now; made or renewed if need be.
    pub(crate) fn current(&self, now: Timestamp) -> Result<Shown, SupervisorError> {
        if let Some(own) = &self.own {
            let read = |path: &PathBuf| {
                std::fs::read_to_string(path).map_err(|error| SupervisorError::file(path, error))
            };
            let identity =
                TlsIdentity { chain_pem: read(&own.chain)?, key_pem: SecretText::new(read(&own.key)?) };
            return Ok(Shown { identity, ca_replaced: false, is_new: false });
        }
        let (issuer, ca_pem, ca_is_new, ca_replaced) = self.authority(now)?;
        if !ca_is_new && let Some(identity) = self.kept(now)? {
            return Ok(Shown { identity, ca_replaced, is_new: false });
        }
        let identity = self.issue(&issuer, &ca_pem, now)?;
        Ok(Shown { identity, ca_replaced, is_new: true })
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.secrets_dir.join(name)
    }

    /// The CA, its certificate, whether it was made now, and whether it replaces another.
    fn authority(
        &self,
        now: Timestamp,
    ) -> Result<(Issuer<'static, KeyPair>, String, bool, bool), SupervisorError> {
        let key = files::read_optional(&self.secret("ca-key.pem"))?;
        let facts = files::read_optional(&self.secret("ca.json"))?;
        let facts: Option<CaFacts> = facts.and_then(|facts| serde_json::from_slice(&facts).ok());
        let certificate = files::read_optional(&self.secret("ca.pem"))?;
        if let (Some(key), Some(facts), Some(certificate)) = (&key, facts, certificate)
            && self.names.is_subset(&facts.names)
        {
            let key = KeyPair::from_pem(&String::from_utf8_lossy(key)).map_err(fault)?;
            let pem = String::from_utf8_lossy(&certificate).into_owned();
            let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(fault)?;
            if files::read_optional(&self.ca_public)?.as_deref() != Some(pem.as_bytes()) {
                files::write_public(&self.ca_public, pem.as_bytes())?;
            }
            return Ok((issuer, pem, false, false));
        }
        let (issuer, pem) = self.new_authority(now)?;
        Ok((issuer, pem, true, key.is_some()))
    }

    fn new_authority(&self, now: Timestamp) -> Result<(Issuer<'static, KeyPair>, String), SupervisorError> {
        let key = KeyPair::generate().map_err(fault)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(&format!("Strongroom private CA {}", now.seconds()));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.use_authority_key_identifier_extension = true;
        let permitted_subtrees = self.names.iter().map(|name| subtree(name)).collect();
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
        validity(&mut params, now, CA_DAYS);
        let certificate = params.self_signed(&key).map_err(fault)?;
        let pem = certificate.pem();
        files::write_private(&self.secret("ca-key.pem"), key.serialize_pem().as_bytes())?;
        files::write_private(&self.secret("ca.pem"), pem.as_bytes())?;
        let facts = serde_json::to_vec(&CaFacts { names: self.names.clone() }).map_err(fault)?;
        files::write_private(&self.secret("ca.json"), &facts)?;
        files::write_public(&self.ca_public, pem.as_bytes())?;
        Ok((Issuer::new(params, key), pem))
    }

    /// The server certificate that is there, if it is for these names and not near its end.
    fn kept(&self, now: Timestamp) -> Result<Option<TlsIdentity>, SupervisorError> {
        let facts = files::read_optional(&self.secret("server.json"))?;
        let facts: Option<ServerFacts> = facts.and_then(|facts| serde_json::from_slice(&facts).ok());
        let fresh = |facts: &ServerFacts| {
            facts.names == self.names && facts.not_after_s > now.seconds().saturating_add(RENEW_DAYS * DAY)
        };
        if !facts.as_ref().is_some_and(fresh) {
            return Ok(None);
        }
        let chain = files::read_optional(&self.secret("server.pem"))?;
        let key = files::read_optional(&self.secret("server-key.pem"))?;
        let (Some(chain), Some(key)) = (chain, key) else { return Ok(None) };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Some(TlsIdentity { chain_pem: text(chain), key_pem: SecretText::new(text(key)) }))
    }

    fn issue(
        &self,
        issuer: &Issuer<'static, KeyPair>,
        ca_pem: &str,
        now: Timestamp,
    ) -> Result<TlsIdentity, SupervisorError> {
        let key = KeyPair::generate().map_err(fault)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name("Strongroom");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names =
            self.names.iter().map(|name| alternative(name)).collect::<Result<_, _>>()?;
        validity(&mut params, now, SERVER_DAYS);
        let certificate = params.signed_by(&key, issuer).map_err(fault)?;
        let chain_pem = format!("{}{ca_pem}", certificate.pem());
        let facts = ServerFacts {
            names: self.names.clone(),
            not_after_s: now.seconds().saturating_add(SERVER_DAYS * DAY),
        };
        files::write_private(&self.secret("server-key.pem"), key.serialize_pem().as_bytes())?;
        files::write_private(&self.secret("server.pem"), chain_pem.as_bytes())?;
        files::write_private(&self.secret("server.json"), &serde_json::to_vec(&facts).map_err(fault)?)?;
        Ok(TlsIdentity { chain_pem, key_pem: SecretText::new(key.serialize_pem()) })
    }
}

fn fault(error: impl std::fmt::Display) -> SupervisorError {
    SupervisorError::Certificate(error.to_string())
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

/// Valid from an hour ago for so many days.
fn validity(params: &mut CertificateParams, now: Timestamp, days: u64) {
    let from = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now.seconds());
    params.not_before = from - BACKDATE;
    params.not_after = from + Duration::from_secs(days * DAY);
}

/// An IP address, or a DNS name of letters, digits, hyphens and dots.
fn checked_name(name: &str) -> Result<String, SupervisorError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let valid = name.len() <= 253 && name.split('.').all(label);
    if valid { Ok(name.to_ascii_lowercase()) } else { Err(SupervisorError::TlsName(name.to_owned())) }
}

fn alternative(name: &str) -> Result<SanType, SupervisorError> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(name.try_into().map_err(fault)?)),
    }
}

fn subtree(name: &str) -> GeneralSubtree {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => GeneralSubtree::IpAddress(CidrSubnet::V4(address.octets(), [255; 4])),
        Ok(IpAddr::V6(address)) => GeneralSubtree::IpAddress(CidrSubnet::V6(address.octets(), [255; 16])),
        Err(_) => GeneralSubtree::DnsName(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn certificates(dir: &Path, names: &[&str]) -> Certificates {
        let mut all: BTreeSet<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        all.extend(names.iter().map(|name| checked_name(name).unwrap()));
        Certificates {
            own: None,
            secrets_dir: dir.to_owned(),
            ca_public: dir.join("public-ca.pem"),
            names: all,
        }
    }

    fn day(days: u64) -> Timestamp {
        Timestamp::from_millis((20_000 + days) * DAY * 1_000)
    }

    #[test]
    fn certificate_is_kept_then_renewed_under_the_same_ca() {
        let dir = tempfile::tempdir().unwrap();
        let certificates = certificates(dir.path(), &[]);
        let first = certificates.current(day(0)).unwrap();
        assert!(first.is_new && !first.ca_replaced);
        let kept = certificates.current(day(59)).unwrap();
        assert!(!kept.is_new && kept.identity.chain_pem == first.identity.chain_pem);
        let ca = std::fs::read(dir.path().join("ca.pem")).unwrap();
        let renewed = certificates.current(day(61)).unwrap();
        assert!(renewed.is_new && !renewed.ca_replaced);
        assert_ne!(renewed.identity.chain_pem, first.identity.chain_pem);
        assert_eq!(std::fs::read(dir.path().join("ca.pem")).unwrap(), ca);
    }

    #[test]
    fn new_name_makes_a_new_ca_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        certificates(dir.path(), &[]).current(day(0)).unwrap();
        let shown = certificates(dir.path(), &["kms.example", "10.0.0.7"]).current(day(1)).unwrap();
        assert!(shown.ca_replaced && shown.is_new);
        let again = certificates(dir.path(), &["kms.example"]).current(day(2)).unwrap();
        assert!(!again.ca_replaced && again.is_new);
    }

    #[test]
    fn names_are_checked() {
        for bad in ["", "a b", "-a", "a..b", "*.example", "a/b"] {
            assert!(checked_name(bad).is_err(), "{bad}");
        }
        assert_eq!(checked_name("KMS.Example").unwrap(), "kms.example");
        assert_eq!(checked_name("0:0:0:0:0:0:0:1").unwrap(), "::1");
    }

    /// OpenSSL's strict mode is what Python 3.13 asks for by default.
    #[test]
    fn openssl_takes_the_chain_in_strict_mode() {
        let dir = tempfile::tempdir().unwrap();
        certificates(dir.path(), &["kms.example"]).current(Timestamp::from_millis(now_ms())).unwrap();
        let verify = |extra: &[&str]| {
            let mut command = std::process::Command::new("openssl");
            command.args(["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"]);
            let output = command
                .arg(dir.path().join("ca.pem"))
                .args(extra)
                .arg(dir.path().join("server.pem"))
                .output();
            output.unwrap()
        };
        let output = verify(&["-verify_hostname", "localhost"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(verify(&["-verify_ip", "127.0.0.1"]).status.success());
        assert!(verify(&["-verify_hostname", "kms.example"]).status.success());
        assert!(!verify(&["-verify_hostname", "elsewhere.example"]).status.success());
    }

    fn now_ms() -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64
    }
}
