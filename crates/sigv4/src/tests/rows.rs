//! Each row of contract section 3.2 with its name and exact text.

use super::{Headers, NOW, borrowed, credential, owned, post, signing_key};
use crate::{AuthError, RequestHead, VerifyingKey, parse, sign, verify};
use strongroom_types::Timestamp;

const BODY: &[u8] = b"{}";

/// The headers of a plain KMS request, `authorization` last.
fn signed_headers(more: &[(&str, &str)]) -> Headers {
    let mut headers = owned(&[
        ("host", "localhost:8443"),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-target", "TrentService.ListKeys"),
    ]);
    headers.extend(owned(more));
    let value = sign(&post(&borrowed(&headers)), BODY, &credential()).unwrap();
    headers.push(("authorization".to_owned(), value.into_bytes()));
    headers
}

fn check_at(headers: &[(String, Vec<u8>)], now: Timestamp) -> Result<(), AuthError> {
    let headers = borrowed(headers);
    let head = post(&headers);
    let claim = parse(&head, &["kms"], now)?;
    let key = signing_key(claim.date(), claim.region.as_str(), claim.service);
    verify(&head, BODY, &claim, &VerifyingKey::new(&key)).map(|body| assert_eq!(body, BODY))
}

fn check(headers: &[(String, Vec<u8>)]) -> Result<(), AuthError> {
    check_at(headers, NOW)
}

/// The refusal of a request whose Authorization header and other headers are these.
fn refusal(authorization: &str, more: &[(&str, &str)]) -> AuthError {
    let mut headers = owned(&[("authorization", authorization)]);
    headers.extend(owned(more));
    let headers = borrowed(&headers);
    parse(&post(&headers), &["kms", "sts"], NOW).unwrap_err()
}

/// The refusal of a request with that credential.
fn refusal_of_credential(credential: &str) -> AuthError {
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0");
    refusal(&authorization, &[("host", "h"), ("x-amz-date", "20150830T123600Z")])
}

fn assert_refusal(error: &AuthError, name: &str, text: &str) {
    assert_eq!((error.name(), error.to_string().as_str()), (name, text));
}

#[test]
fn good_request_gives_its_claim() {
    let headers = signed_headers(&[]);
    assert_eq!(check(&headers), Ok(()));
    let headers = borrowed(&headers);
    let claim = parse(&post(&headers), &["kms"], NOW).unwrap();
    assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
    assert_eq!((claim.date(), claim.region.as_str()), ("20150830", "us-east-1"));
    assert_eq!((claim.service, claim.timestamp), ("kms", NOW));
}

#[test]
fn row_1_both_forms() {
    let headers: [(&str, &[u8]); 1] = [("authorization", b"x")];
    for query in ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "a=b&X%2DAmz-Algorithm"] {
        let head = RequestHead { method: "POST", path: "/", query, headers: &headers };
        assert_refusal(
            &parse(&head, &["kms"], NOW).unwrap_err(),
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        );
    }
}

#[test]
fn row_2_no_authentication() {
    let text = "Missing Authentication Token";
    assert_refusal(
        &parse(&post(&[]), &["kms"], NOW).unwrap_err(),
        "MissingAuthenticationTokenException",
        text,
    );
    assert_refusal(&refusal(" ", &[]), "MissingAuthenticationTokenException", text);
}

#[test]
fn row_3_other_algorithm() {
    for (header, word) in [
        ("AWS4-ECDSA-P256-SHA256 Credential=x", "AWS4-ECDSA-P256-SHA256"),
        ("Basic YTpi", "Basic"),
        ("aws4-hmac-sha256 Credential=x", "aws4-hmac-sha256"),
    ] {
        let text = format!("Unsupported AWS 'algorithm': '{word}'.");
        assert_refusal(&refusal(header, &[]), "IncompleteSignatureException", &text);
    }
}

#[test]
fn row_4_part_without_equal_sign() {
    let header = "AWS4-HMAC-SHA256 Credential=x, SignedHeaders";
    assert_refusal(
        &refusal(header, &[]),
        "IncompleteSignatureException",
        "'SignedHeaders' not a valid key=value pair (missing equal-sign) in Authorization header: \
         'AWS4-HMAC-SHA256 Credential=x, SignedHeaders'.",
    );
}

