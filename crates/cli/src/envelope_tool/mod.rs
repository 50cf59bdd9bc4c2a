//! What the commands on sealed files share: arguments, the choice of key, which files, progress, results, exit codes.

mod branch_key_place;
mod branch_keys;
mod columns;
mod context_args;
mod detached;
mod failure;
mod key_choice;
mod keys;
mod made_folders;
mod old_keys;
mod paths;
mod plan;
mod progress;
mod range_argument;
mod recipients;
mod results;
mod rewrap_keys;
mod rewrap_marks;
mod s3_arguments;
mod side_by_side;
mod suite_args;

pub(crate) use branch_key_place::{BranchKeyPlace, BranchKeyTable, branch_key_place};
pub(crate) use branch_keys::BranchKeyArgs;
pub(crate) use columns::Line;
pub(crate) use context_args::{comma_warning, context};
pub(crate) use detached::{DetachedKey, detached_manager, rewrapped_instead, sidecar_of};
#[cfg(target_os = "linux")]
pub(crate) use failure::hint;
pub(crate) use failure::{EXIT_CODES, Failure, finish};
pub(crate) use key_choice::{Once, opening_key, sealing_key};
pub(crate) use keys::{ContextOrder, KeyArgs, Keys};
pub(crate) use old_keys::OldKeyArgs;
pub(crate) use paths::{held, input, make_folder_of, output, sealed_output, shown};
pub(crate) use plan::{Given, Job, Naming, Plan, plan};
pub(crate) use progress::Meter;
pub(crate) use range_argument::range;
pub(crate) use recipients::{Change, lost_recipient};
pub(crate) use results::{CHECKED, Done, Shown, run_all, run_metered, run_together};
pub(crate) use rewrap_keys::{RewrapKeyArgs, RewrapKeyrings};
pub(crate) use rewrap_marks::RewrapMarks;
pub(crate) use s3_arguments::{
    S3OpenArgs, S3SealArgs, destination, may_unwrap, object_policy, only_for_s3, source, wrapping_key,
};
pub(crate) use suite_args::{HeaderArgs, PolicyArgs, SuiteArgs};

/// Bytes in hex, for names of messages and of files that are no UTF-8.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
