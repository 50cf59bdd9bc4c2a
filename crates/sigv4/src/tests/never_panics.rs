//! Whatever arrives, the parser answers.

use super::{NOW, borrowed, signing_key};
use crate::{RequestHead, VerifyingKey, parse, verify};
use proptest::prelude::*;

/// Header names that matter, and others.
fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = prop_oneof!["authorization|host|date", "x-amz-(date|target|content-sha256)", "[a-z:-]{0,12}"];
    let value = prop_oneof![
        "AWS4-HMAC-SHA256 ((Credential|SignedHeaders|Signature)=[a-z0-9/;%-]{0,40},? ?){0,4}"
            .prop_map(String::into_bytes),
        "[0-9]{8}T[0-9]{6}Z".prop_map(String::into_bytes),
        "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} (GMT|[+-][0-9]{4})"
            .prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..60),
    ];
    (name, value)
}

proptest! {
    #[test]
    fn parse_never_panics(
        path in "[/.%a-z é]{0,30}",
        query in "((X-Amz-(Algorithm=AWS4-HMAC-SHA256|Credential|Date=20150830T123600Z|Expires=60|SignedHeaders=host|\
                  Signature|Security-Token))?[&=%a-z0-9 é]{0,5}){0,12}",
        headers in proptest::collection::vec(header(), 0..8),
    ) {
        let headers = borrowed(&headers);
        let head = RequestHead { method: "POST", path: &path, query: &query, headers: &headers };
        let _ = parse(&head, &["kms"], NOW);
    }

    #[test]
    fn verify_never_panics_and_never_accepts(
        path in "[/.%a-z é]{0,30}",
        query in "[&=%a-z0-9 é]{0,20}",
        extra in proptest::collection::vec(header(), 0..6),
    ) {
        let mut headers = vec![
            ("host".to_owned(), b"h".to_vec()),
            ("x-amz-date".to_owned(), b"20150830T123600Z".to_vec()),
        ];
        headers.extend(extra);
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/kms/aws4_request, SignedHeaders={}, \
             Signature={}",
            names.join(";"),
            "0".repeat(64),
        );
        headers.insert(0, ("authorization".to_owned(), authorization.into_bytes()));
        let headers = borrowed(&headers);
        let head = RequestHead { method: "POST", path: &path, query: &query, headers: &headers };
        let claim = parse(&head, &["kms"], NOW).unwrap();
        let key = signing_key(claim.date(), claim.region.as_str(), claim.service);
        let verdict = verify(&head, b"{}", &claim, &VerifyingKey::new(&key));
        prop_assert!(verdict.is_err());
    }
}
