//! Connections on which nothing happens, on a clock that stands still while anything can go on.

use super::*;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::future::pending;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, timeout};

/// How a client begins (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Length, type, flags and stream of a frame (RFC 9113, section 4.1).
const FRAME_HEADER_BYTES: usize = 9;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_OF_HEADERS_AND_STREAM: u8 = 5;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The client's end of a connection over HTTP/2 whose requests never get an answer.
fn connected(ending: Ending) -> DuplexStream {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move {
        let activity = Arc::new(Activity::default());
        let used = activity.clone();
        let exchange = service_fn(move |_: Request<Incoming>| {
            let activity = used.clone();
            async move {
                let _in_flight = activity.begin();
                pending::<Result<Response<Full<Bytes>>, Infallible>>().await
            }
        });
        let peer = Peer { address: SocketAddr::from(([127, 0, 0, 1], 1)), tls: None, http: Http::Two };
        drive(http_2().serve_connection(TokioIo::new(far), exchange), &activity, peer, ending).await;
    });
    near
}

/// Answers every ping, as HTTP/2 wants it, until the other end closes.
async fn answer_pings(stream: &mut DuplexStream) {
    let mut header = [0; FRAME_HEADER_BYTES];
    while stream.read_exact(&mut header).await.is_ok() {
        let [high, middle, low, kind, flags, ..] = header;
        let mut payload = vec![0; u32::from_be_bytes([0, high, middle, low]) as usize];
        stream.read_exact(&mut payload).await.unwrap();
        let is_asked = kind == PING && flags & ACK == 0;
        if is_asked && stream.write_all(&frame(PING, ACK, 0, &payload)).await.is_err() {
            return;
        }
    }
}

/// After how long a connection is closed that begins with this and then only answers pings; `None` if it is kept.
async fn closed_after(first: &[u8]) -> Option<Duration> {
    let (_running, ending) = watch::channel(false);
    let mut client = connected(ending);
    let begun = Instant::now();
    client.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), first].concat()).await.unwrap();
    let closed = timeout(10 * CONNECTION_IDLE, answer_pings(&mut client)).await;
    closed.is_ok().then(|| begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn idle_connection_over_http_2_is_closed_though_it_answers_every_ping() {
    let after = closed_after(&[]).await.unwrap();
    assert!(CONNECTION_IDLE <= after && after <= CONNECTION_IDLE * 5 / 4, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn connection_over_http_2_with_a_request_in_flight_is_kept() {
    // `:method: GET`, `:scheme: https` and `:path: /` are in the static table (RFC 7541, appendix A).
    let request = frame(HEADERS, END_OF_HEADERS_AND_STREAM, 1, &[0x82, 0x87, 0x84]);
    assert_eq!(closed_after(&request).await, None);
}
