//! Proofs that a leaf is in a tree and that a tree grew out of another: made as RFC 6962 section 2.1 defines them,
//! verified as RFC 9162 section 2.1 does.

use super::hash::{Hash, empty_root, node_hash};
use std::io;

/// Where hashes of complete subtrees come from.
pub trait Nodes {
    /// The root of the `index`th subtree of `2^level` leaves; asked only for subtrees that are complete.
    fn node(&self, level: u32, index: u64) -> io::Result<Hash>;
}

/// Why no proof can be made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// There is no such leaf, or no such smaller tree.
    #[error("{what} {asked} is not within a tree of {size} records")]
    OutOfRange {
        /// What was asked for: `record` or `size`.
        what: &'static str,
        /// Its number.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
    /// The hashes could not be read.
    #[error("the tree's hashes cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// The largest power of two below `leaves`, of at least two leaves.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The hash of the leaves `start..end`, where `start` is a multiple of the power of two at or above their number.
fn range<N: Nodes + ?Sized>(nodes: &N, start: u64, end: u64) -> io::Result<Hash> {
    let leaves = end - start;
    if leaves == 0 {
        return Ok(empty_root());
    }
    if leaves.is_power_of_two() {
        let level = leaves.trailing_zeros();
        return nodes.node(level, start >> level);
    }
    let middle = start + split(leaves);
    Ok(node_hash(&range(nodes, start, middle)?, &range(nodes, middle, end)?))
}

/// The root of the first `size` leaves.
pub fn root_at<N: Nodes + ?Sized>(nodes: &N, size: u64) -> io::Result<Hash> {
    range(nodes, 0, size)
}

/// The path of a leaf in the tree of the first `size` leaves: siblings from the bottom to the top.
pub fn inclusion_proof<N: Nodes + ?Sized>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { what: "record", asked: index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// What shows that the tree of the first `new` leaves begins with that of the first `old`.
pub fn consistency_proof<N: Nodes + ?Sized>(nodes: &N, old: u64, new: u64) -> Result<Vec<Hash>, ProofError> {
    if old > new {
        return Err(ProofError::OutOfRange { what: "size", asked: old, size: new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    let mut proof = Vec::new();
    // Down to the subtree that ends where the old tree does.
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, start, middle)?);
            start = middle;
        }
    }
    // The verifier has the old root; a subtree that is not all of the old tree has to be told.
    if start != 0 {
        proof.push(range(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether the leaf is the `index`th of a tree of `size` leaves with this root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let mut walk = Walk { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        match walk.step() {
            Step::Beyond => return false,
            Step::Left => hash = node_hash(sibling, &hash),
            Step::Right => hash = node_hash(&hash, sibling),
        }
    }
    walk.last == 0 && hash == *root
}

/// Whether a tree of `new` leaves grew out of the one of `old` leaves, given their roots.
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    if old > new {
        return false;
    }
    let (first, rest) = match proof.split_first() {
        _ if old.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (first, rest),
        None => return false,
    };
    let shift = (old - 1).trailing_ones();
    let mut walk = Walk { node: (old - 1) >> shift, last: (new - 1) >> shift };
    let (mut of_old, mut of_new) = (*first, *first);
    for hash in rest {
        match walk.step() {
            Step::Beyond => return false,
            Step::Left => {
                of_old = node_hash(hash, &of_old);
                of_new = node_hash(hash, &of_new);
            }
            Step::Right => of_new = node_hash(&of_new, hash),
        }
    }
    walk.last == 0 && of_old == *old_root && of_new == *new_root
}

/// The way from a node to the root: its number in its level, and the last node's.
struct Walk {
    node: u64,
    last: u64,
}

/// On which side the next hash of a proof belongs.
enum Step {
    Left,
    Right,
    /// The root was reached before.
    Beyond,
}

impl Walk {
    fn step(&mut self) -> Step {
        if self.last == 0 {
            return Step::Beyond;
        }
        let left = self.node & 1 == 1 || self.node == self.last;
        if left && self.node & 1 == 0 {
            // The last node of its level, which is not 0 here, has no sibling and moves up as it is.
            let shift = self.node.trailing_zeros();
            self.node >>= shift;
            self.last >>= shift;
        }
        self.node >>= 1;
        self.last >>= 1;
        if left { Step::Left } else { Step::Right }
    }
}
