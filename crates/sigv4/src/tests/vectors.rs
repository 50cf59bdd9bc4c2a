//! Requests signed by botocore (`vectors/sigv4/`), in the header and presigned: each is accepted, and each change to one
//! is refused.

use super::{NOW, SECRET, borrowed, signing_key};
use crate::{AuthError, Credential, Form, RequestHead, VerifyingKey, parse, sign, verify};
use serde_json::Value;

const SIGNED: &str = include_str!("../../../../vectors/sigv4/botocore.json");
const PRESIGNED: &str = include_str!("../../../../vectors/sigv4/presigned.json");

struct Request {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: super::Headers,
    body: String,
    region: String,
    service: String,
    session_token: Option<String>,
}

fn requests() -> Vec<Request> {
    read(SIGNED)
}

fn both_forms() -> Vec<Request> {
    [read(SIGNED), read(PRESIGNED)].into_iter().flatten().collect()
}

fn read(vectors: &str) -> Vec<Request> {
    let document: Value = serde_json::from_str(vectors).unwrap();
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
        session_token: value["session_token"].as_str().map(str::to_owned),
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
    let service: &str = request.service.clone().leak();
    let claim = parse(&head, &[service], NOW)?;
    let key = signing_key(claim.date(), claim.region.as_str(), claim.service);
    verify(&head, request.body.as_bytes(), &claim, &VerifyingKey::new(&key))
        .map(|body| assert_eq!(body, request.body.as_bytes()))
}

#[test]
fn botocore_requests_are_accepted() {
    let requests = requests();
    assert_eq!(requests.len(), 20);
    for request in &requests {
        assert_eq!(check(request), Ok(()), "{}", request.name);
    }
}

#[test]
fn presigned_requests_are_accepted() {
    let requests = read(PRESIGNED);
    assert_eq!(requests.len(), 22);
    for request in &requests {
        assert_eq!(check(request), Ok(()), "{}", request.name);
        let headers = borrowed(&request.headers);
        let head = RequestHead {
            method: &request.method,
            path: &request.path,
            query: &request.query,
            headers: &headers,
        };
        let service: &str = request.service.clone().leak();
        let claim = parse(&head, &[service], NOW).unwrap();
        assert!(matches!(claim.form, Form::Query { .. }));
        let token = claim.session_token.as_ref().map(|token| token.as_str());
        assert_eq!(token, request.session_token.as_deref(), "{}", request.name);
    }
}

/// Each parameter of a presigned query changed, left out, and put in a second time.
#[test]
fn changed_presigned_parameter_is_refused() {
    for mut request in read(PRESIGNED) {
        let (name, query) = (request.name.clone(), request.query.clone());
        let parameters: Vec<&str> = query.split('&').collect();
        for (index, parameter) in parameters.iter().enumerate() {
            let mut changed: Vec<String> = parameters.iter().map(|one| (*one).to_owned()).collect();
            changed.remove(index);
            request.query = changed.join("&");
            // What was added after signing may be taken away again: the token's key then signs without it.
            let unsigned = name == "token_added_after_signing" && parameter.starts_with("X-Amz-Security");
            assert_eq!(check(&request).is_err(), !unsigned, "{name}: without {parameter}");
            changed.insert(index, changed_value(parameter));
            request.query = changed.join("&");
            assert_eq!(check(&request).is_err(), !unsigned, "{name}: changed {parameter}");
            request.query = format!("{query}&{parameter}");
            assert!(check(&request).is_err(), "{name}: twice {parameter}");
        }
        request.query = query;
        assert_eq!(check(&request), Ok(()), "{name}: positive control");
    }
}

/// The parameter with another last character, which is a digit or letter in every vector, or with one more.
fn changed_value(parameter: &str) -> String {
    match parameter.strip_suffix(|last: char| last.is_ascii_alphanumeric()) {
        Some(rest) if parameter.contains('=') && !parameter.ends_with('7') => format!("{rest}7"),
        _ => format!("{parameter}0"),
    }
}

#[test]
fn changed_request_is_refused() {
    for mut request in both_forms() {
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
        for index in 0..request.headers.len() {
            if !["authorization", "user-agent", "expect"].contains(&request.headers[index].0.as_str()) {
                let removed = request.headers.remove(index);
                assert!(check(&request).is_err(), "{name}: without {}", removed.0);
                request.headers.insert(index, removed.clone());
                request.headers.insert(index, removed.clone());
                assert!(check(&request).is_err(), "{name}: twice {}", removed.0);
                request.headers.remove(index);
            }
        }
        assert_eq!(check(&request), Ok(()), "{name}: positive control");
    }
}

#[test]
fn changed_signed_header_is_refused() {
    for mut request in both_forms() {
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
