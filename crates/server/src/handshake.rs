//! TLS handshakes: computed a few at a time, so that connections that are established find a thread free. One costs as much as
//! thirty requests.

use crate::tls::TlsConfigs;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// How many may be computed at once where so many threads serve: fewer than there are threads, unless there is one alone.
pub(crate) fn at_once(threads: usize) -> usize {
    (threads / 2).max(1)
}

/// Reads the client's hello, then shakes hands with the configuration that suits it. One of the `places` is held as long as
/// a step is computed: a client that falls silent between steps holds up nobody.
pub(crate) async fn handshake<S>(
    stream: S,
    configs: &TlsConfigs,
    places: &Semaphore,
) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
    let mut place = places.acquire().await.map_err(io::Error::other)?;
    let config = configs.for_client(&hello.client_hello());
    // The answer to the hello is computed here already.
    let mut accept = pin!(hello.into_stream(config));
    loop {
        let step = poll_fn(|context| Poll::Ready(accept.as_mut().poll(context))).await;
        drop(place);
        if let Poll::Ready(done) = step {
            return done;
        }
        woken().await;
        // Whoever was asked to send another hello, or speaks TLS 1.2, makes the costly step a later one.
        place = places.acquire().await.map_err(io::Error::other)?;
    }
}

/// Waits until the task is woken by what it asked for before.
async fn woken() {
    let mut asked = false;
    poll_fn(|_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::CurrentCertificate;
    use rustls::crypto::aws_lc_rs::kx_group::{X25519, X25519MLKEM768};
    use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
    use rustls::{ClientConfig, ClientConnection, RootCertStore};
    use std::sync::Arc;
    use std::time::Duration;
    use strongroom_control::{SecretText, TlsIdentity, TlsMinimum};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    /// Made for these tests, of no use elsewhere.
    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUU+e7OCWRlbWBLpMdXyQaybtUgGowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjE3MzIxM1oYDzIxMjYxMTAy
MTczMjEzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQJPYL+WobMotXd5opo5En8ndrC0Njs6qU2Cw8IpWu4Tyxg+69Als/P
yEY0tnSYhN1615+LiMZEda+CqmizPagCo2kwZzAdBgNVHQ4EFgQUAjE3P9uyn3Lt
1GzdwpPn3w+rN1MwHwYDVR0jBBgwFoAUAjE3P9uyn3Lt1GzdwpPn3w+rN1MwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAN4bny0HrOsdcTUsbfr2MDPtGejiS+BeJl38/bKsFhi/AiEAsBOjEJ8K
AT2a8QepmxRYwzGCKJusPiyMvfmbDa/2SdA=
-----END CERTIFICATE-----
";
    const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwo1Hf/7PDpmzrO9/
6g3aQatxrinnQa+7EYap5Zqii76hRANCAAQJPYL+WobMotXd5opo5En8ndrC0Njs
6qU2Cw8IpWu4Tyxg+69Als/PyEY0tnSYhN1615+LiMZEda+CqmizPagC
-----END PRIVATE KEY-----
";

    fn configs() -> TlsConfigs {
        let key_pem = SecretText::new(KEY.to_owned());
        let identity = TlsIdentity { chain_pem: CERTIFICATE.to_owned(), key_pem };
        TlsConfigs::new(CurrentCertificate::new(&identity).unwrap(), TlsMinimum::V1_3).unwrap()
    }

    /// A client with these groups, of which it brings a key share of the first.
    fn client_with(groups: &[&'static dyn SupportedKxGroup]) -> ClientConnection {
        let provider = CryptoProvider { kx_groups: groups.to_vec(), ..aws_lc_rs::default_provider() };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap()
    }

    /// The client's end of a connection whose handshake is under way.
    fn begun(places: &Arc<Semaphore>) -> DuplexStream {
        let (near, far) = tokio::io::duplex(1 << 16);
        let places = places.clone();
        tokio::spawn(async move {
            let configs = configs();
            handshake(far, &configs, &places).await.map(drop)
        });
        near
    }

    /// Sends what the client has to say.
    async fn say(client: &mut ClientConnection, stream: &mut DuplexStream) {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        stream.write_all(&bytes).await.unwrap();
    }

    /// What the server answers; nothing when it has nothing to do but to wait.
    async fn answer(stream: &mut DuplexStream) -> Vec<u8> {
        let mut bytes = vec![0; 1 << 16];
        let read = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut bytes)).await;
        bytes.truncate(read.map_or(0, Result::unwrap));
        bytes
    }

    #[tokio::test(start_paused = true)]
    async fn hello_is_answered_once_there_is_a_place() {
        let places = Arc::new(Semaphore::new(1));
        let taken = places.clone().acquire_owned().await.unwrap();
        let mut stream = begun(&places);
        say(&mut client_with(&[X25519MLKEM768]), &mut stream).await;
        assert!(answer(&mut stream).await.is_empty(), "answered without a place");
        drop(taken);
        assert!(!answer(&mut stream).await.is_empty());
        assert_eq!(places.available_permits(), 1, "whoever says no more holds no place");
    }

    #[tokio::test(start_paused = true)]
    async fn second_hello_needs_a_place_too() {
        let places = Arc::new(Semaphore::new(1));
        let mut stream = begun(&places);
        let mut client = client_with(&[X25519, X25519MLKEM768]);
        say(&mut client, &mut stream).await;
        let retry = answer(&mut stream).await;
        let taken = places.clone().acquire_owned().await.unwrap();
        client.read_tls(&mut retry.as_slice()).unwrap();
        client.process_new_packets().unwrap();
        say(&mut client, &mut stream).await;
        assert!(answer(&mut stream).await.is_empty(), "answered without a place");
        drop(taken);
        assert!(!answer(&mut stream).await.is_empty());
    }

    #[test]
    fn a_thread_is_left_to_those_who_are_connected() {
        assert_eq!([1, 2, 3, 8].map(at_once), [1, 1, 1, 4]);
    }
}
