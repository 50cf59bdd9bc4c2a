//! Hostile texts of tokens, read as the front reads them, then their bytes as the vault opens them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_crypto::{TokenKey, open_token};
use strongroom_vault_protocol::{TokenKind, TokenText};

/// A service key that nothing was sealed with.
const KEY: [u8; 32] = [0x5a; 32];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kinds = TokenKind::ALL.map(|kind| (TokenText::Sealed(kind), kind.byte()));
    for (form, kind) in [(TokenText::Session, 1)].into_iter().chain(kinds) {
        let Ok(token) = form.decode(text) else { continue };
        // A token has one text: nothing can be added to it that is not noticed.
        assert_eq!(form.encode(&token), text, "a text of another form was taken");
        let opened = open_token(TokenKey { key: &KEY, kind }, b"", &token);
        assert!(opened.is_err(), "a token that nobody sealed was opened");
    }
});
