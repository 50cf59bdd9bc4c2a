//! The token worker: the process that loads a vendor's PKCS#11 library and uses the keys in one token for the vault.
//!
//! Vendors' libraries open files and sockets, start threads, and can hang; so they live in a process of their own that
//! can be killed (`docs/token.md`). The path: `process` (start, control messages) -> `line` (frames to and from the
//! vault) -> `execute` (one arm per command) -> `session` (one session per thread, and what to do when it goes wrong) ->
//! `keys` (what is asked of the library). `ladder` finds out what a token can do. `module` and `keys` are the only files
//! that call the library; no `unsafe` is needed: `cryptoki` has it.

mod execute;
mod fault;
mod gcm;
mod health;
mod keys;
mod ladder;
mod line;
mod module;
mod pin;
mod process;
mod session;
mod token;

pub use process::run;
