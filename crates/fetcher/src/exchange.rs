//! One GET over https: a connection of its own, HTTP/1.1, TLS 1.2 or newer, and limits on size and time. No redirects,
//! no cookies, no proxies, no compression, nothing kept for the next one.

use crate::address::Address;
use crate::fetch::{DOCUMENT_BYTES_MAX, FetchError, Network};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long one exchange may take in all, from the name's look-up to the last byte.
const EXCHANGE_DEADLINE: Duration = Duration::from_secs(5);

/// The longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// https by the roots that are trusted for it.
pub(crate) struct Https(Arc<ClientConfig>);

impl Https {
    pub(crate) fn new(roots: RootCertStore) -> Result<Self, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }
}

impl Network for Https {
    async fn get(&self, address: &Address) -> Result<Vec<u8>, FetchError> {
        in_time(exchange(self.0.clone(), address)).await
    }
}

async fn in_time(exchange: impl Future<Output = Result<Vec<u8>, FetchError>>) -> Result<Vec<u8>, FetchError> {
    tokio::time::timeout(EXCHANGE_DEADLINE, exchange).await.unwrap_or(Err(FetchError::TooSlow))
}

async fn exchange(config: Arc<ClientConfig>, address: &Address) -> Result<Vec<u8>, FetchError> {
    let name = ServerName::try_from(address.host().to_owned()).map_err(|e| FetchError::Tls(e.to_string()))?;
    let connected = TcpStream::connect((address.host(), address.port())).await;
    let stream = connected.map_err(|e| FetchError::Connect(e.to_string()))?;
    let shaken = TlsConnector::from(config).connect(name, stream).await;
    ask(shaken.map_err(|e| FetchError::Tls(e.to_string()))?, address).await
}

/// Asks over a stream that is ready for it. The connection ends with the answer.
async fn ask<S>(stream: S, address: &Address) -> Result<Vec<u8>, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = Request::get(address.target())
        .header(HOST, address.authority())
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, "strongroom")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|e| FetchError::Http(e.to_string()))?;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(http)?;
    let mut connection = pin!(connection);
    let mut answer = pin!(async {
        let response = sender.send_request(request).await.map_err(http)?;
        read(response).await
    });
    tokio::select! {
        biased;
        answered = &mut answer => return answered,
        // What it has read already is still there to be taken; what went wrong is told there too.
        _ = &mut connection => {}
    }
    answer.await
}

/// The whole body of a success.
async fn read(response: Response<Incoming>) -> Result<Vec<u8>, FetchError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Redirect(status.as_u16()));
    }
    if status != StatusCode::OK {
        return Err(FetchError::Status(status.as_u16()));
    }
    match Limited::new(response.into_body(), DOCUMENT_BYTES_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
        Err(error) => Err(FetchError::Http(error.to_string())),
    }
}

fn http(error: hyper::Error) -> FetchError {
    FetchError::Http(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    fn address() -> Address {
        Address::parse("https://idp.example:8443/certs?v=3").unwrap()
    }

    /// What comes of an answer of these bytes, after which the server closes.
    async fn answered(bytes: Vec<u8>) -> Result<Vec<u8>, FetchError> {
        let (near, far) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(serve(far, bytes));
        let outcome = in_time(ask(near, &address())).await;
        server.abort();
        outcome
    }

    async fn serve(mut far: DuplexStream, bytes: Vec<u8>) {
        read_head(&mut far).await;
        // The client may have had enough before the end.
        let _ = far.write_all(&bytes).await;
        let _ = far.shutdown().await;
    }

    async fn read_head(far: &mut DuplexStream) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(far.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap().to_ascii_lowercase()
    }

    fn with_body(head: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let mut answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
        answer.extend_from_slice(body);
        answer
    }

    #[tokio::test]
    async fn the_body_of_a_success_is_given() {
        assert_eq!(answered(with_body("200 OK", b"{}")).await, Ok(b"{}".to_vec()));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        assert_eq!(answered(chunked.to_vec()).await, Ok(b"{}".to_vec()));
        let until_the_end = b"HTTP/1.0 200 OK\r\n\r\n{}";
        assert_eq!(answered(until_the_end.to_vec()).await, Ok(b"{}".to_vec()));
    }

    #[tokio::test]
    async fn the_request_names_host_port_and_query() {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let asked = tokio::spawn(async move { ask(near, &address()).await });
        let head = read_head(&mut far).await;
        assert!(head.starts_with("get /certs?v=3 http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nhost: idp.example:8443\r\n"), "{head}");
        drop(far);
        assert!(matches!(asked.await.unwrap(), Err(FetchError::Http(_))));
    }

    #[tokio::test]
    async fn redirects_are_errors_wherever_they_lead() {
        for status in [301, 302, 303, 307, 308] {
            let head = format!("{status} Moved\r\nlocation: https://idp.example:8443/certs");
            assert_eq!(answered(with_body(&head, b"{}")).await, Err(FetchError::Redirect(status)));
        }
    }

    #[tokio::test]
    async fn whatever_is_no_plain_success_is_an_error() {
        for status in [204, 206, 401, 404, 500, 503] {
            let head = format!("{status} X");
            assert_eq!(answered(with_body(&head, b"")).await, Err(FetchError::Status(status)));
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let full = vec![b' '; DOCUMENT_BYTES_MAX];
        assert_eq!(answered(with_body("200 OK", &full)).await, Ok(full.clone()), "the control");
        let over = [&full[..], b" "].concat();
        assert_eq!(answered(with_body("200 OK", &over)).await, Err(FetchError::TooLarge));
        let mut endless = b"HTTP/1.0 200 OK\r\n\r\n".to_vec();
        endless.extend_from_slice(&over);
        assert_eq!(answered(endless).await, Err(FetchError::TooLarge), "without a length");
    }

    #[tokio::test]
    async fn a_head_over_the_limit_and_a_cut_body_are_refused() {
        let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(HEAD_BYTES_MAX));
        assert!(matches!(answered(long.into_bytes()).await, Err(FetchError::Http(_))));
        let mut cut = with_body("200 OK", b"{\"keys\":[]}");
        cut.pop();
        assert!(matches!(answered(cut).await, Err(FetchError::Http(_))));
    }

    /// The runtime's clock is the test's: it goes on when nothing else can.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_too_slow_is_given_up() {
        let (near, _far) = tokio::io::duplex(1 << 16);
        assert_eq!(in_time(ask(near, &address())).await, Err(FetchError::TooSlow));
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let dripping = tokio::spawn(async move {
            read_head(&mut far).await;
            let _ = far.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await;
            while far.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        assert_eq!(in_time(ask(near, &address())).await, Err(FetchError::TooSlow), "drop by drop");
        dripping.abort();
    }
}
