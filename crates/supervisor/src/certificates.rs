//! The private CA and the server certificate (RFC 5280; strict clients check key identifiers and key usage).
//!
//! The CA may sign for loopback names and the names it was made for, and for nothing else: a further name makes a new
//! CA. The server certificate lives 90 days and is made anew after 60.

use crate::{Config, Folders, SupervisorError, files, own_certificate};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use strongroom_control::{SecretText, TlsIdentity};
use strongroom_types::Timestamp;

const DAY: Duration = Duration::from_secs(86_400);
const CA_DAYS: u32 = 3_650;
const CA_RENEWED_AFTER_DAYS: u32 = 3_285;
const SERVER_DAYS: u32 = 90;
const SERVER_RENEWED_AFTER_DAYS: u32 = 60;

const CA_MADE: &str = "ca.json";
const SERVER_MADE: &str = "server.json";

/// Names that every certificate carries and every CA may sign for.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What a certificate was made for and when, beside its key in the secrets folder. Removed before key and certificate
/// are made and written after them: without it both are made anew.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    names: BTreeSet<String>,
    made_ms: u64,
}

/// The server's certificate and key, and whether clients have a new CA to trust.
pub(crate) struct Identity {
    pub(crate) tls: TlsIdentity,
    pub(crate) new_ca: bool,
}

/// The operator's own certificate, or the one of the private CA, made or renewed if need be.
pub(crate) fn identity(
    config: &Config,
    folders: &Folders,
    now: Timestamp,
) -> Result<Identity, SupervisorError> {
    match (&config.tls_cert, &config.tls_key) {
        (Some(chain), Some(key)) => Ok(Identity { tls: own_certificate::read(chain, key)?, new_ca: false }),
        (None, None) => private_identity(&config.tls_names, folders, now),
        _ => Err(SupervisorError::HalfIdentity),
    }
}

/// Writes down what clients trust, where that is the operator's own certificate: it may be signed by nobody that they know.
pub(crate) fn tell_clients(
    config: &Config,
    folders: &Folders,
    served: &TlsIdentity,
) -> Result<(), SupervisorError> {
    if config.tls_cert.is_none() {
        return Ok(());
    }
    let public = own_certificate::certificates_only(&served.chain_pem);
    files::write_if_changed(&folders.ca_certificate(), public.as_bytes(), 0o600)
}

/// Whether nothing was replaced. The key counts too: an operator's two files are not replaced both at once.
pub(crate) fn are_same(one: &TlsIdentity, other: &TlsIdentity) -> bool {
    one.chain_pem == other.chain_pem && one.key_pem.expose() == other.key_pem.expose()
}

/// Refuses an own certificate that cannot be served, before anything is made.
pub(crate) fn check_own(config: &Config) -> Result<(), SupervisorError> {
    match (&config.tls_cert, &config.tls_key) {
        (Some(chain), Some(key)) => own_certificate::read(chain, key).map(drop),
        (None, None) => Ok(()),
        _ => Err(SupervisorError::HalfIdentity),
    }
}

fn private_identity(
    tls_names: &[String],
    folders: &Folders,
    now: Timestamp,
) -> Result<Identity, SupervisorError> {
    let names: BTreeSet<String> =
        LOOPBACK.iter().map(|name| (*name).to_owned()).chain(tls_names.iter().cloned()).collect();
    let covers = |made: &Made| names.is_subset(&made.names) && younger(made, CA_RENEWED_AFTER_DAYS, now);
    let old_ca = match read_made(folders, CA_MADE)? {
        Some(made) if covers(&made) => read_ca(folders)?,
        _ => None,
    };
    let new_ca = old_ca.is_none();
    let (ca_pem, ca_key) = match old_ca {
        Some(ca) => ca,
        None => make_ca(&names, folders, now)?,
    };
    // Clients read it from the data directory, where it may have been lost.
    files::write_if_changed(&folders.ca_certificate(), ca_pem.as_bytes(), 0o600)?;
    let fits = |made: &Made| made.names == names && younger(made, SERVER_RENEWED_AFTER_DAYS, now);
    let old_server = match read_made(folders, SERVER_MADE)? {
        Some(made) if !new_ca && fits(&made) => read_server(folders)?,
        _ => None,
    };
    let tls = match old_server {
        Some(tls) => tls,
        None => make_server(&names, &ca_pem, &ca_key, folders, now)?,
    };
    Ok(Identity { tls, new_ca })
}

fn younger(made: &Made, days: u32, now: Timestamp) -> bool {
    now < Timestamp::from_millis(made.made_ms).plus_days(days)
}

