//! The client's side of a connection: bytes out, one whole answer in. As little work as possible, for the load must
//! not be what limits.

use anyhow::{Context, Result, bail};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where a server listens and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// `None` for plain HTTP.
    pub(crate) tls: Option<TlsConnector>,
}

/// A stream of either kind.
trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A kept connection and what of its last read is left over.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(target: &Target) -> Result<Self> {
        let stream = TcpStream::connect(target.address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &target.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(ServerName::try_from("localhost")?, stream).await?),
        };
        Ok(Self { stream, buffer: Vec::with_capacity(8 << 10) })
    }

    /// Sends a whole request; gives the body of an answer with status 200, and fails for any other.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        match self.send(request).await? {
            (200, body) => Ok(body),
            (status, body) => bail!("status {status}: {}", String::from_utf8_lossy(body)),
        }
    }

    /// Sends a whole request; gives the status and the body of the answer.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let answer = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(answer) = extent(&self.buffer)?
                && self.buffer.len() >= answer.end
            {
                break answer;
            }
        };
        Ok((answer.status, self.buffer.get(answer.body..answer.end).context("the body")?))
    }
}

/// An answer whose head is whole.
struct Extent {
    status: u16,
    /// Where the body begins.
    body: usize,
    /// Where it ends.
    end: usize,
}

/// What the head says, once it is whole.
fn extent(answer: &[u8]) -> Result<Option<Extent>> {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = String::from_utf8_lossy(&answer[..head]);
    let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    let status = status.with_context(|| format!("no status: {text}"))?;
    let length = |line: &str| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    };
    let length = text.lines().find_map(length).context("an answer without a length")?;
    Ok(Some(Extent { status, body: head + 4, end: head + 4 + length }))
}

/// A TLS client that trusts these certificates alone.
pub(crate) fn connector(roots: &[&Path]) -> Result<TlsConnector> {
    let mut store = RootCertStore::empty();
    for path in roots {
        for certificate in CertificateDer::pem_file_iter(path)? {
            store.add(certificate?)?;
        }
    }
    let config = ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::extent;

    #[test]
    fn extent_of_an_answer_and_of_its_parts() {
        let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}";
        let found = extent(answer).unwrap().unwrap();
        assert_eq!((found.status, &answer[found.body..found.end]), (400, &b"{}"[..]));
        assert!(extent(&answer[..40]).unwrap().is_none());
        assert!(extent(b"SMTP/1.1 200\r\n\r\n").is_err());
        assert!(extent(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
