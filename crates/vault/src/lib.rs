//! The process that holds keys: it unwraps, uses and wraps key material, and nothing else.
//!
//! It opens no file and no network, and parses nothing but the frames of `strongroom-vault-protocol`. Start
//! reading at `execute.rs`: one function per command.

mod access_key;
mod arena;
mod binding;
mod cache;
mod dates;
mod execute;
mod hierarchy;
mod in_process;
mod lane;
mod process;
mod random;
mod root;
mod session;
mod token;
mod vault;

pub use in_process::{in_process, in_process_with};
pub use process::{RANDOM_FAILED_EXIT, run};
