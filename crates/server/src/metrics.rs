//! The listener of the figures: plain HTTP/1.1, `GET /metrics` in Prometheus' text format, and `/health` with what is below
//! it. It serves nothing else, so that an address that Prometheus reaches is no way to the service.

use crate::connection::Ending;
use crate::figures::{FrontFigures, gather};
use crate::health::Health;
use crate::limits::{HEAD_BYTES_MAX, HEAD_DEADLINE};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use strongroom_service::Service;
use strongroom_service::figures::as_text;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections that may be open; those beyond are closed at once.
const CONNECTIONS_MAX: usize = 32;

/// How long accepting pauses after an error of the socket.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const PATH: &str = "/metrics";
const CONTENT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is shown.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) service: Arc<Service>,
    pub(crate) figures: Arc<FrontFigures>,
}

/// Serves until `ending` says so.
pub(crate) async fn serve(listener: TcpListener, shown: Shown, mut ending: Ending) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut ended = pin!(async move { ending.wait_for(|ending| *ending).await.is_ok() });
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Ok(place) = places.clone().try_acquire_owned() else { continue };
                    let shown = shown.clone();
                    tokio::spawn(async move {
                        connection(stream, shown).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the metrics listener could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            _ = &mut ended => return,
        }
    }
}

async fn connection(stream: TcpStream, shown: Shown) {
    let exchange = service_fn(move |request: Request<Incoming>| {
        let shown = shown.clone();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        async move { Ok::<_, Infallible>(answer(&shown, &method, &path).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).max_buf_size(HEAD_BYTES_MAX);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), exchange).await {
        tracing::debug!(%error, "a connection to the metrics listener ended");
    }
}

async fn answer(shown: &Shown, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if let Some(health) = Health::asked(method, path) {
        return health.answer(&shown.service).await;
    }
    if method != Method::GET || path != PATH {
        let mut nothing = Response::new(Full::default());
        *nothing.status_mut() = StatusCode::NOT_FOUND;
        return nothing;
    }
    let text = as_text(&gather(&shown.service, &shown.figures).await);
    let mut response = Response::new(Full::new(Bytes::from(text)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT));
    response
}
