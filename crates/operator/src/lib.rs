//! What the operator does to a running service, over its socket; what a shell needs to use it; the audit record, which is
//! read of a running service or of files, and what an auditor does with its files; and the restoring of a backup where there
//! is no service.

mod audit_query;
pub mod audit_verify;
mod exports;
mod key_deletion;
mod restore;
mod shares;
mod socket;

pub use audit_query::{AuditReadError, AuditReader, Exported, WhenError, export, instant, moment};
pub use exports::{ExportError, Variable, environment, exports, unsettled_root_keys};
pub use key_deletion::{Deletion, Grant, KeyFacts, LastUse, Verdict, deletion};
pub use restore::{Contents, DeletedAgain, NewRootAccessKey, Restore, RestoreError, RestoringVault, Shares};
pub use shares::{share_characters_missing, share_sheet};
pub use socket::{OperatorError, ask, ask_if_served, ask_with_file};
