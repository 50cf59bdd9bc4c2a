//! An index beside each segment that has ended: where in it the lines are that a query asks for.
//!
//! `term` is what lines are found by, `skim` reads a line for it, `format` the bytes, `build` makes them of a segment,
//! `lookup` reads them, `keeper` makes what is missing, in a thread of its own. An index is a convenience and proves nothing: whoever finds none, or one
//! that is stale or damaged, reads the whole segment. Bytes: docs/on-disk-format.md.

mod build;
mod format;
mod keeper;
mod lookup;
mod skim;
mod term;

pub(crate) use format::Block;
pub use keeper::{IndexKeeper, Kept};
pub(crate) use lookup::{Index, IndexError};
pub(crate) use term::{Term, of_query};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
