//! What people do to a share on paper, and what the checksum finds.

use super::*;
use proptest::prelude::*;
use strongroom_backup::SetId;

fn share() -> Share {
    Share::new(3, 2, SetId([0x4c, 0xb7, 0xa1, 0x75, 0, 0xee, 0x68, 0x30]), Zeroizing::new([0x5c; 32]))
}

fn is_read(text: &str) -> bool {
    Share::parse(text).is_ok_and(|read| *read.to_bytes() == *share().to_bytes())
}

fn refused(text: &str) -> ShareError {
    Share::parse(text).map(|_| ()).unwrap_err()
}

#[test]
fn text_has_83_characters_and_every_manner_of_writing_it_is_read() {
    let text = share().text().unwrap();
    assert_eq!(text.len(), 83);
    assert!(is_read(&text));
    assert!(is_read(&text.to_uppercase()));
    for separator in [" ", "-", " - ", "\n", "\r\n", "\t", "\u{a0}", "\u{2011}", "\u{2013}"] {
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.concat()).collect();
        assert!(is_read(&groups.join(separator)), "{separator:?}");
        assert!(is_read(&format!("{separator}{}{separator}", *text)), "{separator:?} around");
    }
}

#[test]
fn sheet_says_whose_it_is_and_is_read_whole() {
    let sheet = share().sheet(5, Timestamp::from_millis(1_735_732_800_000)).unwrap();
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(lines[0], "# Strongroom recovery share 2 of 5; it takes 3 of them.");
    assert!(lines[1].starts_with("# Recovery set 4cb7a17500ee6830, made 2025-01-01."));
    assert!(lines[3].starts_with("srsha re1"));
    assert!(lines[3..].iter().all(|line| line.split(' ').all(|group| group.len() <= 5)));
    assert!(is_read(&sheet));
    assert!(is_read(&sheet.replace('\n', "\r\n")));
    assert!(sheet.capacity() <= SHEET_BYTES, "it was moved while it grew");
}

#[test]
fn share_goes_on_until_it_has_all_its_characters_or_is_none() {
    let text = share().text().unwrap();
    for count in 0..=text.len() {
        assert_eq!(Share::characters_missing(&text[..count]), 83 - count);
        assert_eq!(Share::characters_missing(&text[..count].to_uppercase()), 83 - count);
    }
    assert_eq!(Share::characters_missing(&format!("{}q", *text)), 0);
    let sheet = share().sheet(5, Timestamp::from_millis(0)).unwrap();
    let read: Vec<&str> = sheet.lines().collect();
    let missing = |lines: usize| Share::characters_missing(&read[..lines].join("\r\n"));
    assert_eq!([2, 3, 4, 5, 6].map(missing), [83, 83, 53, 23, 0]);
    for other in ["x", "srshart", "correct horse battery staple", "\u{e9}", &"q".repeat(200)] {
        assert_eq!(Share::characters_missing(other), 0, "{other}");
    }
}

#[test]
fn every_wrong_character_is_found() {
    let text = share().text().unwrap();
    for at in 0..text.len() {
        let wrong = if text.as_bytes()[at] == b'q' { "p" } else { "q" };
        let mut bad = text.to_string();
        bad.replace_range(at..=at, wrong);
        let expected = if at < 8 { ShareError::NotAShare } else { ShareError::WrongCharacter };
        assert_eq!(refused(&bad), expected, "{at}");
    }
    for (one, other) in [(20, 21), (40, 50), (9, 82)] {
        let mut letters: Vec<u8> = text.bytes().collect();
        if letters[one] != letters[other] {
            letters.swap(one, other);
            assert_eq!(refused(std::str::from_utf8(&letters).unwrap()), ShareError::WrongCharacter);
        }
    }
}

