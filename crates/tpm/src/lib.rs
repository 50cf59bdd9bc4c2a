//! A root key sealed to a TPM 2.0, and unsealed by it: the six commands that this takes, and nothing else of a TPM.
//!
//! `seal.rs` is what happens; `command.rs` and `response.rs` are the bytes (TCG "TPM 2.0 Library", parts 1 to 3), `session.rs`
//! is what keeps the key from whoever listens on the bus, `device.rs` the way to the TPM. No C library, no unsafe code.

mod command;
mod device;
mod error;
mod kdf;
mod public_area;
mod reader;
mod response;
mod seal;
mod sealed_key;
mod session;
#[cfg(test)]
mod swtpm_tests;

pub use command::Command;
pub use error::{ResponseCode, TpmError};
pub use response::understands;
pub use seal::Tpm;
pub use sealed_key::SealedKey;
