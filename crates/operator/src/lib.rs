//! What the operator does to a running service, over its socket; what a shell needs to use it; and the audit record, which
//! is read of a running service or of files.

mod audit_query;
mod exports;
mod key_deletion;
mod socket;

pub use audit_query::{AuditReadError, AuditReader, Exported, WhenError, export, moment};
pub use exports::{ExportError, exports};
pub use key_deletion::{Deletion, Grant, KeyFacts, LastUse, Verdict, deletion};
pub use socket::{OperatorError, ask};
