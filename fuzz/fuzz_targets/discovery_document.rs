//! Hostile discovery documents of identity providers, and odd issuers on the operator's list.
//!
//! Input: an issuer as `--oidc-issuer` takes it, a line feed, a discovery document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_fetcher::{issuer_setting, key_set_address};

/// Scheme, host and port of an address.
fn server(address: &str) -> &str {
    let path = address.strip_prefix("https://").expect("an address of another scheme was taken");
    let end = path.find('/').expect("an address without a path was written");
    &address[..address.len() - path.len() + end]
}

fuzz_target!(|data: &[u8]| {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let (issuer, document) = (&data[..end], &data[end + 1..]);
    let Ok(Ok(setting)) = std::str::from_utf8(issuer).map(issuer_setting) else { return };
    let Some(address) = key_set_address(&setting, document) else { return };
    // What is taken is written as the same address.
    let mut named = setting.clone();
    named.jwks_url = Some(address.clone());
    assert_eq!(key_set_address(&named, b"").as_ref(), Some(&address));
    if setting.jwks_url.is_some() {
        return;
    }
    // What the reader skips may be no value: a number beyond all numbers, for one.
    if let Ok(said) = serde_json::from_slice::<serde_json::Value>(document) {
        assert_eq!(said["issuer"], setting.issuer.as_str(), "a document of another issuer was taken");
    }
    named.jwks_url = Some(setting.issuer.clone());
    let own = key_set_address(&named, b"").expect("an issuer is an address");
    assert_eq!(server(&address), server(&own), "a key set on another server was taken");
});
