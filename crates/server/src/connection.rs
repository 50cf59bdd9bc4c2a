//! One connection: handshake, then HTTP/1.1 or HTTP/2 until it ends.

use crate::exchange;
use crate::limits::{HANDSHAKE_DEADLINE, HEAD_BYTES_MAX, HEAD_DEADLINE, STREAMS_MAX};
use crate::tls::{self, TlsConfigs};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use strongroom_service::{Service, TlsFacts};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// HTTP/1.1 and HTTP/2 with the limits of this listener.
pub(crate) fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(HEAD_BYTES_MAX)
        .pipeline_flush(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(HEAD_DEADLINE)
        .keep_alive_timeout(HEAD_DEADLINE);
    builder
}

/// A TLS connection; `handshakes` bounds how many are being shaken at once.
pub(crate) async fn serve_tls(
    service: Arc<Service>,
    stream: TcpStream,
    peer: SocketAddr,
    configs: TlsConfigs,
    handshakes: Arc<Semaphore>,
    watcher: Watcher,
) {
    let Ok(permit) = handshakes.acquire().await else { return };
    let shaken = tokio::time::timeout(HANDSHAKE_DEADLINE, handshake(stream, configs)).await;
    drop(permit);
    match shaken {
        Ok(Ok(stream)) => {
            let facts = tls::facts(stream.get_ref().1);
            serve(service, stream, peer, Some(facts), watcher).await;
        }
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

/// Reads the client's hello, then shakes hands with the configuration that suits it.
async fn handshake(stream: TcpStream, configs: TlsConfigs) -> io::Result<TlsStream<TcpStream>> {
    let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
    let config = configs.for_client(&hello.client_hello());
    hello.into_stream(config).await
}

/// HTTP on a stream that is ready for it.
pub(crate) async fn serve<S>(
    service: Arc<Service>,
    stream: S,
    peer: SocketAddr,
    tls: Option<TlsFacts>,
    watcher: Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let exchange = service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(exchange::serve(service, request, peer.ip(), tls).await) }
    });
    let builder = builder();
    let connection = builder.serve_connection(TokioIo::new(stream), exchange);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%peer, %error, "connection ended");
    }
}
