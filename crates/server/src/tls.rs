//! TLS by rustls: 1.3, hybrid post-quantum key exchange preferred; the certificate can change while serving.

use crate::certificate_end::certificate_end;
use arc_swap::ArcSwap;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{NamedGroup, ProtocolVersion, ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::sync::Arc;
use strongroom_control::{TlsIdentity, TlsMinimum};
use strongroom_service::TlsFacts;

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("the certificate or its key cannot be read: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    #[error("the certificate cannot be used: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The certificate that is shown now.
#[derive(Debug)]
pub(crate) struct CurrentCertificate(ArcSwap<CertifiedKey>);

impl CurrentCertificate {
    pub(crate) fn new(identity: &TlsIdentity) -> Result<Arc<Self>, TlsError> {
        Ok(Arc::new(Self(ArcSwap::from_pointee(certified(identity)?))))
    }

    /// Shows another certificate from the next handshake on.
    pub(crate) fn replace(&self, identity: &TlsIdentity) -> Result<(), TlsError> {
        self.0.store(Arc::new(certified(identity)?));
        Ok(())
    }
}

impl CurrentCertificate {
    /// When the first certificate of the chain ends, in seconds since 1970; `None` if that cannot be read.
    pub(crate) fn ends(&self) -> Option<u64> {
        self.0.load().cert.iter().filter_map(|certificate| certificate_end(certificate)).min()
    }
}

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn certified(identity: &TlsIdentity) -> Result<CertifiedKey, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(identity.chain_pem.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.expose().as_bytes())?;
    Ok(CertifiedKey::from_der(chain?, key, &aws_lc_rs::default_provider())?)
}

/// The configurations of the listener.
///
/// rustls takes the first group in the client's order that both have. A client that can do the hybrid group is
/// therefore met with a configuration that has no other.
#[derive(Clone)]
pub(crate) struct TlsConfigs {
    hybrid: Arc<ServerConfig>,
    all: Arc<ServerConfig>,
}

impl TlsConfigs {
    pub(crate) fn new(certificate: Arc<CurrentCertificate>, minimum: TlsMinimum) -> Result<Self, TlsError> {
        let mut hybrid = aws_lc_rs::default_provider();
        hybrid.kx_groups.retain(|group| group.name() == NamedGroup::X25519MLKEM768);
        let hybrid = config(hybrid, certificate.clone(), TlsMinimum::V1_3)?;
        Ok(Self { hybrid, all: config(aws_lc_rs::default_provider(), certificate, minimum)? })
    }

    /// The configuration for a client.
    pub(crate) fn for_client(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        let hybrid = hello.named_groups().is_some_and(|groups| groups.contains(&NamedGroup::X25519MLKEM768));
        if hybrid { self.hybrid.clone() } else { self.all.clone() }
    }
}

fn config(
    provider: CryptoProvider,
    certificate: Arc<CurrentCertificate>,
    minimum: TlsMinimum,
) -> Result<Arc<ServerConfig>, TlsError> {
    let both: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let versions = match minimum {
        TlsMinimum::V1_3 => &both[..1],
        TlsMinimum::V1_2 => both,
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What was negotiated, by the names of the audit record.
pub(crate) fn facts(connection: &ServerConnection) -> TlsFacts {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "unknown",
    };
    let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
    let suite = suite.map_or("unknown", |name| name.strip_prefix("TLS13_").map_or(name, tls13_name));
    let group = connection.negotiated_key_exchange_group().and_then(|group| group.name().as_str());
    TlsFacts { version, cipher_suite: suite, key_exchange: group.unwrap_or("unknown") }
}

/// rustls marks the suites of TLS 1.3; the registry's names are without the mark.
fn tls13_name(name: &'static str) -> &'static str {
    match name {
        "AES_256_GCM_SHA384" => "TLS_AES_256_GCM_SHA384",
        "AES_128_GCM_SHA256" => "TLS_AES_128_GCM_SHA256",
        "CHACHA20_POLY1305_SHA256" => "TLS_CHACHA20_POLY1305_SHA256",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore};
    use std::io::{Read as _, Write as _};
    use strongroom_control::SecretText;

    fn identity() -> (TlsIdentity, CertificateDer<'static>) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key_pem = SecretText::new(made.signing_key.serialize_pem());
        (TlsIdentity { chain_pem: made.cert.pem(), key_pem }, made.cert.der().clone())
    }

    /// Client and server after their handshake; the client trusts these certificates.
    fn connected(
        config: &Arc<ServerConfig>,
        trusted: [&CertificateDer<'static>; 2],
    ) -> (Connection, Connection) {
        let mut roots = RootCertStore::empty();
        for certificate in trusted {
            roots.add(certificate.clone()).unwrap();
        }
        let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let mut client = Connection::Client(ClientConnection::new(Arc::new(client), name).unwrap());
        let mut server = Connection::Server(ServerConnection::new(config.clone()).unwrap());
        while client.is_handshaking() || server.is_handshaking() {
            carry(&mut client, &mut server);
            carry(&mut server, &mut client);
        }
        (client, server)
    }

    /// Takes what one side has to send to the other.
    fn carry(from: &mut Connection, to: &mut Connection) {
        let mut sent = Vec::new();
        while from.wants_write() {
            from.write_tls(&mut sent).unwrap();
        }
        let mut rest = &sent[..];
        while !rest.is_empty() {
            to.read_tls(&mut rest).unwrap();
            to.process_new_packets().unwrap();
        }
    }

    fn shown(client: &Connection) -> CertificateDer<'static> {
        client.peer_certificates().unwrap()[0].clone()
    }

    #[test]
    fn renewed_certificate_is_shown_from_the_next_handshake_on_and_old_connections_go_on() {
        let ((old, old_der), (new, new_der)) = (identity(), identity());
        let current = CurrentCertificate::new(&old).unwrap();
        let configs = TlsConfigs::new(current.clone(), TlsMinimum::V1_3).unwrap();
        let trusted = [&old_der, &new_der];
        let (mut client, mut server) = connected(&configs.all, trusted);
        assert_eq!(shown(&client), old_der);
        current.replace(&new).unwrap();
        for config in [&configs.all, &configs.hybrid] {
            assert_eq!(shown(&connected(config, trusted).0), new_der);
        }
        client.writer().write_all(b"still here").unwrap();
        carry(&mut client, &mut server);
        let mut said = [0; 10];
        server.reader().read_exact(&mut said).unwrap();
        assert_eq!(&said, b"still here");
    }

    #[test]
    fn certificate_without_its_key_changes_nothing() {
        let ((old, old_der), (new, new_der)) = (identity(), identity());
        let current = CurrentCertificate::new(&old).unwrap();
        let configs = TlsConfigs::new(current.clone(), TlsMinimum::V1_3).unwrap();
        let half = TlsIdentity { chain_pem: new.chain_pem, key_pem: old.key_pem };
        assert!(current.replace(&half).is_err());
        assert_eq!(shown(&connected(&configs.all, [&old_der, &new_der]).0), old_der);
    }
}
