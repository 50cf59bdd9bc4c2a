//! Hostile names of keys, aliases and principals: what is read is written the same, so that no two texts name one thing,
//! and no text names things of two kinds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_types::{AccountId, AliasArn, AliasName, KeyArn, KeyId, PrincipalArn, Region, UniqueId};

/// What a text was read as must be written as that text. Whether it was read at all.
fn is_written_the_same<T: ToString, E>(read: Result<T, E>, text: &str) -> usize {
    match read {
        Ok(read) => {
            assert_eq!(read.to_string(), text, "a text of another form was taken");
            1
        }
        Err(_) => 0,
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let arns = is_written_the_same(KeyArn::parse(text), text)
        + is_written_the_same(AliasArn::parse(text), text)
        + is_written_the_same(PrincipalArn::parse(text), text);
    assert!(arns <= 1, "one text names two things");
    is_written_the_same(KeyId::parse(text), text);
    is_written_the_same(AliasName::parse(text), text);
    is_written_the_same(UniqueId::parse(text), text);
    is_written_the_same(Region::parse(text), text);
    is_written_the_same(AccountId::parse(text), text);
    if let Ok(principal) = PrincipalArn::parse(text) {
        // The account is the one in the text, and the name is the end of it.
        assert_eq!(text.split(':').nth(4), Some(principal.account().as_str()));
        assert!(principal.name().is_none_or(|name| !name.is_empty() && text.ends_with(name)));
    }
    if let Ok(key) = KeyArn::parse(text) {
        assert_eq!(text.split(':').nth(3), Some(key.region.as_str()));
        assert_eq!(text.split(':').nth(4), Some(key.account.as_str()));
    }
});