#[test]
fn missing_and_additional_characters_are_counted() {
    let text = share().text().unwrap();
    for length in 8..text.len() {
        assert_eq!(refused(&text[..length]), ShareError::Length { found: length, expected: 83 });
    }
    for length in 0..8 {
        assert_eq!(refused(&text[..length]), ShareError::NotAShare);
    }
    assert_eq!(refused(&format!("{}q", *text)), ShareError::Length { found: 84, expected: 83 });
    assert_eq!(refused(&text.repeat(2)), ShareError::Length { found: 129, expected: 83 });
}

#[test]
fn mixed_case_and_another_prefix_are_refused() {
    let text = share().text().unwrap();
    let mixed = format!("{}{}", &text[..40], text[40..].to_uppercase());
    assert_eq!(refused(&mixed), ShareError::WrongCharacter);
    let prefix = Hrp::parse("srroot").unwrap();
    let root_key = bech32::encode::<Bech32m>(prefix, &[7; 32]).unwrap();
    assert_eq!(refused(&root_key), ShareError::NotAShare);
    assert_eq!(refused(""), ShareError::NotAShare);
    assert_eq!(refused("# only a remark"), ShareError::NotAShare);
}

/// The text of any bytes, with a right checksum.
fn text_of(bytes: &[u8]) -> String {
    bech32::encode::<Bech32m>(Hrp::parse(PREFIX).unwrap(), bytes).unwrap()
}

#[test]
fn right_checksum_over_something_else_is_refused() {
    let mut bytes = share().to_bytes();
    assert!(is_read(&text_of(&*bytes)));
    assert_eq!(refused(&text_of(&bytes[..42])), ShareError::Length { found: 82, expected: 83 });
    bytes[0] = 2;
    assert_eq!(refused(&text_of(&*bytes)), ShareError::Version { found: 2 });
    let older = bech32::encode::<bech32::Bech32>(Hrp::parse(PREFIX).unwrap(), &*share().to_bytes()).unwrap();
    assert_eq!(refused(&older), ShareError::WrongCharacter);
}

#[test]
fn bits_that_pad_the_last_character_are_zero() {
    // 43 bytes are 344 bits; the 69th character has one bit more. Set it, with the checksum made to fit.
    use bech32::Fe32;
    use bech32::primitives::iter::{ByteIterExt, Fe32IterExt};
    let bytes = share().to_bytes();
    let mut letters: Vec<Fe32> = bytes.iter().copied().bytes_to_fes().collect();
    let last = letters.pop().unwrap();
    letters.push(Fe32::try_from(last.to_u8() | 1).unwrap());
    let prefix = Hrp::parse(PREFIX).unwrap();
    let padded: String = letters.into_iter().with_checksum::<Bech32m>(&prefix).chars().collect();
    assert_eq!(padded.len(), 83);
    assert_eq!(refused(&padded), ShareError::WrongCharacter);
}

proptest! {
    #[test]
    fn reader_never_panics(text in "\\PC{0,200}", letters in "srshare1[02-9ac-hj-np-z]{0,120}") {
        let _ = Share::parse(&text);
        let _ = Share::parse(&letters);
    }

    #[test]
    fn any_share_is_read_again(
        threshold in 1u8..,
        holder in 1u8..,
        set in any::<[u8; 8]>(),
        value in any::<[u8; 32]>(),
    ) {
        let share = Share::new(threshold, holder, SetId(set), Zeroizing::new(value));
        let read = Share::parse(&share.text().unwrap()).unwrap();
        prop_assert_eq!(*read.to_bytes(), *share.to_bytes());
    }

    #[test]
    fn up_to_four_wrong_characters_are_found(
        changes in prop::collection::btree_map(8usize..83, 1usize..32, 1..=4),
    ) {
        const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        let text = share().text().unwrap();
        let mut letters: Vec<u8> = text.bytes().collect();
        for (at, by) in changes {
            let value = LETTERS.iter().position(|letter| *letter == letters[at]).unwrap();
            letters[at] = LETTERS[value ^ by];
        }
        prop_assert_eq!(refused(std::str::from_utf8(&letters).unwrap()), ShareError::WrongCharacter);
    }
}
