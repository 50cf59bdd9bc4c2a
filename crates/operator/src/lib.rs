//! What the operator does to a running service, over its socket; what a shell needs to use it; and what an
//! auditor does with the files of the audit log.

pub mod audit_verify;
mod exports;
mod socket;

pub use exports::{ExportError, exports};
pub use socket::{OperatorError, ask};
