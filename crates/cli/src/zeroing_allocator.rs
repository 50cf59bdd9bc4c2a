//! The binary's allocator: mimalloc, but memory is zeroed before it is given back.
//!
//! A data key passes through buffers that are not ours: the SDK's response body, its Base64 decoder, the TLS
//! library's plaintext. They do not wipe, so the allocator does it for everybody. Vectors that grow are moved by
//! a new allocation and a wiped old one (the provided `realloc`).

use libmimalloc_sys::mi_malloc;
use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

/// mimalloc with zeroing of freed memory.
pub(crate) struct ZeroingAllocator;

/// Whether freed memory is zeroed: a switch only for the test that shows what the zeroing does.
#[cfg(test)]
pub(crate) static ZEROING: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(true);

#[cfg(test)]
fn zeroing() -> bool {
    ZEROING.load(std::sync::atomic::Ordering::Relaxed)
}

#[cfg(not(test))]
const fn zeroing() -> bool {
    true
}

/// Whether every block of this length is aligned well enough: mimalloc aligns blocks of 8 bytes to 8 and longer ones to 16.
/// Its function for aligned blocks, which the crate calls for all, takes a slow way beyond 1 KiB (docs/benchmarks.md).
const fn is_natural(layout: Layout) -> bool {
    layout.align() <= 8 || layout.align() == 16 && layout.size() >= 16
}

// SAFETY: every call is handed to mimalloc with the layout it came with, or with its size alone where every block of that size
// is aligned as the layout asks; between the last use of a block by its owner and its return to mimalloc the block is only
// written, within its layout.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for ZeroingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_natural(layout) {
            // SAFETY: any size may be asked for, and what comes is aligned as it has to be.
            return unsafe { mi_malloc(layout.size()) }.cast();
        }
        // SAFETY: the caller keeps the contract of `alloc`, which is the same for `MiMalloc`.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if zeroing() {
            // SAFETY: the block is `layout.size()` bytes long, ours until it is freed below, and nobody reads it.
            unsafe { block.write_bytes(0, layout.size()) };
            // The compiler may drop writes to memory that is freed next; it cannot see through this.
            black_box(block);
        }
        // SAFETY: `block` came from mimalloc, which frees the blocks of all its functions alike, with this layout.
        unsafe { MiMalloc.dealloc(block, layout) }
    }
}
