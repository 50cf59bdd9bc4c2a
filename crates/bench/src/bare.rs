//! The yardstick: hyper as the service sets it up, answering a constant. A process of its own, like the service.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, PRAGMA};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Limits of the service's listener (crates/server/src/limits.rs): they shape what hyper does.
const HEAD_BYTES_MAX: usize = 16 << 10;
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// What the process is started with.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// Bytes of the answer's body
    body_bytes: usize,
    /// Certificate, PEM
    certificate: PathBuf,
    /// Its key, PEM
    key: PathBuf,
}

/// A running yardstick; ended when dropped.
pub(crate) struct Bare {
    child: Child,
    pub(crate) plain: SocketAddr,
    pub(crate) tls: SocketAddr,
}

impl Bare {
    /// Starts this program again as a server whose answers have a body of that size.
    pub(crate) fn start(body_bytes: usize, certificate: &Path, key: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare-server").arg(body_bytes.to_string()).arg(certificate).arg(key);
        let mut child = command.stdout(Stdio::piped()).spawn().context("the bare server")?;
        let output = child.stdout.take().context("its output")?;
        let mut lines = BufReader::new(output).lines();
        let mut address = || -> Result<SocketAddr> { Ok(lines.next().context("no address")??.parse()?) };
        match (address(), address()) {
            (Ok(plain), Ok(tls)) => Ok(Self { child, plain, tls }),
            _ => bail!("the bare server did not start"),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until killed. Prints the addresses of both listeners.
pub(crate) fn serve(settings: &Settings) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(listen(settings))
}

async fn listen(settings: &Settings) -> Result<()> {
    let acceptor = acceptor(settings)?;
    let body = Bytes::from(vec![b'x'; settings.body_bytes]);
    let (plain, tls) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
    println!("{}\n{}", plain.local_addr()?, tls.local_addr()?);
    loop {
        tokio::select! {
            accepted = plain.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                tokio::spawn(connection(stream, body.clone()));
            }
            accepted = tls.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                let (acceptor, body) = (acceptor.clone(), body.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection(stream, body).await;
                    }
                });
            }
        }
    }
}

fn acceptor(settings: &Settings) -> Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&settings.certificate)?.collect();
    let key = PrivateKeyDer::from_pem_file(&settings.key)?;
    let config = rustls::ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_no_client_auth()
        .with_single_cert(chain?, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// hyper with the limits of crates/server/src/connection.rs. The deadline of a head is hyper's own here, as any server has it; the
/// service watches it by other means.
async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, body: Bytes) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(HEAD_BYTES_MAX)
        .pipeline_flush(true);
    let answer = service_fn(move |request| answer(request, body.clone()));
    // A client that goes away is no fault here.
    let _ = builder.serve_connection(TokioIo::new(stream), answer).await;
}

/// Reads the whole request; answers a constant with as many header lines as the service's answer has.
async fn answer(request: Request<Incoming>, body: Bytes) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    let id = HeaderValue::from_static("00000000-0000-4000-8000-000000000000");
    headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate, private"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}
