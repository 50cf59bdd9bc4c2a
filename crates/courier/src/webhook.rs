//! A webhook: each batch is one POST of JSON, signed with a secret that both sides have.
//!
//! `Strongroom-Timestamp` is the second of the sending, `Strongroom-Signature` is `v1=` and the HMAC-SHA-256 in hex of
//! the timestamp, a full stop and the body. A receiver refuses a timestamp that is more than five minutes away and a
//! number that it has seen (docs/sinks.md).

use crate::connection::Way;
use crate::hash::hmac_sha256;
use crate::http::{Call, exchange};
use crate::sink::{Batch, Sink, SinkError, Taken};
use hyper::Method;
use zeroize::Zeroizing;

/// The sink.
pub(crate) struct WebhookSink {
    pub(crate) way: Way,
    pub(crate) path: String,
    pub(crate) secret: Zeroizing<Vec<u8>>,
    /// The sink's name, as batches carry it.
    pub(crate) name: String,
}

impl Sink for WebhookSink {
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        let body = body(&self.name, batch).into_bytes();
        let timestamp = jiff::Timestamp::now().as_second();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("strongroom-timestamp", timestamp.to_string()),
            ("strongroom-signature", signature(&self.secret, timestamp, &body)),
        ];
        // The status is the receipt. If its body, long or cut, could spoil it, the batch would come again for ever.
        let call = Call {
            method: Method::POST,
            target: &self.path,
            headers: &headers,
            body,
            answer_bytes_max: None,
        };
        exchange(&self.way, call).await?;
        Ok(Taken::default())
    }
}

/// `{"sink":NAME,"first":NUMBER,"last":NUMBER,"lines":[LINE,...]}`. Lines are JSON already, and names plain.
fn body(name: &str, batch: &Batch) -> String {
    let lines: Vec<&str> = batch.lines().iter().map(|line| line.text()).collect();
    let (first, last) = (batch.first(), batch.last());
    format!("{{\"sink\":\"{name}\",\"first\":{first},\"last\":{last},\"lines\":[{}]}}", lines.join(","))
}

fn signature(secret: &[u8], timestamp: i64, body: &[u8]) -> String {
    let signed = hmac_sha256(secret, &[timestamp.to_string().as_bytes(), b".", body]);
    format!("v1={}", const_hex::encode(signed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::server;
    use crate::line::tests::event;

    #[test]
    fn signature_known_answer() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let wanted = "v1=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e";
        assert_eq!(signature(b"0123456789abcdef", 1_700_000_000, b"{}"), wanted);
    }

    fn sink(way: Way) -> WebhookSink {
        let secret = Zeroizing::new(b"0123456789abcdef".to_vec());
        WebhookSink { way, path: "/in".to_owned(), secret, name: "hook".to_owned() }
    }

    #[tokio::test]
    async fn any_success_is_a_receipt_whatever_becomes_of_its_body() {
        let long = format!("content-length: 65537\r\n\r\n{}", "x".repeat(65_537));
        for rest in ["content-length: 10\r\n\r\ncut", long.as_str()] {
            for (status, taken) in [("200 OK", true), ("202 Accepted", true), ("503 Busy", false)] {
                let (way, _served) = server(format!("HTTP/1.1 {status}\r\n{rest}").leak()).await;
                let delivered = sink(way).deliver(&Batch::new(vec![event(1)]).unwrap()).await;
                assert_eq!(delivered.is_ok(), taken, "{status}: {delivered:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_batch_is_posted_and_signed() {
        let (way, served) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        sink(way).deliver(&Batch::new(vec![event(3), event(4)]).unwrap()).await.unwrap();
        let (head, body) = served.await.unwrap();
        let header = |name: &str| {
            let line = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap().to_owned()
        };
        let timestamp: i64 = header("strongroom-timestamp").parse().unwrap();
        assert_eq!(header("strongroom-signature"), signature(b"0123456789abcdef", timestamp, &body));
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((body["first"].as_u64(), body["last"].as_u64()), (Some(3), Some(4)));
        assert_eq!(body["lines"][1]["sequence"], 4);
    }
}
