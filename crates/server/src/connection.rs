//! One connection: handshake, then HTTP/1.1 or HTTP/2 until it ends or is of no more use.

use crate::activity::Activity;
use crate::aside::Aside;
use crate::body::{BodyRoom, Room};
use crate::carried::Carried;
use crate::exchange;
use crate::figures::FrontFigures;
use crate::handshake::handshake;
use crate::limits::{CONNECTION_IDLE, HANDSHAKE_DEADLINE, HEAD_BYTES_MAX, HEAD_DEADLINE, STREAMS_MAX};
use crate::tls::{self, TlsConfigs};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use std::convert::Infallible;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use strongroom_service::{Service, TlsFacts};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

/// Which HTTP a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Http {
    /// HTTP/1.1: what plaintext connections speak, and TLS connections that chose nothing else.
    One,
    /// HTTP/2, chosen by ALPN.
    Two,
}

impl Http {
    /// How long a connection may have no request in flight. Over HTTP/1.1 that is also how long a head may take: a request
    /// is in flight from the end of its head on. hyper's own deadline sets and takes back a timer for every request.
    const fn idle_limit(self) -> Duration {
        match self {
            Self::One => HEAD_DEADLINE,
            Self::Two => CONNECTION_IDLE,
        }
    }
}

/// Turns true when the service ends.
pub(crate) type Ending = watch::Receiver<bool>;

/// Who is at the other end.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<TlsFacts>,
    pub(crate) http: Http,
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) service: Arc<Service>,
    pub(crate) figures: Arc<FrontFigures>,
    /// Room for bodies.
    pub(crate) bodies: Arc<Room>,
    pub(crate) ending: Ending,
}

/// What the exchanges of one connection share.
pub(crate) struct Connection {
    pub(crate) service: Arc<Service>,
    pub(crate) figures: Arc<FrontFigures>,
    pub(crate) activity: Activity,
    pub(crate) bodies: Arc<BodyRoom>,
    pub(crate) carried: Carried,
    pub(crate) source: IpAddr,
    /// The same as text: every record has it.
    pub(crate) source_text: String,
    pub(crate) tls: Option<TlsFacts>,
    pub(crate) http: Http,
}

/// A TLS connection; `handshakes` bounds how many are being computed at once.
pub(crate) async fn serve_tls(
    shared: Shared,
    stream: TcpStream,
    address: SocketAddr,
    configs: TlsConfigs,
    handshakes: Arc<Semaphore>,
) {
    match tokio::time::timeout(HANDSHAKE_DEADLINE, handshake(stream, &configs, &handshakes)).await {
        Ok(Ok(stream)) => {
            let connection = stream.get_ref().1;
            let http = if connection.alpn_protocol() == Some(b"h2") { Http::Two } else { Http::One };
            let peer = Peer { address, tls: Some(tls::facts(connection)), http };
            serve(shared, stream, peer).await;
        }
        Ok(Err(error)) => {
            shared.figures.handshake_failed();
            tracing::debug!(peer = %address, %error, "TLS handshake failed");
        }
        Err(_) => {
            shared.figures.handshake_failed();
            tracing::debug!(peer = %address, "TLS handshake took too long");
        }
    }
}

/// HTTP on a stream that is ready for it. Returns once what the connection asked for and is carried to its end is done: it
/// keeps its place until then, and the service's end waits for it.
pub(crate) async fn serve<S>(shared: Shared, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let source = peer.address.ip();
    let Shared { service, figures, bodies, ending } = shared;
    let connection = Arc::new(Connection {
        service,
        figures,
        activity: Activity::default(),
        bodies: BodyRoom::new(bodies),
        carried: Carried::new(),
        source,
        source_text: source.to_string(),
        tls: peer.tls,
        http: peer.http,
    });
    let used = connection.clone();
    let exchange = service_fn(move |request| {
        let connection = used.clone();
        async move { Ok::<_, Infallible>(exchange::serve(&connection, request).await) }
    });
    let (stream, activity) = (TokioIo::new(stream), &connection.activity);
    match peer.http {
        Http::One => drive(http_1().serve_connection(stream, exchange), activity, peer, ending).await,
        Http::Two => drive(http_2().serve_connection(stream, exchange), activity, peer, ending).await,
    }
    connection.carried.ended().await;
}

/// Runs a connection until it ends by itself or is idle for too long. When the service ends it takes no further request
/// and ends after those in flight.
async fn drive<C>(connection: C, activity: &Activity, peer: Peer, mut ending: Ending)
where
    C: GracefulConnection,
    C::Error: Display,
{
    let mut connection = pin!(connection);
    let mut idle = Aside::new(activity.idle(peer.http.idle_limit()));
    let mut ending = Aside::new(async move { ending.wait_for(|ending| *ending).await.is_ok() });
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(peer = %peer.address, %error, "connection ended");
                }
                return;
            }
            _ = &mut ending, if !told => {
                connection.as_mut().graceful_shutdown();
                told = true;
            }
            () = &mut idle => {
                tracing::debug!(peer = %peer.address, "idle connection closed");
                return;
            }
        }
    }
}

/// A caller that stops sending gets its answer. To notice at once that it goes away, hyper would look whether there is more to
/// read while a call is under way, and for that make a new buffer for each call, for the one that there is has its headers.
fn http_1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_buf_size(HEAD_BYTES_MAX).half_close(true);
    builder
}

fn http_2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(HEAD_DEADLINE)
        .keep_alive_timeout(HEAD_DEADLINE);
    builder
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
