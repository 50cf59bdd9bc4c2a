//! The tree against RFC 6962's reference vectors and against the definition written down once more, as plain recursion
//! over all leaves.

use super::*;
use crate::disk::FilesBeside as _;
use crate::memory_files::MemoryFiles;
use proptest::prelude::*;
use std::sync::Arc;

/// The eight leaves of the Certificate Transparency reference implementation.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The roots of the first one, two, ... of them.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(hash: &Hash) -> String {
    const_hex::encode(hash)
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(number.to_string().as_bytes())).collect()
}

/// Section 2.1's MTH.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(naive_split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

fn naive_split(count: usize) -> usize {
    let mut power = 1;
    while power * 2 < count {
        power *= 2;
    }
    power
}

/// Section 2.1.1's PATH.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(naive_split(leaves.len()));
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (naive_path(index, left), naive_root(right)),
        Some(index) => (naive_path(index, right), naive_root(left)),
    };
    path.push(sibling);
    path
}

/// Section 2.1.2's SUBPROOF.
fn naive_subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(naive_split(leaves.len()));
    let (mut proof, sibling) = match old.checked_sub(left.len()) {
        None | Some(0) => (naive_subproof(old, left, whole), naive_root(right)),
        Some(old) => (naive_subproof(old, right, false), naive_root(left)),
    };
    proof.push(sibling);
    proof
}

fn levels(leaves: &[Hash]) -> Levels {
    let mut levels = Levels::open(Arc::new(MemoryFiles::default())).unwrap();
    leaves.iter().for_each(|leaf| levels.push(*leaf));
    levels.write().unwrap();
    levels
}

#[test]
fn rfc_6962_reference_roots() {
    let leaves: Vec<Hash> = LEAVES.iter().map(|leaf| leaf_hash(&const_hex::decode(leaf).unwrap())).collect();
    assert_eq!(hex(&empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), empty_root());
    for (leaf, root) in leaves.iter().zip(ROOTS) {
        frontier.push(*leaf);
        assert_eq!(hex(&frontier.root()), root);
    }
    let levels = levels(&leaves);
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(hex(&root_at(&levels, size).unwrap()), root);
    }
}

#[test]
fn rfc_6962_reference_proofs() {
    let leaves: Vec<Hash> = LEAVES.iter().map(|leaf| leaf_hash(&const_hex::decode(leaf).unwrap())).collect();
    let levels = levels(&leaves);
    let inclusion =
        |index, size| inclusion_proof(&levels, index, size).unwrap().iter().map(hex).collect::<Vec<_>>();
    assert!(inclusion(0, 1).is_empty());
    assert_eq!(
        inclusion(0, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        inclusion(5, 8),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    let consistency =
        |old, new| consistency_proof(&levels, old, new).unwrap().iter().map(hex).collect::<Vec<_>>();
    assert_eq!(
        consistency(6, 8),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
    assert_eq!(
        consistency(2, 5),
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ]
    );
}

#[test]
fn level_files_go_on_where_they_ended_and_are_cut_to_size() {
    let files = Arc::new(MemoryFiles::default());
    let all = leaves(70_000);
    let mut levels = Levels::open(files.clone()).unwrap();
    for chunk in all.chunks(9_999) {
        chunk.iter().for_each(|leaf| levels.push(*leaf));
        levels.write().unwrap();
        levels = Levels::open(files.clone()).unwrap();
    }
    assert_eq!(levels.frontier().root(), naive_root(&all));
    let shorter = Levels::of_size(files.clone(), 66_001).unwrap();
    assert_eq!(shorter.frontier().root(), naive_root(&all[..66_001]));
    assert_eq!(Levels::open(files.clone()).unwrap().size(), 66_001);
    files.cut("tree/08", 100).unwrap();
    let mended = Levels::open(files).unwrap();
    assert_eq!(root_at(&mended, 66_001).unwrap(), naive_root(&all[..66_001]), "made up from the leaves");
}

#[test]
fn level_files_take_what_a_frontier_tells_as_if_they_had_hashed_it() {
    let (hashed, told) = (Arc::new(MemoryFiles::default()), Arc::new(MemoryFiles::default()));
    let mut by_themselves = Levels::open(hashed.clone()).unwrap();
    let mut by_frontier = Levels::open(told.clone()).unwrap();
    let mut frontier = Frontier::default();
    for (number, leaf) in leaves(66_000).into_iter().enumerate() {
        by_themselves.push(leaf);
        // Now and then by itself: both go on where the other ended.
        if number.is_multiple_of(777) {
            frontier.push(leaf);
            by_frontier.push(leaf);
        } else {
            frontier.push_telling(leaf, |height, node| by_frontier.take(height, node));
        }
    }
    assert_eq!((by_frontier.size(), by_frontier.frontier()), (66_000, frontier));
    by_themselves.write().unwrap();
    by_frontier.write().unwrap();
    for file in level_files() {
        let whole = |files: &MemoryFiles| files.read_part(&file, 0, usize::MAX).unwrap();
        assert_eq!(whole(&hashed), whole(&told), "{file}");
    }
}

#[test]
fn out_of_range_proofs_are_not_made() {
    let levels = levels(&leaves(4));
    assert!(inclusion_proof(&levels, 4, 4).is_err());
    assert!(consistency_proof(&levels, 5, 4).is_err());
    assert!(Frontier::new(3, Vec::new()).is_none());
}

proptest! {
    #[test]
    fn inclusion_as_the_definition_has_it(size in 1_usize..600, at: prop::sample::Index, flip: prop::sample::Index) {
        let (leaves, index) = (leaves(size), at.index(size));
        let (levels, root) = (levels(&leaves), naive_root(&leaves));
        let proof = inclusion_proof(&levels, index as u64, size as u64).unwrap();
        prop_assert_eq!(&proof, &naive_path(index, &leaves));
        let holds = |leaf: &Hash, index: usize, size: usize, proof: &[Hash]| {
            verify_inclusion(leaf, index as u64, size as u64, proof, &root)
        };
        prop_assert!(holds(&leaves[index], index, size, &proof));
        prop_assert!(!holds(&leaf_hash(b"another"), index, size, &proof));
        prop_assert!(!holds(&leaves[index], index + size, size, &proof));
        if !proof.is_empty() {
            let mut wrong = proof.clone();
            wrong[flip.index(proof.len())][0] ^= 1;
            prop_assert!(!holds(&leaves[index], index, size, &wrong));
            prop_assert!(!holds(&leaves[index], index, size, &proof[1..]));
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(!holds(&leaves[index], index, size, &longer));
    }

    #[test]
    fn consistency_as_the_definition_has_it(new in 1_usize..600, at: prop::sample::Index, flip: prop::sample::Index) {
        let (leaves, old) = (leaves(new), at.index(new) + 1);
        let levels = levels(&leaves);
        let (old_root, new_root) = (naive_root(&leaves[..old]), naive_root(&leaves));
        let proof = consistency_proof(&levels, old as u64, new as u64).unwrap();
        prop_assert_eq!(&proof, &naive_subproof(old, &leaves, true));
        let holds = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
            verify_consistency((old as u64, old_root), (new as u64, new_root), proof)
        };
        prop_assert!(holds(&old_root, &new_root, &proof));
        prop_assert!(!holds(&leaf_hash(b"x"), &new_root, &proof));
        prop_assert!(!holds(&old_root, &leaf_hash(b"x"), &proof));
        if !proof.is_empty() {
            let mut wrong = proof.clone();
            wrong[flip.index(proof.len())][0] ^= 1;
            prop_assert!(!holds(&old_root, &new_root, &wrong));
        }
    }
}
