//! What `seal`, `open` and `inspect` share: arguments, the choice of key, progress, exit codes.

mod context_args;
mod failure;
mod key_choice;
mod paths;
mod progress;

pub(crate) use context_args::context;
pub(crate) use failure::{EXIT_CODES, Failure, finish, hint};
pub(crate) use key_choice::{opening_key, sealing_key};
pub(crate) use paths::{input, opened_output, sealed_output, shown};
pub(crate) use progress::Meter;
