//! What the operator does to a running service, over its socket; and what a shell needs to use it.

mod exports;
mod socket;

pub use exports::{ExportError, exports};
pub use socket::{OperatorError, ask};
