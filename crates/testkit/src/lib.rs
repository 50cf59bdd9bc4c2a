//! What tests share: never a dependency of anything that ships.

mod clock;
mod disk;
mod gate;
mod random;
mod vault;

pub use clock::ManualClock;
pub use disk::MemoryDisk;
pub use gate::Gate;
pub use random::SeededRandom;
pub use vault::{VaultStand, sealed_vault, vault, vault_with_keyring};
