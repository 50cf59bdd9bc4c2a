//! One exchange over HTTP/1.1: a connection of its own, limits on what comes back, no redirects, no cookies, no proxies.

use crate::alert::of_tls;
use crate::connection::{Duplex, Way};
use crate::sink::SinkError;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// The longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// What of a refusal's body is told to the operator, in characters.
const TEXT_CHARACTERS_MAX: usize = 200;

/// The longest body of a refusal that is read, in bytes.
const REFUSAL_BYTES_MAX: usize = 16 << 10;

/// So much of a body that nobody wants is read, in bytes, and for so long.
const UNWANTED_BYTES_MAX: usize = 64 << 10;
const UNWANTED_BODY_WAIT: Duration = Duration::from_secs(1);

/// What `Limited` makes of every error.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What is asked. A header may be secret.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Path and query; begins with `/`.
    pub(crate) target: &'a str,
    /// Further headers, names in small letters.
    pub(crate) headers: &'a [(&'a str, String)],
    pub(crate) body: Vec<u8>,
    /// The longest body of a success, in bytes; `None` if nothing in it matters: then it may be long, late or cut.
    pub(crate) answer_bytes_max: Option<usize>,
}

/// The body of a success (2xx), empty where none is wanted. Whatever is none is an error.
pub(crate) async fn exchange(way: &Way, call: Call<'_>) -> Result<Vec<u8>, SinkError> {
    exchange_over(way.connect().await?, way, call).await
}

async fn exchange_over(
    stream: impl Duplex + 'static,
    way: &Way,
    call: Call<'_>,
) -> Result<Vec<u8>, SinkError> {
    let Call { method, target, headers, body, answer_bytes_max } = call;
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, way.server.authority(way.tls.is_some()))
        .header(USER_AGENT, "strongroom")
        .header(CONNECTION, "close");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|e| SinkError::Http(e.to_string()))?;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut connection = pin!(connection);
    let mut answer = pin!(async {
        let response = sender.send_request(request).await.map_err(failed)?;
        read(response, answer_bytes_max).await
    });
    let ended = tokio::select! {
        biased;
        answered = &mut answer => return answered,
        ended = &mut connection => ended,
    };
    // What it has read already is still there to be taken; what went wrong is mostly told there too.
    let tls = ended.err().and_then(|error| of_tls(&error));
    answer.await.map_err(|error| tls.unwrap_or(error))
}

async fn read(response: Response<Incoming>, bytes_max: Option<usize>) -> Result<Vec<u8>, SinkError> {
    let status = response.status();
    if status.is_success() {
        let Some(bytes_max) = bytes_max else {
            leave_time_to_write(response.into_body()).await;
            return Ok(Vec::new());
        };
        let body = Limited::new(response.into_body(), bytes_max).collect().await;
        let broken = |e: BoxError| of_tls(&*e).unwrap_or_else(|| SinkError::Http(e.to_string()));
        return body.map(|body| body.to_bytes().to_vec()).map_err(broken);
    }
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|asked| pause(asked, Timestamp::now()));
    // What cannot be read of it is not missed.
    let body = Limited::new(response.into_body(), REFUSAL_BYTES_MAX).collect().await;
    let text = body.map(|body| told(&body.to_bytes())).unwrap_or_default();
    Err(SinkError::Status { status: status.as_u16(), text, retry_after })
}

/// What `Retry-After` asks for: seconds, or a time as an HTTP date. One that is over asks for nothing.
fn pause(asked: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = asked.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().parse_timestamp(asked).ok()?;
    u64::try_from(until.as_second() - now.as_second()).ok().map(Duration::from_secs)
}

/// Takes a body that nobody wants: who is still writing it would see a broken connection otherwise. Nothing depends on it.
async fn leave_time_to_write(body: Incoming) {
    drop(timeout(UNWANTED_BODY_WAIT, Limited::new(body, UNWANTED_BYTES_MAX).collect()).await);
}

fn told(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).trim().chars().take(TEXT_CHARACTERS_MAX).collect();
    if text.is_empty() { text } else { format!(": {text}") }
}

