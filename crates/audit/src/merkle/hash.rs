//! Leaves and nodes, told apart by their first byte (RFC 6962, section 2.1).

use aws_lc_rs::digest::{Context, SHA256, digest};

/// Length of every hash of the tree.
pub const HASH_BYTES: usize = 32;

/// A hash of the tree.
pub type Hash = [u8; HASH_BYTES];

const LEAF: u8 = 0;
const NODE: u8 = 1;

fn taken(digest: &[u8]) -> Hash {
    let mut hash = [0; HASH_BYTES];
    // A SHA-256 digest has this length.
    hash.copy_from_slice(digest);
    hash
}

/// `SHA-256(text)`, of what is no part of a tree.
pub(crate) fn text_hash(text: &[u8]) -> Hash {
    taken(digest(&SHA256, text).as_ref())
}

/// `SHA-256(0x00 || line)`; the line without its newline.
pub fn leaf_hash(line: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[LEAF]);
    context.update(line);
    taken(context.finish().as_ref())
}

/// The hash of a leaf that lies behind a spare byte, which becomes the mark of a leaf. In one call: a context costs as much as
/// three hundred bytes of a line.
pub(crate) fn marked_leaf_hash(marked: &mut [u8]) -> Hash {
    if let Some(mark) = marked.first_mut() {
        *mark = LEAF;
    }
    taken(digest(&SHA256, marked).as_ref())
}

/// `SHA-256(0x01 || left || right)`. In one call: for so few bytes a context costs more than the hash.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [NODE; 1 + 2 * HASH_BYTES];
    node[1..=HASH_BYTES].copy_from_slice(left);
    node[1 + HASH_BYTES..].copy_from_slice(right);
    taken(digest(&SHA256, &node).as_ref())
}

/// The root of a tree without leaves: the hash of nothing.
pub fn empty_root() -> Hash {
    taken(digest(&SHA256, &[]).as_ref())
}

/// The root of a complete subtree of these nodes, a power of two of them; of none the empty root.
pub(crate) fn fold(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => empty_root(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node_hash(&fold(left), &fold(right))
        }
    }
}
