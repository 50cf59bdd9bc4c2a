//! Hostile tokens of identity providers, and hostile key sets.
//!
//! Input: a token, a line feed, a key set. Without a line feed all of it is a token.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use strongroom_types::Timestamp;
use strongroom_web_identity::{Expected, Jwks, Token};

/// The keys of the examples of RFC 7515: the fuzzer cannot sign for them, and the examples themselves lack claims.
static KEYS: LazyLock<Jwks> = LazyLock::new(|| {
    Jwks::parse(br#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#).unwrap()
});

static CLIENTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| BTreeSet::from(["c".to_owned()]));

fuzz_target!(|data: &[u8]| {
    let (token, set) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], Some(&data[at + 1..])),
        None => (data, None),
    };
    let theirs = set.and_then(|set| Jwks::parse(set).ok());
    let Ok(text) = std::str::from_utf8(token) else { return };
    let Ok(token) = Token::parse(text) else { return };
    let Ok(issuer) = token.unverified_issuer() else { return };
    let expected = Expected { issuer, audiences: &CLIENTS, now: Timestamp::from_millis(1_300_819_000_000) };
    assert!(token.verify(&KEYS, &expected).is_err(), "a token that nobody signed");
    if let Some(keys) = theirs {
        let _ = token.verify(&keys, &expected);
    }
});