fn failed(error: hyper::Error) -> SinkError {
    of_tls(&error).unwrap_or_else(|| SinkError::Http(error.to_string()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::alert::tests::Refusing;
    use crate::target::Server;
    use rustls::AlertDescription;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    /// A server that gives one answer, and what it was sent: head in small letters, and body.
    pub(crate) async fn server(answer: &'static str) -> (Way, JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Way { server: Server { host: "127.0.0.1".to_owned(), port }, tls: None };
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut body).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            (head, body)
        });
        (way, served)
    }

    fn post<'a>(headers: &'a [(&'static str, String)]) -> Call<'a> {
        Call {
            method: Method::POST,
            target: "/in?x=1",
            headers,
            body: b"lines".to_vec(),
            answer_bytes_max: Some(100),
        }
    }

    #[tokio::test]
    async fn what_is_sent_arrives_and_what_is_answered_comes_back() {
        let (way, served) = server("HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok").await;
        let headers = [("x-more", "yes".to_owned())];
        assert_eq!(exchange(&way, post(&headers)).await.unwrap(), b"ok");
        let (head, body) = served.await.unwrap();
        assert!(head.starts_with("post /in?x=1 http/1.1\r\n") && head.contains("x-more: yes"), "{head}");
        assert!(head.contains(&format!("host: 127.0.0.1:{}\r\n", way.server.port)), "{head}");
        assert_eq!(body, b"lines");
    }

    #[tokio::test]
    async fn a_refusal_is_told_with_its_text_and_its_wish() {
        let answer = "HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 9\r\n\r\nslow down";
        let (way, _served) = server(answer).await;
        let error = exchange(&way, post(&[])).await.unwrap_err();
        assert_eq!(error.to_string(), "it answered with status 429: slow down");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_wish_is_in_seconds_or_a_date() {
        let now = "2026-11-26T20:00:00Z".parse().unwrap();
        for (asked, seconds) in [
            ("7", Some(7)),
            ("Thu, 26 Nov 2026 20:02:05 GMT", Some(125)),
            ("Thu, 26 Nov 2026 20:00:00 GMT", Some(0)),
            ("Thu, 26 Nov 2026 19:59:59 GMT", None),
            ("Fri, 26 Nov 2026 20:02:05 GMT", None),
            ("-7", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(pause(asked, now), seconds.map(Duration::from_secs), "{asked}");
        }
    }

    #[tokio::test]
    async fn a_refusal_with_a_date_is_told_with_its_wish() {
        let answer =
            "HTTP/1.1 503 Down\r\nretry-after: Tue, 01 Jan 2999 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n";
        let (way, _served) = server(answer).await;
        let asked = exchange(&way, post(&[])).await.unwrap_err().retry_after();
        assert!(asked.is_some_and(|asked| asked > Duration::from_secs(300)), "{asked:?}");
    }

    #[tokio::test]
    async fn redirects_cut_answers_and_long_ones_are_errors() {
        for answer in [
            "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok",
            "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n\
             xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "nonsense\r\n\r\n",
            "",
        ] {
            let (way, _served) = server(answer).await;
            assert!(exchange(&way, post(&[])).await.is_err(), "{answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_nobody_wants_is_not_waited_for() {
        for (wanted, taken) in [(None, true), (Some(100), false)] {
            let (stream, mut receiver) = duplex(4_096);
            let _open = tokio::spawn(async move {
                receiver.read_exact(&mut [0; 16]).await.unwrap();
                receiver.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok").await.unwrap();
                receiver
            });
            let way = Way { server: Server { host: "receiver.example".to_owned(), port: 443 }, tls: None };
            let call = Call { answer_bytes_max: wanted, ..post(&[]) };
            let answered = timeout(Duration::from_secs(60), exchange_over(stream, &way, call)).await;
            assert_eq!(matches!(answered, Ok(Ok(_))), taken, "{wanted:?}");
        }
    }

    #[tokio::test]
    async fn a_refused_client_certificate_is_told_as_such_and_not_as_a_fault_of_http() {
        let way = Way { server: Server { host: "receiver.example".to_owned(), port: 443 }, tls: None };
        let said = exchange_over(Refusing(AlertDescription::UnknownCA), &way, post(&[])).await.unwrap_err();
        assert_eq!(said.to_string(), "the receiver refused the client certificate: TLS alert UnknownCA");
    }
}
