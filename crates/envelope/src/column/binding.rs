//! What a value is bound to, and the form in which its row travels with it.

use crate::error::EnvelopeError;
use crate::message::{Context, MessageError};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// The key of the pair that binds a row by the encryption context.
const ROW: &str = "row";
/// Bytes of the length that stands before a row's key.
const LENGTH_BYTES: usize = 4;

/// What the values of a column are bound to. Its pairs are required: authenticated with each value, stored in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pairs: BTreeMap<String, String>,
    row_in_context: bool,
}

impl Binding {
    /// Table and column. The row is sealed with each value and compared by [`Column::open`](super::Column::open): values
    /// share a data key, and the format alone does not notice a value that was moved to another row.
    pub fn new(table: &str, column: &str) -> Self {
        let pairs = [("table", table), ("column", column)];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        Self { pairs, row_in_context: false }
    }

    /// Whose values they are, too: those of one tenant never share a data key with those of another.
    #[must_use]
    pub fn of_tenant(mut self, tenant: &str) -> Self {
        self.pairs.insert("tenant".to_owned(), tenant.to_owned());
        self
    }

    /// The row is in the encryption context, as `row`: whoever opens a value has to name it. The price is a data key, and
    /// with KMS a call, for each value, each way.
    #[must_use]
    pub fn with_row_in_context(mut self) -> Self {
        self.row_in_context = true;
        self
    }

    /// Whether each value has a data key of its own.
    pub fn row_is_in_context(&self) -> bool {
        self.row_in_context
    }

    /// The encryption context of every value, without a row.
    pub(super) fn context(&self) -> Result<Context, MessageError> {
        Context::new(self.pairs.clone())
    }

    /// The encryption context that names a row.
    pub(super) fn context_with(&self, row: &str) -> Result<Context, MessageError> {
        let mut pairs = self.pairs.clone();
        pairs.insert(ROW.to_owned(), row.to_owned());
        Context::new(pairs)
    }

    /// The keys of the pairs: none is stored in a value, all have to be given again.
    pub(super) fn required(&self) -> BTreeSet<String> {
        let row = self.row_in_context.then(|| ROW.to_owned());
        self.pairs.keys().cloned().chain(row).collect()
    }

    /// What is sealed: the value, with `length(4) || row` before it unless the context has the row. [`Column`] does this.
    ///
    /// # Errors
    /// A row of more than 4 GiB.
    ///
    /// [`Column`]: super::Column
    pub fn pack(&self, row: &str, value: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let mut out = Zeroizing::new(Vec::with_capacity(LENGTH_BYTES + row.len() + value.len()));
        if !self.row_in_context {
            let length = u32::try_from(row.len()).map_err(|_| EnvelopeError::RowTooLong)?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(row.as_bytes());
        }
        out.extend_from_slice(value);
        Ok(out)
    }

    /// The value of what was opened. [`Column`] does this.
    ///
    /// # Errors
    /// [`EnvelopeError::OtherRow`] if it was sealed for another row.
    ///
    /// [`Column`]: super::Column
    pub fn unpack(
        &self,
        row: &str,
        mut opened: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        if !self.row_in_context {
            let before = bytes_before_value(row, &opened).ok_or(EnvelopeError::OtherRow)?;
            opened.drain(..before);
        }
        Ok(opened)
    }
}

/// How many bytes stand before a value of that row; `None` if it was sealed for another one.
fn bytes_before_value(row: &str, opened: &[u8]) -> Option<usize> {
    let (length, rest) = opened.split_first_chunk::<LENGTH_BYTES>()?;
    let (of, _) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    (of == row.as_bytes()).then_some(LENGTH_BYTES + of.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_belongs_to_its_row() {
        let cached = Binding::new("t", "c").of_tenant("a");
        let packed = cached.pack("7", b"value").unwrap();
        assert_eq!(packed.as_slice(), b"\0\0\0\x017value");
        assert_eq!(cached.unpack("7", packed.clone()).unwrap().as_slice(), b"value");
        for other in ["8", "", "77"] {
            let refused = cached.unpack(other, packed.clone()).unwrap_err();
            assert!(matches!(refused, EnvelopeError::OtherRow), "{refused}");
        }
        for short in [&b"\x00\x00"[..], b"\xff\xff\xff\xff7", b""] {
            assert!(cached.unpack("7", Zeroizing::new(short.to_vec())).is_err());
        }
        assert_eq!(cached.required().into_iter().collect::<Vec<_>>(), ["column", "table", "tenant"]);
    }

    #[test]
    fn a_row_in_the_context_is_not_in_the_value() {
        let strict = Binding::new("t", "c").with_row_in_context();
        let packed = strict.pack("7", b"value").unwrap();
        assert_eq!(packed.as_slice(), b"value");
        assert_eq!(strict.unpack("8", packed).unwrap().as_slice(), b"value");
        assert_eq!(strict.context_with("7").unwrap().pairs()["row"], "7");
        assert_eq!(strict.required().into_iter().collect::<Vec<_>>(), ["column", "row", "table"]);
    }
}
