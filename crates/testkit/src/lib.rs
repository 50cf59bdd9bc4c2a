//! What tests share: never a dependency of anything that ships.

mod vault;

pub use vault::{sealed_vault, vault, vault_with_keyring};
