//! A KMS with one key and one data key, over plain HTTP or TLS 1.3, that remembers what it was asked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const KEY_ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const BLOB: &[u8] = b"a wrapped data key";

/// A request: the operation, and its body.
pub(crate) type Call = (String, Value);

pub(crate) struct FakeKms {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl FakeKms {
    pub(crate) fn start(data_key: &[u8], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (log, plaintext) = (Arc::clone(&calls), STANDARD.encode(data_key));
        thread::spawn(move || {
            for connection in listener.incoming() {
                serve(connection.unwrap(), tls.clone(), &plaintext, &log);
            }
        });
        Self { url, calls }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What was asked since the last look.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

fn serve(connection: TcpStream, tls: Option<Arc<ServerConfig>>, plaintext: &str, log: &Mutex<Vec<Call>>) {
    match tls {
        None => answer(connection, plaintext, log),
        Some(config) => {
            let session = ServerConnection::new(config).unwrap();
            answer(StreamOwned::new(session, connection), plaintext, log);
        }
    }
}

/// One request, one answer, and the connection is closed.
fn answer(connection: impl Read + Write, plaintext: &str, log: &Mutex<Vec<Call>>) {
    let mut reader = BufReader::new(connection);
    let (mut target, mut body_bytes) = (String::new(), 0);
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line == "\r\n" => break,
            Ok(_) => {}
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
    let request: Value = serde_json::from_slice(&body).unwrap();
    let operation = target.strip_prefix("TrentService.").unwrap().to_owned();
    let (status, text) = decide(&operation, &request, plaintext);
    log.lock().unwrap().push((operation, request));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let mut connection = reader.into_inner();
    connection.write_all([head.as_bytes(), text.as_bytes()].concat().as_slice()).unwrap();
    connection.flush().unwrap();
}

fn decide(operation: &str, request: &Value, plaintext: &str) -> (&'static str, String) {
    let blob = STANDARD.encode(BLOB);
    if request["KeyId"] == "alias/denied" {
        let refusal = json!({"__type": "AccessDeniedException", "message": "not for you"});
        return ("400 Bad Request", refusal.to_string());
    }
    if operation == "GenerateDataKey" {
        let answer = json!({"CiphertextBlob": blob, "KeyId": KEY_ARN, "Plaintext": plaintext});
        return ("200 OK", answer.to_string());
    }
    if operation == "Decrypt" && request["CiphertextBlob"] == blob {
        return ("200 OK", json!({"KeyId": KEY_ARN, "Plaintext": plaintext}).to_string());
    }
    ("400 Bad Request", json!({"__type": "InvalidCiphertextException", "message": ""}).to_string())
}
