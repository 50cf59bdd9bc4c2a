//! Hostile texts of recovery shares, and hostile stored recovery sets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_recovery::{Gathering, PublicKeyHash, RecoverySet, Share};

fuzz_target!(|data: &[u8]| {
    if let Ok(set) = RecoverySet::from_bytes(data) {
        assert!(set.to_bytes() == data, "a set of another form was taken");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(share) = Share::parse(text) else { return };
    // A share has one text: whatever was taken is that text, but for case, separators and remarks.
    let one = share.text().unwrap();
    let letters: String = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let letters = letters.to_ascii_lowercase();
    let letters = letters.chars().filter(|letter| letter.is_ascii_alphanumeric());
    assert!(letters.eq(one.chars()), "a text of another form was taken");
    assert!(*Share::from_bytes(&*share.to_bytes()).unwrap().to_bytes() == *share.to_bytes());
    // Alone, or with a copy of itself, it gives no key that was asked for.
    let mut hash = [0x5a; 32];
    hash[..8].copy_from_slice(&share.set().0);
    let mut gathering = Gathering::for_key(PublicKeyHash(hash));
    assert!(gathering.add(share.clone()).is_ok());
    assert!(gathering.add(share).is_err());
    assert!(gathering.combine().is_err());
});
