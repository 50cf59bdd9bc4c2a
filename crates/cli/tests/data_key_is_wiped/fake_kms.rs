//! A KMS that knows one answer: GenerateDataKey with a fixed key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

pub(crate) struct FakeKms {
    url: String,
    calls: Arc<AtomicU32>,
}

impl FakeKms {
    pub(crate) fn start(data_key: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!(
            r#"{{"CiphertextBlob":"AQID","KeyId":"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"{}"}}"#,
            STANDARD.encode(data_key)
        );
        let calls = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&calls);
        thread::spawn(move || {
            for connection in listener.incoming() {
                serve(connection.unwrap(), &answer, &counter);
            }
        });
        Self { url, calls }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// One request, one answer, and the connection is closed.
fn serve(connection: TcpStream, answer: &str, calls: &AtomicU32) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let (mut target, mut body_bytes) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => target = value.trim().to_owned(),
            "content-length" => body_bytes = value.trim().parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; body_bytes];
    reader.read_exact(&mut body).unwrap();
    assert_eq!(target, "TrentService.GenerateDataKey");
    calls.fetch_add(1, Ordering::Relaxed);
    let bytes = answer.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n"
    );
    (&connection).write_all([head.as_bytes(), answer.as_bytes()].concat().as_slice()).unwrap();
}
