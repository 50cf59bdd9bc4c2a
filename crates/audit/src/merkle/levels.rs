//! The tree on the disk: `tree/00` has the hash of every leaf, `tree/08` of every complete subtree of 256 leaves,
//! `tree/16` of every 256 of those, and so on. They only grow, they can be made anew from the lines, and any proof takes
//! a few short reads of them.

use super::frontier::Frontier;
use super::hash::{HASH_BYTES, Hash, fold};
use super::proof::Nodes;
use crate::disk::FilesBeside;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Levels of the tree between two files.
const STRIDE: u32 = 8;

/// Nodes of one file that make one of the next.
const WIDTH: usize = 1 << STRIDE;

/// Files: enough for 2^64 leaves.
const FILES: u32 = u64::BITS / STRIDE;

/// The level files of a log.
#[derive(Clone)]
pub struct Levels {
    disk: Arc<dyn FilesBeside>,
    size: u64,
    /// Of each file the nodes that do not make one of the next yet.
    tails: Vec<Vec<Hash>>,
    /// Of each file what was not written yet.
    unwritten: Vec<Vec<u8>>,
    /// A write failed: the files may have a part of what was not written.
    failed: bool,
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Levels").field("size", &self.size).finish_non_exhaustive()
    }
}

fn name(file: u32) -> String {
    format!("tree/{:02}", file * STRIDE)
}

/// The names of all of them.
pub(crate) fn level_files() -> impl Iterator<Item = String> {
    (0..FILES).map(name)
}

/// How many nodes a file has for so many leaves.
fn nodes_in(file: u32, size: u64) -> u64 {
    size.checked_shr(file * STRIDE).unwrap_or(0)
}

impl Levels {
    /// The files as far as the leaves go.
    pub fn open(disk: Arc<dyn FilesBeside>) -> io::Result<Self> {
        let size = disk.length(&name(0))? / HASH_BYTES as u64;
        Self::of_size(disk, size)
    }

    /// The files of the first `size` leaves; what is beyond is cut off, and what a crash left out above is made anew from
    /// what is below it. `UnexpectedEof` if there are not so many leaves.
    pub fn of_size(disk: Arc<dyn FilesBeside>, size: u64) -> io::Result<Self> {
        for file in 0..FILES {
            let (nodes, length) = (nodes_in(file, size), disk.length(&name(file))?);
            let bytes = nodes * HASH_BYTES as u64;
            if length > bytes {
                disk.cut(&name(file), bytes)?;
            }
            if file > 0 && length < bytes {
                let whole = length / HASH_BYTES as u64;
                disk.cut(&name(file), whole * HASH_BYTES as u64)?;
                make_up(&*disk, file, whole, nodes)?;
            }
        }
        Self::read(disk, size)
    }

    fn read(disk: Arc<dyn FilesBeside>, size: u64) -> io::Result<Self> {
        let mut tails = Vec::new();
        for file in 0..FILES {
            let nodes = nodes_in(file, size);
            let tail = nodes % WIDTH as u64;
            tails.push(read_nodes(&*disk, file, nodes - tail, tail)?);
        }
        Ok(Self { disk, size, tails, unwritten: vec![Vec::new(); FILES as usize], failed: false })
    }

    /// The files to read proofs from, for the first `size` leaves.
    pub fn reader(disk: Arc<dyn FilesBeside>) -> Self {
        Self { disk, size: 0, tails: Vec::new(), unwritten: Vec::new(), failed: false }
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; [`Self::write`] makes it visible to readers.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for (tail, unwritten) in self.tails.iter_mut().zip(&mut self.unwritten) {
            tail.push(node);
            unwritten.extend_from_slice(&node);
            if tail.len() < WIDTH {
                break;
            }
            node = fold(tail);
            tail.clear();
        }
        self.size += 1;
    }

    /// Adds what [`Frontier::push_telling`] tells of a leaf, all of it and in its order, in place of [`Self::push`]: nothing is
    /// hashed twice.
    pub fn take(&mut self, height: u32, node: &Hash) {
        if height == 0 {
            self.size += 1;
        }
        if !height.is_multiple_of(STRIDE) {
            return;
        }
        let file = (height / STRIDE) as usize;
        // What the node is made of is all of the file below that makes none yet.
        if let Some(below) = file.checked_sub(1).and_then(|below| self.tails.get_mut(below)) {
            below.clear();
        }
        if let (Some(tail), Some(unwritten)) = (self.tails.get_mut(file), self.unwritten.get_mut(file)) {
            tail.push(*node);
            unwritten.extend_from_slice(node);
        }
    }

    /// Writes what was added. What fails is tried again with what is added next.
    pub fn write(&mut self) -> io::Result<()> {
        let again = std::mem::replace(&mut self.failed, true);
        for (file, unwritten) in (0..FILES).zip(&mut self.unwritten) {
            if again {
                let written = nodes_in(file, self.size) * HASH_BYTES as u64 - unwritten.len() as u64;
                self.disk.cut(&name(file), written)?;
            }
            if !unwritten.is_empty() {
                self.disk.append(&name(file), unwritten, false)?;
                unwritten.clear();
            }
        }
        self.failed = false;
        Ok(())
    }

    /// The peaks of the tree.
    pub fn frontier(&self) -> Frontier {
        let mut peaks = Vec::new();
        for tail in self.tails.iter().rev() {
            let mut rest = tail.as_slice();
            while !rest.is_empty() {
                let (whole, after) = rest.split_at(1 << rest.len().ilog2());
                peaks.push(fold(whole));
                rest = after;
            }
        }
        Frontier::new(self.size, peaks).unwrap_or_default()
    }
}

impl Nodes for Levels {
    fn node(&self, level: u32, index: u64) -> io::Result<Hash> {
        let above = level % STRIDE;
        Ok(fold(&read_nodes(&*self.disk, level / STRIDE, index << above, 1 << above)?))
    }
}

/// Appends the nodes `from..to` of a file, made of the file below it.
fn make_up(disk: &dyn FilesBeside, file: u32, from: u64, to: u64) -> io::Result<()> {
    for node in from..to {
        let below = read_nodes(disk, file - 1, node * WIDTH as u64, WIDTH as u64)?;
        disk.append(&name(file), &fold(&below), false)?;
    }
    Ok(())
}

fn read_nodes(disk: &dyn FilesBeside, file: u32, first: u64, count: u64) -> io::Result<Vec<Hash>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let bytes = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(HASH_BYTES);
    let read = disk.read_part(&name(file), first * HASH_BYTES as u64, bytes)?;
    if read.len() != bytes {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} is too short", name(file))));
    }
    let nodes = read.chunks_exact(HASH_BYTES).filter_map(|chunk| chunk.try_into().ok());
    Ok(nodes.collect())
}
