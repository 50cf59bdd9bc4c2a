//! One file for each subcommand: its arguments and what it does with the crates.

pub(crate) mod inspect;
pub(crate) mod open;
pub(crate) mod seal;