#[test]
fn row_5_missing_parts() {
    assert_refusal(
        &refusal("AWS4-HMAC-SHA256", &[]),
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
         parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
         existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
    );
    let header = "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=";
    assert_refusal(
        &refusal(header, &[("date", "x")]),
        "IncompleteSignatureException",
        &format!("Authorization header requires 'Signature' parameter. Authorization={header}"),
    );
}

#[test]
fn row_7_host_not_signed() {
    let header = "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=x-amz-date, Signature=0";
    assert_refusal(
        &refusal(header, &[("host", "h"), ("x-amz-date", "x")]),
        "InvalidSignatureException",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
}

#[test]
fn amz_header_not_signed() {
    let scope = "AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request";
    let date = ("x-amz-date", "20150830T123600Z");
    let refused = |signed: &str, more: &[(&str, &str)], name: &str| {
        let header = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature=0");
        assert_refusal(
            &refusal(&header, more),
            "InvalidSignatureException",
            &format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."),
        );
    };
    refused("host", &[("host", "h"), date], "x-amz-date");
    for name in ["x-amz-target", "x-amz-security-token", "x-amz-anything"] {
        refused("host;x-amz-date", &[("host", "h"), date, (name, "x")], name);
    }
    let mut headers = signed_headers(&[]);
    headers.extend(owned(&[("x-amzn-trace-id", "added by a proxy")]));
    assert_eq!(check(&headers), Ok(()));
}

#[test]
fn row_8_bad_date() {
    let header = "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host;x-amz-date, Signature=0";
    assert_refusal(
        &refusal(header, &[("host", "h"), ("x-amz-date", "2015-08-30")]),
        "IncompleteSignatureException",
        "Date must be in ISO-8601 'basic format'. Got '2015-08-30'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
}

#[test]
fn rows_9_and_10_clock_skew() {
    let headers = signed_headers(&[]);
    let at = |seconds: u64| check_at(&headers, Timestamp::from_millis((1_440_938_160 + seconds) * 1_000));
    assert_eq!(at(300), Ok(()));
    assert!(matches!(at(301), Err(AuthError::Expired { .. })));
    assert_refusal(
        &at(361).unwrap_err(),
        "InvalidSignatureException",
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123701Z (20150830T124201Z - 5 min.)",
    );
    let early = Timestamp::from_millis((1_440_938_160 - 300) * 1_000);
    assert_eq!(check_at(&headers, early), Ok(()));
    let early = Timestamp::from_millis((1_440_938_160 - 301) * 1_000);
    assert_refusal(
        &check_at(&headers, early).unwrap_err(),
        "InvalidSignatureException",
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z \
         + 5 min.)",
    );
}

/// The moment that the claim names is the last one, to the millisecond; and one signature is one, however it is written.
#[test]
fn claim_says_until_when_it_is_accepted_and_what_signed_it() {
    let mut headers = signed_headers(&[]);
    let claim = |headers: &Headers| {
        let headers = borrowed(headers);
        let claim = parse(&post(&headers), &["kms"], NOW).unwrap();
        (claim.accepted_until(), claim.signature().copied())
    };
    let (until, signature) = claim(&headers);
    assert_eq!(check_at(&headers, until), Ok(()));
    let later = Timestamp::from_millis(until.millis() + 1);
    assert!(matches!(check_at(&headers, later), Err(AuthError::Expired { .. })));
    let (_, authorization) = headers.last_mut().unwrap();
    let text = String::from_utf8(authorization.clone()).unwrap();
    let (before, hex) = text.rsplit_once('=').unwrap();
    *authorization = format!("{before}={}", hex.to_uppercase()).into_bytes();
    assert_eq!(check(&headers), Ok(()), "the same signature in capitals");
    assert!(signature.is_some());
    assert_eq!(claim(&headers).1, signature);
}

#[test]
fn row_11_credential_without_five_parts() {
    for credential in ["AKID", "AKID/20150830/us-east-1/kms", "AKID/20150830/us-east-1/kms/aws4_request/x"] {
        assert_refusal(
            &refusal_of_credential(credential),
            "IncompleteSignatureException",
            &format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            ),
        );
    }
}

