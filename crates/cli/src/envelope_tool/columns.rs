//! The lines that go through the `column` filter (docs/databases.md); `strongroom_envelope::column` has what is done with
//! their values.

use super::{Failure, hex};
use zeroize::Zeroizing;

/// One line of input: the row's key, a tab, the value in hex.
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u64,
    /// The row's key.
    pub(crate) row: String,
    /// The value.
    pub(crate) value: Zeroizing<Vec<u8>>,
}

impl Line {
    /// Reads a line. The value may have the `\x` of PostgreSQL before it, once or twice escaped.
    pub(crate) fn parse(number: u64, text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::Usage(format!("line {number} is not ROW, a tab, and a value in hex"));
        let (row, value) = text.split_once('\t').ok_or_else(wrong)?;
        let digits = value.trim_start_matches('\\');
        let digits =
            if digits.len() < value.len() { digits.strip_prefix('x').ok_or_else(wrong)? } else { digits };
        let value = unhex(digits).ok_or_else(wrong)?;
        Ok(Self { number, row: row.to_owned(), value })
    }

    /// A line of output for the same row.
    pub(crate) fn with(&self, value: &[u8]) -> String {
        format!("{}\t{}\n", self.row, hex(value))
    }
}

fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
        _ => None,
    };
    pairs.map(byte).collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_row_and_hex() {
        for text in ["7\t00ffAb", "7\t\\x00ffAb", "7\t\\\\x00ffAb"] {
            let line = Line::parse(1, text).ok().unwrap();
            assert_eq!((line.row.as_str(), line.value.as_slice()), ("7", &[0, 255, 171][..]));
            assert_eq!(line.with(&line.value), "7\t00ffab\n");
        }
        assert_eq!(Line::parse(1, "\t").ok().unwrap().value.len(), 0);
        for bad in ["", "7", "7\t0", "7\t0g", "7\t\\00", "7\tx00", "7\t00\t00", "7\té"] {
            assert!(
                matches!(Line::parse(3, bad), Err(Failure::Usage(text)) if text.contains("line 3")),
                "{bad}"
            );
        }
    }
}
