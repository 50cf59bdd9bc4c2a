//! Bodies in signed chunks, through the whole line.

use super::{Headers, NOW, borrowed, credential, owned, post, signing_key};
use crate::{AuthError, VerifyingKey, parse, sign_chunked, verify};

const CHUNKED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const BODY: &[u8] = br#"{"KeyId":"alias/x"}"#;

fn headers(payload: &str, length: &str) -> Headers {
    owned(&[
        ("host", "localhost:8443"),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-content-sha256", payload),
        ("x-amz-decoded-content-length", length),
        ("content-encoding", "aws-chunked"),
    ])
}

/// The headers with their authorization, and the body as it is sent.
fn signed(mut headers: Headers) -> (Headers, Vec<u8>) {
    let signed = sign_chunked(&post(&borrowed(&headers)), BODY, 8, &credential()).unwrap();
    headers.push(("authorization".to_owned(), signed.authorization.into_bytes()));
    (headers, signed.body)
}

fn check(headers: &Headers, body: &[u8]) -> Result<Vec<u8>, AuthError> {
    let headers = borrowed(headers);
    let head = post(&headers);
    let claim = parse(&head, &["kms"], NOW)?;
    let key = signing_key(claim.date(), claim.region.as_str(), claim.service);
    verify(&head, body, &claim, &VerifyingKey::new(&key)).map(|body| body.into_owned())
}

#[test]
fn chunked_body_gives_what_its_chunks_hold() {
    let (headers, body) = signed(headers(CHUNKED, "19"));
    assert_ne!(body, BODY);
    assert_eq!(check(&headers, &body).unwrap(), BODY);
}

#[test]
fn changed_byte_of_chunk_or_head_is_refused() {
    let (headers, body) = signed(headers(CHUNKED, "19"));
    for index in 0..body.len() {
        let mut bad = body.clone();
        bad[index] ^= 1;
        assert_eq!(check(&headers, &bad), Err(AuthError::SignatureMismatch), "byte {index}");
    }
    let mut other = headers.clone();
    other[0].1.push(b'x');
    assert_eq!(check(&other, &body), Err(AuthError::SignatureMismatch));
    assert!(check(&headers, &body).is_ok(), "positive control");
}

#[test]
fn chunks_under_another_head_are_refused() {
    let (one, _) = signed(headers(CHUNKED, "19"));
    let mut other = headers(CHUNKED, "19");
    other.extend(owned(&[("x-amz-target", "TrentService.ScheduleKeyDeletion")]));
    let (_, body) = signed(other);
    assert_eq!(check(&one, &body), Err(AuthError::SignatureMismatch));
}

#[test]
fn plain_body_under_a_chunked_head_is_refused() {
    let (headers, _) = signed(headers(CHUNKED, "19"));
    assert_eq!(check(&headers, BODY), Err(AuthError::SignatureMismatch));
    assert_eq!(check(&headers, b""), Err(AuthError::SignatureMismatch));
}

#[test]
fn decoded_length_has_to_be_a_number_and_the_right_one() {
    for length in ["18", "20", "0"] {
        let (headers, body) = signed(headers(CHUNKED, length));
        assert_eq!(check(&headers, &body), Err(AuthError::SignatureMismatch), "{length}");
    }
    for length in ["", "x", "-1", "+19", "1e2", "262145", "0000019", "99999999999999999999"] {
        let (headers, body) = signed(headers(CHUNKED, length));
        assert_eq!(check(&headers, &body), Err(AuthError::BadDecodedLength(length.into())));
    }
    let (mut two, _) = signed(headers(CHUNKED, "19"));
    two.extend(owned(&[("x-amz-decoded-content-length", "19")]));
    assert_eq!(check(&two, BODY), Err(AuthError::BadDecodedLength("19".into())));
    let (mut without, body) = signed(headers(CHUNKED, "19"));
    without.remove(3);
    assert_eq!(check(&without, &body), Err(AuthError::BadDecodedLength(String::new())));
}

#[test]
fn other_streaming_payloads_are_refused_by_name() {
    for payload in [
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-EVENTS",
    ] {
        let (headers, body) = signed(headers(payload, "19"));
        let error = check(&headers, &body).unwrap_err();
        assert_eq!(
            (error.name(), error.to_string()),
            ("InvalidSignatureException", format!("The payload '{payload}' is not supported."))
        );
    }
    let (mut two, body) = signed(headers(CHUNKED, "19"));
    two.extend(owned(&[("x-amz-content-sha256", "00")]));
    assert_eq!(check(&two, &body), Err(AuthError::UnsupportedPayload(CHUNKED.into())));
}