#[test]
fn row_12_wrong_scope() {
    let region = "Credential should be scoped to a valid region, not 'nowhere'.";
    let service = "Credential should be scoped to correct service: 'kms'.";
    let terminator = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.";
    let date = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                '20150831' != '20150830', from '20150830T123600Z'.";
    let all = format!("{region} {service} {terminator} {date}");
    for (credential, text) in [
        ("AKID/20150830/nowhere/kms/aws4_request", region),
        ("AKID/20150830/us-east-1/s3/aws4_request", service),
        ("AKID/20150830/us-east-1/kms/aws5", terminator),
        ("AKID/20150831/us-east-1/kms/aws4_request", date),
        ("AKID/20150831/nowhere/s3/aws5", all.as_str()),
    ] {
        assert_refusal(&refusal_of_credential(credential), "InvalidSignatureException", text);
    }
}

#[test]
fn every_listed_service_is_accepted() {
    let headers = sts_headers();
    let headers = borrowed(&headers);
    let claim = parse(&post(&headers), &["kms", "sts"], NOW).unwrap();
    assert_eq!(claim.service, "sts");
    assert!(parse(&post(&headers), &["kms"], NOW).is_err());
}

/// A request scoped to `sts`, without a target.
fn sts_headers() -> Headers {
    owned(&[
        ("host", "h"),
        ("x-amz-date", "20150830T123600Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/sts/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00",
        ),
    ])
}

#[test]
fn session_token_is_claimed_when_it_is_signed() {
    let headers = signed_headers(&[("x-amz-security-token", " FwoG ")]);
    assert_eq!(check(&headers), Ok(()));
    let borrowed = borrowed(&headers);
    let claim = parse(&post(&borrowed), &["kms"], NOW).unwrap();
    assert_eq!(claim.session_token.unwrap().as_str(), "FwoG");
    let mut other = headers.clone();
    other[3].1 = b"FwoH".to_vec();
    assert_eq!(check(&other), Err(AuthError::SignatureMismatch));
}

#[test]
fn row_13_malformed_session_token() {
    let (long, two) = ("x".repeat(4_097), ("x-amz-security-token", "FwoG"));
    let headers_of = |token| signed_headers(&[("x-amz-security-token", token)]);
    for headers in [headers_of(""), headers_of("Fwo G"), headers_of(&long), signed_headers(&[two, two])] {
        assert_refusal(
            &check(&headers).unwrap_err(),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        );
    }
    assert_eq!(check(&headers_of(&long[1..])), Ok(()));
}

#[test]
fn row_14_is_for_the_caller_to_say() {
    assert_refusal(
        &AuthError::ExpiredToken,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    );
}

#[test]
fn row_15_signature_mismatch() {
    let text = "The request signature we calculated does not match the signature you provided. Check your AWS \
                Secret Access Key and signing method. Consult the service documentation for details.";
    let good = signed_headers(&[]);
    let last = good.len() - 1;
    let authorization = String::from_utf8(good[last].1.clone()).unwrap();
    let (head, signature) = authorization.split_at(authorization.len() - 64);
    let flipped = if signature.starts_with('0') { '1' } else { '0' };
    for wrong in [
        format!("{flipped}{}", &signature[1..]),
        signature[..62].to_owned(),
        format!("0x{}", &signature[2..]),
    ] {
        let mut headers = good.clone();
        headers[last].1 = format!("{head}{wrong}").into_bytes();
        assert_refusal(&check(&headers).unwrap_err(), "InvalidSignatureException", text);
    }
    assert_eq!(check(&good), Ok(()));
}

#[test]
fn signed_header_that_is_absent() {
    let mut headers = signed_headers(&[("x-extra", "1")]);
    headers.retain(|(name, _)| name != "x-extra");
    assert_eq!(check(&headers), Err(AuthError::SignatureMismatch));
}

#[test]
fn content_sha256_has_to_be_the_hash_of_the_body() {
    let empty_object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(check(&signed_headers(&[("x-amz-content-sha256", empty_object)])), Ok(()));
    for stated in ["UNSIGNED-PAYLOAD", "", "00", &empty_object.to_uppercase()] {
        let headers = signed_headers(&[("x-amz-content-sha256", stated)]);
        assert_eq!(check(&headers), Err(AuthError::SignatureMismatch), "{stated}");
    }
}