fn read_made(folders: &Folders, name: &str) -> Result<Option<Made>, SupervisorError> {
    Ok(files::read(&folders.secret(name))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn write_made(
    folders: &Folders,
    name: &str,
    names: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), SupervisorError> {
    let made = Made { names: names.clone(), made_ms: now.millis() };
    let bytes = serde_json::to_vec_pretty(&made).map_err(|e| SupervisorError::System(e.to_string()))?;
    files::write(&folders.secret(name), &bytes, 0o600)
}

fn read_text(folders: &Folders, name: &str) -> Result<Option<String>, SupervisorError> {
    Ok(files::read(&folders.secret(name))?.and_then(|bytes| String::from_utf8(bytes).ok()))
}

fn read_ca(folders: &Folders) -> Result<Option<(String, KeyPair)>, SupervisorError> {
    let (Some(pem), Some(key)) = (read_text(folders, "ca.pem")?, read_text(folders, "ca-key.pem")?) else {
        return Ok(None);
    };
    let key = SecretText::new(key);
    let key = KeyPair::from_pem(key.expose()).map_err(failed)?;
    Ok(Some((pem, key)))
}

fn read_server(folders: &Folders) -> Result<Option<TlsIdentity>, SupervisorError> {
    let chain = read_text(folders, "server.pem")?;
    let key = read_text(folders, "server-key.pem")?;
    Ok(chain.zip(key).map(|(chain_pem, key)| TlsIdentity { chain_pem, key_pem: SecretText::new(key) }))
}

fn failed(error: rcgen::Error) -> SupervisorError {
    SupervisorError::Certificate(error.to_string())
}

fn make_key() -> Result<(KeyPair, SecretText), SupervisorError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
    let pem = SecretText::new(key.serialize_pem());
    Ok((key, pem))
}

/// Parameters that both certificates share. The start lies an hour back, for clocks that do.
fn params(common_name: &str, now: Timestamp, days: u32) -> CertificateParams {
    let now: SystemTime = UNIX_EPOCH + Duration::from_millis(now.millis());
    let mut params = CertificateParams::default();
    params.not_before = (now - Duration::from_secs(3_600)).into();
    params.not_after = (now + days * DAY).into();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    params
}

fn make_ca(
    names: &BTreeSet<String>,
    folders: &Folders,
    now: Timestamp,
) -> Result<(String, KeyPair), SupervisorError> {
    files::remove(&folders.secret(CA_MADE))?;
    let (key, key_pem) = make_key()?;
    files::write(&folders.secret("ca-key.pem"), key_pem.expose().as_bytes(), 0o600)?;
    // The time tells one CA of this service from the next.
    let mut params = params(&format!("Strongroom private CA {}", now.seconds()), now, CA_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let permitted_subtrees = names.iter().map(|name| subtree(name)).collect();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    let pem = params.self_signed(&key).map_err(failed)?.pem();
    files::write(&folders.secret("ca.pem"), pem.as_bytes(), 0o600)?;
    write_made(folders, CA_MADE, names, now)?;
    Ok((pem, key))
}

fn subtree(name: &str) -> GeneralSubtree {
    match name.parse() {
        Ok(IpAddr::V4(ip)) if ip.is_loopback() => {
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8))
        }
        Ok(IpAddr::V4(ip)) => GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(ip.octets(), 32)),
        Ok(IpAddr::V6(ip)) => GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(ip.octets(), 128)),
        Err(_) => GeneralSubtree::DnsName(name.to_owned()),
    }
}

/// Served even where it cannot be kept: clients trust the CA, and whoever cannot start cannot take authority away.
fn make_server(
    names: &BTreeSet<String>,
    ca_pem: &str,
    ca_key: &KeyPair,
    folders: &Folders,
    now: Timestamp,
) -> Result<TlsIdentity, SupervisorError> {
    let (key, key_pem) = make_key()?;
    let mut params = params("Strongroom", now, SERVER_DAYS);
    let with_names = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>()).map_err(failed)?;
    params.subject_alt_names = with_names.subject_alt_names;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let issuer = Issuer::from_ca_cert_pem(ca_pem, ca_key).map_err(failed)?;
    let chain_pem = params.signed_by(&key, &issuer).map_err(failed)?.pem();
    let made = TlsIdentity { chain_pem, key_pem };
    if let Err(error) = keep_server(&made, names, folders, now) {
        tracing::error!(%error, "the new server certificate could not be kept: another is made until it can be");
    }
    Ok(made)
}

fn keep_server(
    made: &TlsIdentity,
    names: &BTreeSet<String>,
    folders: &Folders,
    now: Timestamp,
) -> Result<(), SupervisorError> {
    files::remove(&folders.secret(SERVER_MADE))?;
    files::write(&folders.secret("server-key.pem"), made.key_pem.expose().as_bytes(), 0o600)?;
    files::write(&folders.secret("server.pem"), made.chain_pem.as_bytes(), 0o600)?;
    write_made(folders, SERVER_MADE, names, now)
}

#[cfg(test)]
#[path = "certificates_tests.rs"]
mod tests;
