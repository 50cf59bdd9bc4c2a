//! A search through the process's own writable memory that does not find itself.

use std::fs::File;
use std::io::{Read as _, stdin};
use std::os::unix::fs::FileExt as _;

const MASK: u8 = 0xa5;
const CHUNK_BYTES: usize = 1 << 20;
const PATTERN_BYTES_MAX: usize = 64;

/// What to look for, each byte masked.
pub(crate) struct Patterns(Vec<Vec<u8>>);

/// The masked form of a pattern, in hex.
pub(crate) fn mask_to_hex(pattern: &[u8]) -> String {
    pattern.iter().map(|byte| format!("{:02x}", byte ^ MASK)).collect()
}

impl Patterns {
    /// So many lines of hex.
    pub(crate) fn from_stdin(lines: usize) -> Self {
        let lines = stdin().lines().take(lines).map(Result::unwrap);
        let byte = |line: &str, at| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
        Self(lines.map(|line| (0..line.len()).step_by(2).map(|at| byte(&line, at)).collect()).collect())
    }
}

/// Reads the process's own memory. Its buffers are made once, and so large that they are mappings of their own:
/// a search must not disturb freed memory, which is what it looks at.
pub(crate) struct Scanner {
    room: Vec<u8>,
    maps: Vec<u8>,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self { room: vec![0; CHUNK_BYTES + PATTERN_BYTES_MAX], maps: vec![0; CHUNK_BYTES] }
    }

    /// How often each pattern stands in writable memory; always four numbers.
    pub(crate) fn scan(&mut self, patterns: &Patterns) -> [u32; 4] {
        let mut found = [0; 4];
        let memory = File::open("/proc/self/mem").unwrap();
        let mut maps = File::open("/proc/self/maps").unwrap();
        let mut used = 0;
        loop {
            match maps.read(&mut self.maps[used..]).unwrap() {
                0 => break,
                bytes => used += bytes,
            }
        }
        for (start, end) in writable_regions(std::str::from_utf8(&self.maps[..used]).unwrap()) {
            scan_region(&memory, &mut self.room, patterns, start, end, &mut found);
        }
        found
    }
}

fn scan_region(
    memory: &File,
    room: &mut [u8],
    patterns: &Patterns,
    start: u64,
    end: u64,
    found: &mut [u32; 4],
) {
    let own = room.as_ptr() as u64..room.as_ptr() as u64 + room.len() as u64;
    let mut at = start;
    while at < end {
        if own.contains(&at) {
            at = own.end;
            continue;
        }
        // Never into the buffer that is read into: it holds copies of what was just read.
        let stop = if at < own.start { end.min(own.start) } else { end };
        let bytes = (stop - at).min(room.len() as u64) as usize;
        let read = memory.read_at(&mut room[..bytes], at).unwrap_or(0);
        if !is_blank(&room[..read]) {
            for (pattern, found) in patterns.0.iter().zip(&mut *found) {
                *found += count(&room[..read], pattern);
            }
        }
        at += (bytes as u64).min(CHUNK_BYTES as u64);
    }
}

/// Whether there is nothing but zeros, which is most of the gigabyte that the allocator reserves. One comparison of two slices,
/// which is fast in a test's build too.
fn is_blank(memory: &[u8]) -> bool {
    memory.first().is_none_or(|first| *first == 0 && memory[1..] == memory[..memory.len() - 1])
}

fn writable_regions(maps: &str) -> impl Iterator<Item = (u64, u64)> {
    let writable =
        maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw")));
    let address = |text| u64::from_str_radix(text, 16).unwrap();
    writable
        .map(|line| line.split(' ').next().unwrap().split_once('-').unwrap())
        .map(move |(start, end)| (address(start), address(end)))
}

/// Places that begin in the chunk proper; what begins in the overlap is counted with the next chunk.
fn count(memory: &[u8], pattern: &[u8]) -> u32 {
    let first = pattern[0] ^ MASK;
    let mut found = 0;
    for at in 0..memory.len().min(CHUNK_BYTES) {
        let same = || memory[at..].iter().zip(pattern).take_while(|(a, b)| **a ^ MASK == **b).count();
        if memory[at] == first && same() == pattern.len() {
            found += 1;
        }
    }
    found
}
