//! Shares on paper: bech32m (BIP 350) with the prefix `srshare`, 83 characters, in groups of five. What people do to such a
//! text on the way is accepted: spaces, hyphens, line breaks, all in capitals.

use crate::share::{SHARE_BYTES, Share, ShareError};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp, encode_lower_to_fmt};
use strongroom_types::Timestamp;
use zeroize::Zeroizing;

const PREFIX: &str = "srshare";

/// Prefix and separator.
const START: &str = "srshare1";

/// The start, 69 characters of data, 6 of checksum.
const TEXT_BYTES: usize = START.len() + (SHARE_BYTES * 8).div_ceil(5) + 6;

/// More than this, without separators, is not looked at.
const TEXT_BYTES_MAX: usize = 128;

const GROUP_LETTERS: usize = 5;
const LINE_GROUPS: usize = 6;

/// Room for a printed sheet, so that it is never moved while it grows.
const SHEET_BYTES: usize = 512;

impl Share {
    /// The text, without groups: secret.
    pub fn text(&self) -> Result<Zeroizing<String>, ShareError> {
        let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES));
        let prefix = Hrp::parse(PREFIX).map_err(|_| ShareError::NotPrinted)?;
        encode_lower_to_fmt::<Bech32m, String>(&mut text, prefix, &*self.to_bytes())
            .map_err(|_| ShareError::NotPrinted)?;
        Ok(text)
    }

    /// The share as it is handed to its holder: whose it is, of how many, of which set and day, then the text in groups.
    /// [`Share::parse`] reads the whole of it.
    pub fn sheet(&self, shares: u8, made: Timestamp) -> Result<Zeroizing<String>, ShareError> {
        let (holder, threshold, set) = (self.holder(), self.threshold(), self.set());
        let head = format!(
            "# Strongroom recovery share {holder} of {shares}; it takes {threshold} of them.\n\
             # Recovery set {set}, made {}. Keep it apart from the other shares and from backups.\n\n",
            day(made)
        );
        let mut sheet = Zeroizing::new(String::with_capacity(SHEET_BYTES));
        sheet.push_str(&head);
        for (index, letter) in self.text()?.chars().enumerate() {
            if index > 0 && index % (GROUP_LETTERS * LINE_GROUPS) == 0 {
                sheet.push('\n');
            } else if index > 0 && index % GROUP_LETTERS == 0 {
                sheet.push(' ');
            }
            sheet.push(letter);
        }
        sheet.push('\n');
        Ok(sheet)
    }

    /// Reads a text or a whole sheet: lines that begin with `#` are skipped, and spaces, hyphens and line breaks anywhere.
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let mut letters = without_separators(text)?;
        let start = letters.get(..START.len()).ok_or(ShareError::NotAShare)?;
        if !start.eq_ignore_ascii_case(START) {
            return Err(ShareError::NotAShare);
        }
        let share = decode(&letters)?;
        // One share, one text: bits that pad the last character are zero.
        letters.make_ascii_lowercase();
        if *share.text()? != *letters {
            return Err(ShareError::WrongCharacter);
        }
        Ok(share)
    }

    /// How many characters a text that begins as a share's does lacks of a whole one: of what is typed line by line, whether
    /// the share goes on. 0 too for what is none.
    pub fn characters_missing(text: &str) -> usize {
        let Ok(letters) = without_separators(text) else { return 0 };
        let begins = letters.chars().zip(START.chars()).all(|(is, shall)| is.eq_ignore_ascii_case(&shall));
        if begins { TEXT_BYTES.saturating_sub(letters.chars().count()) } else { 0 }
    }
}

/// Reads a text without separators.
fn decode(letters: &str) -> Result<Share, ShareError> {
    let length = ShareError::Length { found: letters.chars().count(), expected: TEXT_BYTES };
    let decoded = CheckedHrpstring::new::<Bech32m>(letters)
        .map_err(|_| if letters.len() == TEXT_BYTES { ShareError::WrongCharacter } else { length })?;
    let mut bytes = Zeroizing::new([0; SHARE_BYTES]);
    let mut count = 0;
    for byte in decoded.byte_iter() {
        *bytes.get_mut(count).ok_or(length)? = byte;
        count += 1;
    }
    if count != SHARE_BYTES {
        return Err(length);
    }
    Share::from_bytes(&*bytes)
}

fn without_separators(text: &str) -> Result<Zeroizing<String>, ShareError> {
    let mut letters = Zeroizing::new(String::with_capacity(TEXT_BYTES_MAX));
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    for letter in lines.flat_map(str::chars).filter(|letter| !is_separator(*letter)) {
        if letters.len() + letter.len_utf8() > TEXT_BYTES_MAX {
            return Err(ShareError::Length { found: TEXT_BYTES_MAX + 1, expected: TEXT_BYTES });
        }
        letters.push(letter);
    }
    Ok(letters)
}

/// White space, and the hyphens that a word processor makes of a hyphen.
fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '\u{2010}'..='\u{2013}')
}

/// The day in UTC.
fn day(time: Timestamp) -> String {
    let time = i64::try_from(time.millis()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| "on an unknown day".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
#[path = "share_text_tests.rs"]
mod tests;
