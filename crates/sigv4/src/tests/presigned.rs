//! The query form: rows 3 to 12 of contract section 3.2, its lifetime and its token.

use super::{Headers, NOW, borrowed, credential, owned, signing_key};
use crate::{AuthError, Form, Presign, RequestHead, VerifyingKey, parse, presign, verify};
use strongroom_types::Timestamp;

const BODY: &[u8] = b"{}";
const SECONDS: u64 = 1_440_938_160;

fn headers() -> Headers {
    owned(&[("host", "localhost:8443"), ("x-amz-target", "TrentService.ListKeys")])
}

fn query_of(presigned: &Presign<'_>) -> String {
    let headers = headers();
    let headers = borrowed(&headers);
    let head = RequestHead { method: "POST", path: "/", query: "", headers: &headers };
    presign(&head, BODY, &credential(), presigned).unwrap()
}

fn good() -> Presign<'static> {
    Presign { at: NOW, expires_seconds: 60, session_token: None }
}

fn check_with(query: &str, headers: &Headers, now: Timestamp) -> Result<Form, AuthError> {
    let headers = borrowed(headers);
    let head = RequestHead { method: "POST", path: "/", query, headers: &headers };
    let claim = parse(&head, &["kms"], now)?;
    let key = signing_key(claim.date(), claim.region.as_str(), claim.service);
    verify(&head, BODY, &claim, &VerifyingKey::new(&key))?;
    Ok(claim.form)
}

fn check(query: &str) -> Result<Form, AuthError> {
    check_with(query, &headers(), NOW)
}

fn assert_refusal(query: &str, name: &str, text: &str) {
    let error = check(query).unwrap_err();
    assert_eq!((error.name(), error.to_string().as_str()), (name, text));
}

#[test]
fn presigned_request_gives_its_claim() {
    let expires_at = Timestamp::from_millis((SECONDS + 60) * 1_000);
    assert_eq!(check(&query_of(&good())), Ok(Form::Query { expires_at }));
}

#[test]
fn claim_of_a_presigned_request_says_until_when_it_is_accepted() {
    let query = query_of(&good());
    let headers = headers();
    let borrowed = borrowed(&headers);
    let head = RequestHead { method: "POST", path: "/", query: &query, headers: &borrowed };
    let until = parse(&head, &["kms"], NOW).unwrap().accepted_until();
    assert!(check_with(&query, &headers, until).is_ok());
    let later = Timestamp::from_millis(until.millis() + 1);
    assert!(matches!(check_with(&query, &headers, later), Err(AuthError::PresignedExpired { .. })));
}

#[test]
fn row_1_both_forms() {
    let mut headers = headers();
    headers.extend(owned(&[("authorization", "AWS4-HMAC-SHA256 Credential=x")]));
    let query = query_of(&good());
    assert_eq!(check_with(&query, &headers, NOW), Err(AuthError::BothForms));
}

#[test]
fn row_3_other_algorithm() {
    let query = query_of(&good()).replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    let text = "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.";
    assert_refusal(&query, "IncompleteSignatureException", text);
}

#[test]
fn row_6_missing_parameters() {
    assert_refusal(
        "X-Amz-Signature=00&X-Amz-Expires=",
        "IncompleteSignatureException",
        "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include \
         'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string \
         parameters must include 'X-Amz-Date'. AWS query-string parameters must include 'X-Amz-Expires'. \
         Re-examine the query-string parameters.",
    );
    assert_refusal(
        &query_of(&good()).replace("X-Amz-Date", "x-amz-date"),
        "IncompleteSignatureException",
        "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    );
}

#[test]
fn row_7_host_not_signed() {
    let query = query_of(&good()).replace("host%3Bx-amz-target", "x-amz-target");
    assert_eq!(check(&query), Err(AuthError::HostNotSigned));
}

#[test]
fn operation_that_is_not_signed_is_refused() {
    let query = query_of(&good()).replace("host%3Bx-amz-target", "host");
    assert_eq!(check(&query), Err(AuthError::HeaderNotSigned("x-amz-target".into())));
}

#[test]
fn row_8_date_of_another_form() {
    for date in ["2015-08-30", "Sun%2C%2030%20Aug%202015%2012%3A36%3A00%20GMT"] {
        let query = query_of(&good()).replace("20150830T123600Z", date);
        assert!(matches!(check(&query), Err(AuthError::BadDate(_))));
    }
}

#[test]
fn row_9_expired() {
    let query = query_of(&good());
    let at = |seconds: u64| check_with(&query, &headers(), Timestamp::from_millis(seconds * 1_000));
    assert!(at(SECONDS + 60).is_ok());
    let error = at(SECONDS + 61).unwrap_err();
    assert_eq!(
        (error.name(), error.to_string().as_str()),
        (
            "InvalidSignatureException",
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T123701Z - 60 \
             sec.)"
        )
    );
    assert!(at(SECONDS - 300).is_ok());
    assert!(matches!(at(SECONDS - 301), Err(AuthError::NotYetCurrent { .. })));
}

