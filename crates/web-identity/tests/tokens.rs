//! Tokens of a provider that the test plays, and the examples of the RFCs.

#![allow(clippy::unwrap_used, clippy::panic)] // every function here is a test's

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use std::collections::BTreeSet;
use strongroom_types::Timestamp;
use strongroom_web_identity::{
    CLOCK_SKEW_S, Expected, JWKS_BYTES_MAX, JWKS_KEYS_MAX, Jwks, JwksError, TOKEN_CHARACTERS_MAX, Token,
    TokenError, VerifiedClaims,
};

const NOW_S: u64 = 1_800_000_000;

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A provider with one key, `k1`.
struct Provider {
    key: EcdsaKeyPair,
}

impl Provider {
    fn new() -> Self {
        Self { key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    /// Its key as a JWK with these further members.
    fn jwk(&self, more: &str) -> String {
        let point = self.key.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"{more}}}"#)
    }

    fn keys(&self) -> Jwks {
        set(&[&self.jwk(r#","kid":"k1""#)]).unwrap()
    }

    fn token_with(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }

    fn token(&self, claims: &str) -> String {
        self.token_with(r#"{"alg":"ES256","kid":"k1","typ":"JWT"}"#, claims)
    }
}

fn set(keys: &[&str]) -> Result<Jwks, JwksError> {
    Jwks::parse(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes())
}

fn claims_with(aud: &str, iat: u64, exp: u64, more: &str) -> String {
    format!(r#"{{"iss":"https://idp.test","aud":{aud},"sub":"s1","iat":{iat},"exp":{exp}{more}}}"#)
}

fn good_claims() -> String {
    claims_with("\"c1\"", NOW_S, NOW_S + 600, "")
}

fn verify(token: &str, keys: &Jwks) -> Result<VerifiedClaims, TokenError> {
    verify_at(token, keys, NOW_S)
}

fn verify_at(token: &str, keys: &Jwks, now_s: u64) -> Result<VerifiedClaims, TokenError> {
    let audiences = BTreeSet::from(["c1".to_owned(), "c2".to_owned()]);
    let now = Timestamp::from_millis(now_s * 1_000);
    let expected = Expected { issuer: "https://idp.test", audiences: &audiences, now };
    Token::parse(token)?.verify(keys, &expected)
}

#[test]
fn good_token_tells_its_claims() {
    let provider = Provider::new();
    let claims =
        claims_with(r#"["x","c2"]"#, NOW_S, NOW_S + 1, r#","email":"e@idp.test","amr":["a","b"],"n":1"#);
    let verified = verify(&provider.token(&claims), &provider.keys()).unwrap();
    assert_eq!((verified.issuer.as_str(), verified.audience.as_str()), ("https://idp.test", "c2"));
    assert_eq!(verified.subject, "s1");
    let others = [("amr", vec!["a", "b"]), ("email", vec!["e@idp.test"])];
    let others = others
        .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    assert_eq!(verified.others, others);
    assert!(verified.names.contains("n"));
}

#[test]
fn times_forgive_five_minutes_and_no_more() {
    let provider = Provider::new();
    let (keys, skew) = (provider.keys(), u64::from(CLOCK_SKEW_S));
    let token = provider.token(&claims_with("\"c1\"", NOW_S, NOW_S + 600, ""));
    let at = |now_s| verify_at(&token, &keys, now_s);
    assert!(at(NOW_S + 600 + skew - 1).is_ok());
    let expired = TokenError::Expired { now: NOW_S + 600 + skew, expired_at: NOW_S + 600 };
    assert_eq!(at(NOW_S + 600 + skew), Err(expired));
    assert!(at(NOW_S - skew).is_ok());
    assert_eq!(at(NOW_S - skew - 1), Err(TokenError::NotYet));
    let later = format!(r#","nbf":{}"#, NOW_S + skew + 1);
    let token = provider.token(&claims_with("\"c1\"", NOW_S, NOW_S + 900, &later));
    assert_eq!(verify_at(&token, &keys, NOW_S), Err(TokenError::NotYet));
    assert!(verify_at(&token, &keys, NOW_S + 1).is_ok());
}

#[test]
fn claims_that_are_missing_or_wrong() {
    let provider = Provider::new();
    let keys = provider.keys();
    let judged = |claims: &str| verify(&provider.token(claims), &keys).unwrap_err();
    for missing in ["iss", "aud", "sub", "iat", "exp"] {
        let claims = good_claims().replace(&format!("\"{missing}\":"), "\"other\":");
        assert_eq!(judged(&claims), TokenError::Missing(missing));
    }
    assert_eq!(judged(&good_claims().replace("idp.test", "idp.other")), TokenError::Issuer);
    assert_eq!(judged(&good_claims().replace("\"c1\"", "\"c3\"")), TokenError::Audience);
    assert_eq!(judged(&good_claims().replace("\"c1\"", "[]")), TokenError::Audience);
    for (from, to) in [
        ("\"c1\"", "1"),
        ("\"c1\"", "[1]"),
        ("\"s1\"", "\"\""),
        ("\"s1\"", "7"),
        ("\"exp\":", "\"exp\":-"),
        ("\"exp\":", "\"exp\":9999999"),
        ("\"exp\":1800000600", "\"exp\":\"1800000600\""),
    ] {
        let error = judged(&good_claims().replace(from, to));
        assert!(matches!(error, TokenError::Malformed(_)), "{to} {error:?}");
    }
}

#[test]
fn no_algorithm_but_two() {
    let provider = Provider::new();
    let keys = provider.keys();
    assert!(verify(&provider.token(&good_claims()), &keys).is_ok(), "the control");
    for algorithm in ["none", "HS256", "HS512", "RS384", "PS256", "ES384", "EdDSA", "es256", ""] {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"k1"}}"#);
        let token = provider.token_with(&header, &good_claims());
        assert_eq!(verify(&token, &keys), Err(TokenError::Algorithm), "{algorithm}");
    }
    let unsigned = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(good_claims()));
    assert_eq!(verify(&unsigned, &keys), Err(TokenError::Algorithm));
    let empty = format!("{}.{}.", encode(r#"{"alg":"ES256","kid":"k1"}"#), encode(good_claims()));
    assert_eq!(verify(&empty, &keys), Err(TokenError::Signature));
    let other_kind = provider.token_with(r#"{"alg":"RS256","kid":"k1"}"#, &good_claims());
    assert_eq!(verify(&other_kind, &keys), Err(TokenError::UnknownKey), "a key of another kind");
}

#[test]
fn headers_that_bring_keys_or_extensions() {
    let (provider, stranger) = (Provider::new(), Provider::new());
    let keys = provider.keys();
    let brings = format!(r#"{{"alg":"ES256","kid":"k1","jwk":{}}}"#, stranger.jwk(""));
    assert_eq!(verify(&stranger.token_with(&brings, &good_claims()), &keys), Err(TokenError::Signature));
    let critical = r#"{"alg":"ES256","kid":"k1","crit":["b64"],"b64":false}"#;
    assert_eq!(verify(&provider.token_with(critical, &good_claims()), &keys), Err(TokenError::Critical));
    let twice = r#"{"alg":"none","alg":"ES256","kid":"k1"}"#;
    assert!(matches!(
        verify(&provider.token_with(twice, &good_claims()), &keys),
        Err(TokenError::Malformed(_))
    ));
    let claims = good_claims().replace("\"sub\"", "\"sub\":\"admin\",\"sub\"");
    assert!(matches!(verify(&provider.token(&claims), &keys), Err(TokenError::Malformed(_))));
}

#[test]
fn key_ids_choose_the_key() {
    let (one, two) = (Provider::new(), Provider::new());
    let both = set(&[&one.jwk(r#","kid":"a""#), &two.jwk(r#","kid":"b""#)]).unwrap();
    let with =
        |provider: &Provider, header: &str| verify(&provider.token_with(header, &good_claims()), &both);
    assert!(with(&one, r#"{"alg":"ES256","kid":"a"}"#).is_ok());
    assert_eq!(with(&one, r#"{"alg":"ES256","kid":"b"}"#), Err(TokenError::Signature));
    assert_eq!(with(&one, r#"{"alg":"ES256","kid":"c"}"#), Err(TokenError::UnknownKey));
    assert_eq!(with(&one, r#"{"alg":"ES256"}"#), Err(TokenError::UnknownKey), "which of two");
    let header = r#"{"alg":"ES256"}"#;
    assert!(verify(&one.token_with(header, &good_claims()), &set(&[&one.jwk("")]).unwrap()).is_ok());
}

#[test]
fn keys_that_are_no_good_are_left_out() {
    let provider = Provider::new();
    let usable = |keys: &[&str]| set(keys).unwrap().usable();
    for more in [r#","use":"sig""#, r#","alg":"ES256""#, r#","key_ops":["verify"]"#] {
        assert_eq!(usable(&[&provider.jwk(more)]), 1, "the control");
    }
    for more in [r#","use":"enc""#, r#","alg":"ES384""#, r#","key_ops":["sign"]"#, r#","kid":1"#] {
        assert_eq!(usable(&[&provider.jwk(more)]), 0, "{more}");
    }
    let small = encode([0xc1; 255]);
    for key in [
        "1".to_owned(),
        r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}"#.to_owned(),
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#.to_owned(),
        r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#.to_owned(),
        format!(r#"{{"kty":"RSA","n":"{small}","e":"AQAB"}}"#),
    ] {
        assert_eq!(usable(&[&key]), 0, "{key}");
    }
}

#[test]
fn key_sets_that_are_refused() {
    let key = Provider::new().jwk("");
    assert_eq!(set(&vec![key.as_str(); JWKS_KEYS_MAX]).unwrap().usable(), JWKS_KEYS_MAX);
    assert_eq!(set(&vec![key.as_str(); JWKS_KEYS_MAX + 1]).unwrap_err(), JwksError::TooMany);
    let long = vec![b' '; JWKS_BYTES_MAX + 1];
    assert_eq!(Jwks::parse(&long).unwrap_err(), JwksError::TooLong);
    for text in ["", "[]", "{}", r#"{"keys":1}"#, r#"{"keys":[],"keys":[]}"#] {
        assert_eq!(Jwks::parse(text.as_bytes()).unwrap_err(), JwksError::Malformed, "{text}");
    }
}

#[test]
fn tokens_that_are_none() {
    let provider = Provider::new();
    let good = provider.token(&good_claims());
    let parts: Vec<_> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("three parts") };
    for text in [
        String::new(),
        "a".to_owned(),
        "a.b".to_owned(),
        "..".to_owned(),
        format!("{good}.x"),
        format!("{header}.{claims}.{signature}="),
        format!("{header}.{claims}. {signature}"),
        format!("{header}.{}.{signature}", encode("[]")),
        format!("{}.{claims}.{signature}", encode("1")),
    ] {
        assert!(matches!(Token::parse(&text), Err(TokenError::Malformed(_))), "{text}");
    }
    let long = "a".repeat(TOKEN_CHARACTERS_MAX + 1);
    assert!(matches!(Token::parse(&long), Err(TokenError::TooLong)));
}

/// RFC 7515 appendices A.2 and A.3; their claims have no audience, which is looked for after the signature.
#[test]
fn examples_of_rfc_7515() {
    let rsa = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
    let ec = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rs256 = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let es256 = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let keys = set(&[rsa, ec]).unwrap();
    assert_eq!(keys.usable(), 2);
    let audiences = BTreeSet::new();
    let expected = Expected { issuer: "joe", audiences: &audiences, now: Timestamp::from_millis(0) };
    for (header, signature) in [(r#"{"alg":"RS256"}"#, rs256), (r#"{"alg":"ES256"}"#, es256)] {
        let header = encode(header);
        let text = format!("{header}.{claims}.{signature}");
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.unverified_issuer(), Ok("joe"));
        assert_eq!(token.verify(&keys, &expected), Err(TokenError::Missing("aud")));
        let forged = format!("{header}.{}.{signature}", encode(r#"{"iss":"joe","exp":1300819381}"#));
        assert_eq!(Token::parse(&forged).unwrap().verify(&keys, &expected), Err(TokenError::Signature));
    }
}

/// RFC 7517 appendix A.1: one key for encryption, one for signatures.
#[test]
fn example_of_rfc_7517() {
    let set = r#"{"keys":[
        {"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"},
        {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}]}"#;
    assert_eq!(Jwks::parse(set.as_bytes()).unwrap().usable(), 1);
}

static NO_CLIENTS: BTreeSet<String> = BTreeSet::new();

fn expected_nobody() -> Expected<'static> {
    Expected { issuer: "", audiences: &NO_CLIENTS, now: Timestamp::from_millis(0) }
}

proptest! {
    #[test]
    fn readers_never_panic(text in "[A-Za-z0-9_.=-]{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Token::parse(&text);
        let _ = Jwks::parse(&bytes);
    }

    #[test]
    fn json_of_any_kind_is_judged(header in "\\PC{0,60}", claims in "\\PC{0,120}") {
        let text = format!("{}.{}.{}", encode(header), encode(claims), encode("x"));
        if let Ok(token) = Token::parse(&text) {
            prop_assert!(token.verify(&Provider::new().keys(), &expected_nobody()).is_err());
        }
    }

    #[test]
    fn a_changed_token_is_refused(at in 0usize..10_000, other in "[A-Za-z0-9_-]") {
        let provider = Provider::new();
        let token = provider.token(&good_claims());
        prop_assert!(verify(&token, &provider.keys()).is_ok(), "the control");
        let at = at % token.len();
        let mut changed = token.clone();
        changed.replace_range(at..=at, &other);
        prop_assume!(changed != token);
        prop_assert!(verify(&changed, &provider.keys()).is_err());
    }
}
