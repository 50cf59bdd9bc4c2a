//! Shares of a recovery set as they are handed to their holders.

use strongroom_recovery::{Share, ShareError};
use strongroom_types::Timestamp;
use zeroize::Zeroizing;

/// The sheet of a share's text: whose it is, of how many, of which set and day, and the text in groups. Secret.
pub fn share_sheet(text: &str, shares: u8, made_ms: u64) -> Result<Zeroizing<String>, ShareError> {
    Share::parse(text)?.sheet(shares, Timestamp::from_millis(made_ms))
}

/// How many characters a share's text lacks that is typed line by line. 0 too for what begins like none.
pub fn share_characters_missing(text: &str) -> usize {
    Share::characters_missing(text)
}