#[test]
fn lifetime_of_15_minutes_at_most() {
    for seconds in [1, 900] {
        assert!(check(&query_of(&Presign { expires_seconds: seconds, ..good() })).is_ok());
    }
    for seconds in [0, 901, 604_800] {
        let query = query_of(&Presign { expires_seconds: seconds, ..good() });
        let text = format!("X-Amz-Expires must be a number of seconds from 1 to 900. Got '{seconds}'.");
        assert_refusal(&query, "IncompleteSignatureException", &text);
    }
}

#[test]
fn lifetime_is_signed() {
    let query = query_of(&good()).replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    assert_eq!(check(&query), Err(AuthError::SignatureMismatch));
}

#[test]
fn row_12_date_of_the_scope() {
    let query = query_of(&good()).replace("%2F20150830%2F", "%2F20150831%2F");
    assert!(matches!(check(&query), Err(AuthError::WrongScope(_))));
}

#[test]
fn session_token_stands_in_the_query_or_the_signed_header() {
    let claimed = |query: &str, headers: &Headers| {
        let headers = borrowed(headers);
        let head = RequestHead { method: "POST", path: "/", query, headers: &headers };
        parse(&head, &["kms"], NOW).map(|claim| claim.session_token.map(|token| token.as_str().to_owned()))
    };
    let query = query_of(&Presign { session_token: Some("Fwo/+="), ..good() });
    assert!(query.contains("X-Amz-Security-Token=Fwo%2F%2B%3D"));
    assert_eq!(claimed(&query, &headers()), Ok(Some("Fwo/+=".to_owned())));
    assert!(check(&query).is_ok());
    let mut with_header = headers();
    with_header.extend(owned(&[("x-amz-security-token", "FwoG")]));
    let unsigned = AuthError::HeaderNotSigned("x-amz-security-token".into());
    assert_eq!(claimed(&query_of(&good()), &with_header), Err(unsigned));
    let head = RequestHead { method: "POST", path: "/", query: "", headers: &borrowed(&with_header) };
    let query = presign(&head, BODY, &credential(), &good()).unwrap();
    assert_eq!(claimed(&query, &with_header), Ok(Some("FwoG".to_owned())));
    assert!(check_with(&query, &with_header, NOW).is_ok());
    let both = format!("{query}&X-Amz-Security-Token=FwoG");
    assert_eq!(claimed(&both, &with_header), Err(AuthError::UnknownAccessKey));
}

#[test]
fn session_token_may_be_added_after_signing_but_only_one() {
    let query = query_of(&good());
    assert!(check(&format!("{query}&X-Amz-Security-Token=FwoG")).is_ok());
    let two = format!("{query}&X-Amz-Security-Token=FwoG&X-Amz-Security-Token=FwoH");
    assert_eq!(check(&two), Err(AuthError::UnknownAccessKey));
    assert_eq!(check(&format!("{query}&X-Amz-Security-Token=")), Err(AuthError::UnknownAccessKey));
}

#[test]
fn content_sha256_has_to_be_the_hash_of_the_body() {
    let with = |stated: &str| {
        let mut headers = headers();
        headers.extend(owned(&[("x-amz-content-sha256", stated)]));
        let head = RequestHead { method: "POST", path: "/", query: "", headers: &borrowed(&headers) };
        check_with(&presign(&head, BODY, &credential(), &good()).unwrap(), &headers, NOW)
    };
    assert!(with("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a").is_ok());
    assert_eq!(with("UNSIGNED-PAYLOAD"), Err(AuthError::SignatureMismatch));
    let chunked = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    assert_eq!(with(chunked), Err(AuthError::UnsupportedPayload(chunked.into())));
}
