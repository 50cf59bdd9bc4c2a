//! Values of a database column: what they are bound to, and the lines that go through the `column` filter
//! (docs/databases.md).

use super::{Failure, hex};
use std::collections::{BTreeMap, BTreeSet};
use strongroom_envelope::message::Context;
use zeroize::Zeroizing;

/// What the values of a column are bound to.
pub(crate) struct Binding {
    pairs: BTreeMap<String, String>,
    /// Whether the row is in the encryption context, at the price of a call to KMS for each value. Else it is in the
    /// plaintext, before the value.
    pub(crate) strict: bool,
}

impl Binding {
    /// Table and column, and the tenant where there are several.
    pub(crate) fn new(table: &str, column: &str, tenant: Option<&str>, strict: bool) -> Self {
        let pairs = [("table", Some(table)), ("column", Some(column)), ("tenant", tenant)];
        let given = |(key, value): (&str, Option<&str>)| Some((key.to_owned(), value?.to_owned()));
        Self { pairs: pairs.into_iter().filter_map(given).collect(), strict }
    }

    /// The encryption context of the value in that row.
    pub(crate) fn context(&self, row: &str) -> Result<Context, Failure> {
        let mut pairs = self.pairs.clone();
        if self.strict {
            pairs.insert("row".to_owned(), row.to_owned());
        }
        Ok(Context::new(pairs)?)
    }

    /// The keys of the pairs: none is stored in a value, all have to be given again.
    pub(crate) fn required(&self) -> BTreeSet<String> {
        let row = self.strict.then(|| "row".to_owned());
        self.pairs.keys().cloned().chain(row).collect()
    }

    /// What is sealed: the value, with `length(4) || row` before it unless the context has the row.
    pub(crate) fn pack(&self, row: &str, value: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let mut out = Zeroizing::new(Vec::with_capacity(4 + row.len() + value.len()));
        if !self.strict {
            let length =
                u32::try_from(row.len()).map_err(|_| Failure::Usage("a row's key is too long".into()))?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(row.as_bytes());
        }
        out.extend_from_slice(value);
        Ok(out)
    }

    /// The value of what was opened; `None` if it was sealed for another row.
    pub(crate) fn unpack<'a>(&self, row: &str, opened: &'a [u8]) -> Option<&'a [u8]> {
        if self.strict {
            return Some(opened);
        }
        let (length, rest) = opened.split_first_chunk::<4>()?;
        let (of, value) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        (of == row.as_bytes()).then_some(value)
    }
}

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

    #[test]
    fn a_value_belongs_to_its_row() {
        let cached = Binding::new("t", "c", Some("a"), false);
        let packed = cached.pack("7", b"value").ok().unwrap();
        assert_eq!(cached.unpack("7", &packed), Some(&b"value"[..]));
        for other in ["8", "", "77"] {
            assert_eq!(cached.unpack(other, &packed), None);
        }
        assert_eq!(cached.unpack("7", b"\x00\x00"), None);
        assert_eq!(cached.unpack("7", b"\xff\xff\xff\xff7"), None);
        assert_eq!(cached.context("7").ok().unwrap(), cached.context("8").ok().unwrap());
        assert_eq!(cached.required().into_iter().collect::<Vec<_>>(), ["column", "table", "tenant"]);
        let strict = Binding::new("t", "c", None, true);
        assert_eq!(strict.pack("7", b"value").ok().unwrap().as_slice(), b"value");
        assert_eq!(strict.context("7").ok().unwrap().pairs()["row"], "7");
        assert_eq!(strict.required().into_iter().collect::<Vec<_>>(), ["column", "row", "table"]);
    }
}
