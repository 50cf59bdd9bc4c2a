//! What is asked: 1,000 keys, 50 principals, each request with an encryption context of its own, signed and with the
//! headers that boto3 sends.

use crate::load;
use crate::service::{AccessKey, Service};
use crate::wire::Target;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use strongroom_sigv4::{Credential, RequestHead};

/// KMS keys.
pub(crate) const KEYS: usize = 1_000;

/// Users that key policies name.
pub(crate) const PRINCIPALS: usize = 50;

/// Users that one key's policy names.
const PRINCIPALS_OF_A_KEY: usize = 5;

/// Different requests of one measurement; then they come again.
pub(crate) const REQUESTS: usize = 10_000;

/// What boto3 1.44 sends, copied from a live request.
const USER_AGENT: &str = "Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux#6.18.44 md/arch#x86_64 lang/python#3.11.7 \
                          md/pyimpl#CPython m/N,Z,b,e,E cfg/retry-mode#standard Botocore/1.44.8";

/// Keys and principals of a service, and ciphertexts to decrypt.
pub(crate) struct Workload {
    users: Vec<AccessKey>,
    key_arns: Vec<String>,
    blobs: Vec<String>,
    /// Bytes of an answer's body: GenerateDataKey's and Decrypt's.
    pub(crate) answer_bytes: [usize; 2],
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    GenerateDataKey,
    Decrypt,
}

impl Call {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::GenerateDataKey => "GenerateDataKey",
            Self::Decrypt => "Decrypt",
        }
    }
}

impl Workload {
    /// Makes users, keys and ciphertexts in a fresh service.
    pub(crate) fn prepare(service: &Service) -> Result<Self> {
        let target = Target { address: service.plain, tls: None };
        let names = (0..PRINCIPALS).map(|number| format!("bench-{number}"));
        let users = names.map(|name| service.create_user(&name)).collect::<Result<Vec<_>>>()?;
        let root = service.root()?;
        let create = |key: usize| signed(&root, "CreateKey", &create_key(key), &target);
        let answers = load::exchange_all(&target, &(0..KEYS).map(create).collect::<Result<Vec<_>>>()?)?;
        let key_arns = answers.iter().map(|body| member(body, "/KeyMetadata/Arn")).collect::<Result<_>>()?;
        let mut workload = Self { users, key_arns, blobs: Vec::new(), answer_bytes: [0; 2] };
        let answers = load::exchange_all(&target, &workload.requests(Call::GenerateDataKey, &target)?)?;
        workload.blobs = answers.iter().map(|body| member(body, "/CiphertextBlob")).collect::<Result<_>>()?;
        let opened = load::exchange_all(&target, &workload.requests(Call::Decrypt, &target)?)?;
        // The answers must be right, or the benchmark measures nothing.
        for (made, opened) in answers.iter().zip(&opened) {
            anyhow::ensure!(member(made, "/Plaintext")? == member(opened, "/Plaintext")?, "a wrong data key");
        }
        workload.answer_bytes = [&answers, &opened].map(|bodies| bodies.first().map_or(0, Vec::len));
        Ok(workload)
    }

    /// Signed requests, valid for five minutes from now.
    pub(crate) fn requests(&self, call: Call, target: &Target) -> Result<Vec<Vec<u8>>> {
        let request = |number: usize| {
            let (key, turn) = (number % KEYS, number / KEYS);
            let user = &self.users[(key + turn % PRINCIPALS_OF_A_KEY) % PRINCIPALS];
            let context = json!({"tenant": format!("tenant-{key}"), "object": format!("object-{number}")});
            let body = match call {
                Call::GenerateDataKey => {
                    json!({"KeyId": self.key_arns[key], "KeySpec": "AES_256", "EncryptionContext": context})
                }
                Call::Decrypt => {
                    json!({"CiphertextBlob": self.blobs[number], "EncryptionContext": context})
                }
            };
            signed(user, call.name(), &body, target)
        };
        (0..REQUESTS).map(request).collect()
    }
}

/// A key whose policy has three statements and names five users.
fn create_key(key: usize) -> Value {
    let root = json!({"AWS": "arn:aws:iam::000000000000:root"});
    let user = |turn: usize| format!("arn:aws:iam::000000000000:user/bench-{}", (key + turn) % PRINCIPALS);
    let users: Vec<String> = (0..PRINCIPALS_OF_A_KEY).map(user).collect();
    let uses = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Root", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": users}, "Action": uses, "Resource": "*"},
        {"Sid": "Keep", "Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"},
    ]});
    json!({"Description": format!("bench {key}"), "Policy": policy.to_string()})
}

/// A whole request as botocore writes it.
pub(crate) fn signed(key: &AccessKey, operation: &str, body: &Value, target: &Target) -> Result<Vec<u8>> {
    let body = serde_json::to_vec(body)?;
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let (host, operation) = (target.address.to_string(), format!("TrentService.{operation}"));
    let headers: [(&str, &[u8]); 4] = [
        ("host", host.as_bytes()),
        ("x-amz-target", operation.as_bytes()),
        ("content-type", b"application/x-amz-json-1.1"),
        ("x-amz-date", date.as_bytes()),
    ];
    let head = RequestHead { method: "POST", path: "/", query: "", headers: &headers };
    let credential = Credential {
        access_key_id: &key.id,
        secret_access_key: &key.secret,
        region: "us-east-1",
        service: "kms",
    };
    let authorization = strongroom_sigv4::sign(&head, &body, &credential)?;
    let mut request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nX-Amz-Target: {operation}\r\n\
         Content-Type: application/x-amz-json-1.1\r\nUser-Agent: {USER_AGENT}\r\nX-Amz-Date: {date}\r\n\
         Authorization: {authorization}\r\namz-sdk-invocation-id: f9ced60b-4df3-47d3-93f3-da06c912e24b\r\n\
         amz-sdk-request: attempt=1; max=3\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    Ok(request)
}

/// The text at a place of an answer.
pub(crate) fn member(body: &[u8], pointer: &str) -> Result<String> {
    let json: Value = serde_json::from_slice(body)?;
    json.pointer(pointer).and_then(Value::as_str).map(str::to_owned).with_context(|| pointer.to_owned())
}
