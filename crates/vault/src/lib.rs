//! The process that holds keys: it unwraps, uses and wraps key material, and nothing else.
//!
//! It opens no file and no network, and parses nothing but the frames of `strongroom-vault-protocol`. Start
//! reading at `execute.rs`: one function per command of the front. `custody.rs` has what an operator does, over the
//! supervisor's line; `proposal.rs` what becomes of the keyring then; `recovery.rs` and `restore.rs` what shares on paper are
//! for; `cluster.rs` and `store_key.rs` use keys that are in tokens.

mod access_key;
mod arena;
mod binding;
mod cache;
mod checkpoint;
mod cluster;
mod custody;
mod dates;
mod execute;
mod expiry;
mod hierarchy;
mod in_process;
mod lane;
mod mfa;
mod passphrase;
mod pkcs11_line;
mod pkcs11_root;
mod process;
mod proposal;
mod random;
mod recovery;
mod restore;
mod rewrap;
mod root;
mod session;
mod stack;
mod staying;
mod store_key;
mod token;
mod vault;

pub use in_process::{
    InProcessCustody, in_process, in_process_with, in_process_with_custody, in_process_without_root,
};
pub use process::{RANDOM_FAILED_EXIT, run};
