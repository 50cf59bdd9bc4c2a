//! The roots of the complete subtrees that a tree consists of: what is left of it when its leaves are forgotten.

use super::hash::{Hash, empty_root, node_hash};

/// A tree that grows. At most 64 hashes, whatever its size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The largest subtree first; as many as the size has ones in binary.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A tree of this size with these peaks, the largest first; `None` unless their number fits.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let fits = usize::try_from(size.count_ones()).ok() == Some(peaks.len());
        fits.then_some(Self { size, peaks })
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_telling(leaf, |_, _| {});
    }

    /// Adds a leaf, and tells of every complete subtree that ends with it: its height and its root, from the leaf itself
    /// (height 0) upwards.
    pub fn push_telling(&mut self, leaf: Hash, mut tell: impl FnMut(u32, &Hash)) {
        let mut node = leaf;
        tell(0, &node);
        for height in 1..=self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
            tell(height, &node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }
}
