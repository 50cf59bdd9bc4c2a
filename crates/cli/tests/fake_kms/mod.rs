//! A KMS with one key and one data key, over TLS 1.3 with a private CA, that remembers what it was asked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::TLS13;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const KEY_ARN: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// A second key, by ARN or as `alias/other`.
pub(crate) const OTHER_ARN: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab";
const BLOB: &[u8] = b"a wrapped data key";
const OTHER_BLOB: &[u8] = b"another wrapped data key";
/// The id of every request, in the header that carries it.
pub(crate) const REQUEST_ID: &str = "5f1c0e7e-0000-4000-8000-000000000001";

/// A request: the operation, the Region it was signed for, and its body.
pub(crate) type Call = (String, String, Value);

pub(crate) struct FakeKms {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl FakeKms {
    pub(crate) fn start(data_key: &[u8], tls: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (log, plaintext) = (Arc::clone(&calls), STANDARD.encode(data_key));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let session = ServerConnection::new(Arc::clone(&tls)).unwrap();
                answer(StreamOwned::new(session, connection.unwrap()), &plaintext, &log);
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

/// A CA, and a TLS 1.3 server with a certificate by it.
pub(crate) fn tls() -> (String, Arc<ServerConfig>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ca).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    (ca.pem(), Arc::new(config))
}

/// One request, one answer, and the connection is closed.
fn answer(connection: impl Read + Write, plaintext: &str, log: &Mutex<Vec<Call>>) {
    let mut reader = BufReader::new(connection);
    let (mut target, mut region, mut body_bytes) = (String::new(), String::new(), 0);
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
            "authorization" => region = value.split('/').nth(2).unwrap_or_default().to_owned(),
            "content-length" => body_bytes = value.trim().parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; body_bytes];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let operation = target.strip_prefix("TrentService.").unwrap().to_owned();
    let (status, text) = decide(&operation, &request, plaintext);
    log.lock().unwrap().push((operation, region, request));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\nx-amzn-requestid: {REQUEST_ID}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let mut connection = reader.into_inner();
    connection.write_all([head.as_bytes(), text.as_bytes()].concat().as_slice()).unwrap();
    connection.flush().unwrap();
}

fn decide(operation: &str, request: &Value, plaintext: &str) -> (&'static str, String) {
    if request["KeyId"] == "alias/denied" {
        let refusal = json!({"__type": "AccessDeniedException", "message": "not for you"});
        return ("400 Bad Request", refusal.to_string());
    }
    let other = request["KeyId"] == "alias/other" || request["KeyId"] == OTHER_ARN;
    let (arn, blob) = if other { (OTHER_ARN, OTHER_BLOB) } else { (KEY_ARN, BLOB) };
    let blob = STANDARD.encode(blob);
    if operation == "GenerateDataKey" {
        let answer = json!({"CiphertextBlob": blob, "KeyId": arn, "Plaintext": plaintext});
        return ("200 OK", answer.to_string());
    }
    if operation == "Encrypt" && request["Plaintext"] == plaintext {
        return ("200 OK", json!({"CiphertextBlob": blob, "KeyId": arn}).to_string());
    }
    if operation == "Decrypt" && request["CiphertextBlob"] == blob {
        return ("200 OK", json!({"KeyId": arn, "Plaintext": plaintext}).to_string());
    }
    ("400 Bad Request", json!({"__type": "InvalidCiphertextException", "message": ""}).to_string())
}
