//! What the operator does to a running service, over its socket; what a shell needs to use it; and the restoring of a
//! backup where there is no service.

mod exports;
mod restore;
mod shares;
mod socket;

pub use exports::{ExportError, exports};
pub use restore::{Contents, NewRootAccessKey, Restore, RestoreError, RestoringVault, Shares};
pub use shares::share_sheet;
pub use socket::{OperatorError, ask, ask_with_file};
