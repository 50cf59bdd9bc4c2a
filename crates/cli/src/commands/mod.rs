//! One file for each subcommand: its arguments and what it does with the crates.

pub(crate) mod completions;
#[cfg(target_os = "linux")]
pub(crate) mod create_key;
#[cfg(target_os = "linux")]
pub(crate) mod env;
#[cfg(target_os = "linux")]
pub(crate) mod explain;
pub(crate) mod inspect;
pub(crate) mod man;
pub(crate) mod open;
#[cfg(target_os = "linux")]
pub(crate) mod operate;
#[cfg(target_os = "linux")]
pub(crate) mod processes;
#[cfg(target_os = "linux")]
pub(crate) mod providers;
#[cfg(target_os = "linux")]
pub(crate) mod quickstart;
pub(crate) mod seal;
#[cfg(target_os = "linux")]
pub(crate) mod serve;
#[cfg(target_os = "linux")]
pub(crate) mod vault;
#[cfg(target_os = "linux")]
pub(crate) mod vault_root;
