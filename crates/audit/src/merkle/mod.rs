//! The Merkle tree of the log (RFC 6962, section 2.1): a leaf is one line without its newline.
//!
//! `hash` has the two kinds of nodes, `frontier` what is enough to add leaves and to know the root, `proof` inclusion and
//! consistency, `levels` the files from which proofs are made without reading the lines again.

mod frontier;
mod hash;
mod levels;
mod proof;

pub use frontier::Frontier;
pub use hash::{HASH_BYTES, Hash, empty_root, leaf_hash, node_hash};
pub(crate) use hash::{marked_leaf_hash, text_hash};
pub use levels::Levels;
pub(crate) use levels::level_files;
pub use proof::{
    Nodes, ProofError, consistency_proof, inclusion_proof, root_at, verify_consistency, verify_inclusion,
};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
