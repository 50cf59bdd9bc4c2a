//! Connections: one for each batch. Where a protocol has no answer, its orderly end is one.

use crate::alert::of_tls;
use crate::sink::SinkError;
use crate::target::Server;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What a receiver may say before it closes; it is not listened to.
const LAST_WORDS_BYTES_MAX: usize = 64 << 10;

/// Something to read from and to write to.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A server, and how it is connected to.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) server: Server,
    /// `None` without TLS, which is for this machine alone.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl Way {
    /// A new connection, which is ready for the protocol above.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Duplex>, SinkError> {
        let (host, port) = (self.server.host.as_str(), self.server.port);
        let connected = TcpStream::connect((host, port)).await;
        let stream = connected.map_err(|e| SinkError::Connect(e.to_string()))?;
        let Some(tls) = &self.tls else {
            let peer = stream.peer_addr().map_err(|e| SinkError::Connect(e.to_string()))?;
            // A name may stand for another machine.
            return match peer.ip().is_loopback() {
                true => Ok(Box::new(stream)),
                false => Err(SinkError::Connect("without TLS only this machine is connected to".to_owned())),
            };
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|e| SinkError::Tls(e.to_string()))?;
        let shaken = TlsConnector::from(tls.clone()).connect(name, stream).await;
        let failed = |e: io::Error| of_tls(&e).unwrap_or_else(|| SinkError::Tls(e.to_string()));
        Ok(Box::new(shaken.map_err(failed)?))
    }
}

/// Writes everything, closes our half and waits until the receiver closes its own. A receiver that closes in order has
/// read everything: the kernel resets a connection that is closed with bytes unread, TLS says so itself (RFC 5425,
/// section 4.4).
pub(crate) async fn write_and_close(mut stream: impl Duplex, bytes: &[u8]) -> Result<(), SinkError> {
    let broken = |error: io::Error| of_tls(&error).unwrap_or_else(|| SinkError::Broken(error.to_string()));
    if let Err(error) = write_all_and_end(&mut stream, bytes).await {
        // Why it wants no more may lie there to be read.
        let why = stream.read(&mut [0]).await.err().and_then(|error| of_tls(&error));
        return Err(why.unwrap_or_else(|| broken(error)));
    }
    let mut last_words = [0; 1_024];
    let mut heard = 0;
    while heard <= LAST_WORDS_BYTES_MAX {
        match stream.read(&mut last_words).await {
            Ok(0) => return Ok(()),
            Ok(read) => heard += read,
            // Receivers that close the connection and say nothing about it in TLS (rsyslog with GnuTLS) have read all
            // the same; what was lost on the way would be a reset.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(broken(error)),
        }
    }
    Err(SinkError::NotClosed)
}

async fn write_all_and_end(stream: &mut impl Duplex, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::tests::Refusing;
    use rustls::AlertDescription;
    use std::time::Duration;
    use tokio::net::{TcpListener, UnixStream};
    use tokio::time::timeout;

    async fn local() -> (TcpListener, Way) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, Way { server: Server { host: "127.0.0.1".to_owned(), port }, tls: None })
    }

    #[tokio::test]
    async fn a_receiver_that_reads_and_closes_has_taken_it() {
        let (listener, way) = local().await;
        let receiver = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut taken = Vec::new();
            stream.read_to_end(&mut taken).await.unwrap();
            taken
        });
        write_and_close(way.connect().await.unwrap(), b"lines").await.unwrap();
        assert_eq!(receiver.await.unwrap(), b"lines");
    }

    #[tokio::test]
    async fn a_receiver_that_closes_before_it_has_read_has_not() {
        let (listener, way) = local().await;
        let receiver = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
        });
        let many = vec![b'x'; 8 << 20];
        let outcome = write_and_close(way.connect().await.unwrap(), &many).await;
        assert!(matches!(outcome, Err(SinkError::Broken(_))), "{outcome:?}");
        receiver.await.unwrap();
    }

    #[tokio::test]
    async fn a_unix_receiver_that_closes_before_it_has_read_has_not() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let receiver = tokio::spawn(async move {
            far.read_u8().await.unwrap();
            // The rest is there and nobody reads it.
            far.readable().await.unwrap();
        });
        let outcome = write_and_close(near, b"several lines").await;
        receiver.await.unwrap();
        assert!(matches!(outcome, Err(SinkError::Broken(_))), "{outcome:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_receiver_that_stays_and_says_nothing_is_waited_for() {
        let (near, far) = tokio::io::duplex(1 << 10);
        let outcome = timeout(Duration::from_secs(3_600), write_and_close(near, b"x")).await;
        assert!(outcome.is_err(), "the deadline is the caller's");
        drop(far);
    }

    #[tokio::test]
    async fn a_receiver_that_talks_without_end_is_given_up() {
        let (near, mut far) = tokio::io::duplex(1 << 10);
        let talker = tokio::spawn(async move { while far.write_all(&[0; 512]).await.is_ok() {} });
        assert_eq!(write_and_close(near, b"x").await, Err(SinkError::NotClosed));
        talker.await.unwrap();
    }

    #[tokio::test]
    async fn a_receiver_that_refuses_our_certificate_says_so_in_place_of_an_end() {
        let outcome = write_and_close(Refusing(AlertDescription::CertificateExpired), b"x").await;
        assert_eq!(outcome, Err(SinkError::ClientCertificate("CertificateExpired".to_owned())));
    }
}
