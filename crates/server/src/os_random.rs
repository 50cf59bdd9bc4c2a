//! Random bytes for ids, from the kernel in blocks.

use std::sync::{Mutex, PoisonError};
use strongroom_types::Random;

/// Bytes drawn at once: a call costs the same for 16 and for 1,024.
const BLOCK_BYTES: usize = 1_024;

/// The kernel's random source, drawn in blocks. For ids, never for keys.
pub(crate) struct OsRandom {
    block: Mutex<(usize, [u8; BLOCK_BYTES])>,
}

impl OsRandom {
    pub(crate) fn new() -> Self {
        Self { block: Mutex::new((BLOCK_BYTES, [0; BLOCK_BYTES])) }
    }
}

impl Random for OsRandom {
    fn fill(&self, out: &mut [u8]) {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        for part in out.chunks_mut(BLOCK_BYTES) {
            // What is left of a block and is too little is not used.
            if block.0 + part.len() > BLOCK_BYTES {
                draw(&mut block.1);
                block.0 = 0;
            }
            let from = block.0;
            part.copy_from_slice(&block.1[from..from + part.len()]);
            block.0 += part.len();
        }
    }
}

/// getrandom(2) does not fail once the kernel is up; a process without random ids must not go on.
fn draw(block: &mut [u8; BLOCK_BYTES]) {
    let mut filled = 0;
    while filled < BLOCK_BYTES {
        match rustix::rand::getrandom(&mut block[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(bytes) => filled += bytes,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => std::process::abort(),
        }
    }
}
