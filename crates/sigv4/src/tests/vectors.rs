//! Requests signed by botocore (`vectors/sigv4/`): each is accepted, and each change to one is refused.

use super::{NOW, SECRET, borrowed, signing_key};
use crate::{AuthError, Credential, RequestHead, parse, sign, verify};
use serde_json::Value;

const VECTORS: &str = include_str!("../../../../vectors/sigv4/botocore.json");

struct Request {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: super::Headers,
    body: String,
    region: String,
    service: String,
}

fn requests() -> Vec<Request> {
    let document: Value = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(document["secret_access_key"], SECRET);
    document["requests"].as_array().unwrap().iter().map(request).collect()
}

fn request(value: &Value) -> Request {
    let text = |name: &str| value[name].as_str().unwrap().to_owned();
    let header =
        |pair: &Value| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().as_bytes().to_vec());
    Request {
        name: text("name"),
        method: text("method"),
        path: text("path"),
        query: text("query"),
        headers: value["headers"].as_array().unwrap().iter().map(header).collect(),
        body: text("body"),
        region: text("region"),
        service: text("service"),
    }
}

fn check(request: &Request) -> Result<(), AuthError> {
    let headers = borrowed(&request.headers);
    let head = RequestHead {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        headers: &headers,
    };
    let claim = parse(&head, &[request.service.as_str()], NOW)?;
    let key = signing_key(&claim.date, claim.region.as_str(), &claim.service);
    verify(&head, request.body.as_bytes(), &claim, &key)
}

#[test]
fn botocore_requests_are_accepted() {
    let requests = requests();
    assert_eq!(requests.len(), 19);
    for request in &requests {
        assert_eq!(check(request), Ok(()), "{}", request.name);
    }
}

#[test]
fn changed_request_is_refused() {
    for mut request in requests() {
        let name = request.name.clone();
        let mismatch = Err(AuthError::SignatureMismatch);
        request.body.push(' ');
        assert_eq!(check(&request), mismatch, "{name}: body");
        request.body.pop();
        request.path.push('x');
        assert_eq!(check(&request), mismatch, "{name}: path");
        request.path.pop();
        request.query.push_str("&new=1");
        assert_eq!(check(&request), mismatch, "{name}: query");
        request.query.truncate(request.query.len() - 6);
        request.method.push('S');
        assert_eq!(check(&request), mismatch, "{name}: method");
        request.method.pop();
        assert_eq!(check(&request), Ok(()), "{name}: positive control");
    }
}

#[test]
fn changed_signed_header_is_refused() {
    for mut request in requests() {
        let host = request.headers.iter_mut().find(|(name, _)| name == "host").unwrap();
        host.1.push(b'x');
        assert_eq!(check(&request), Err(AuthError::SignatureMismatch), "{}", request.name);
    }
}

#[test]
fn own_signature_equals_botocore() {
    for request in requests() {
        let expected = request.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone();
        let mut headers = request.headers.clone();
        headers.retain(|(name, _)| !["authorization", "user-agent", "expect"].contains(&name.as_str()));
        let headers = borrowed(&headers);
        let head = RequestHead {
            method: &request.method,
            path: &request.path,
            query: &request.query,
            headers: &headers,
        };
        let credential = Credential {
            access_key_id: super::KEY_ID,
            secret_access_key: SECRET,
            region: &request.region,
            service: &request.service,
        };
        let value = sign(&head, request.body.as_bytes(), &credential).unwrap();
        assert_eq!(value.as_bytes(), expected.as_slice(), "{}", request.name);
    }
}
