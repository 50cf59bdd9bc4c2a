//! Blocks from the allocator are aligned, whichever way they come.

use crate::zeroing_allocator::ZeroingAllocator;
use std::alloc::{GlobalAlloc, Layout};

#[test]
#[allow(unsafe_code)]
fn blocks_of_every_length_are_aligned_as_was_asked() {
    for align in [1, 2, 4, 8, 16, 32, 128] {
        for size in (1..=2_100).chain([4_095, 5_000, 70_000]) {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: the size is not zero, and the block is freed with the layout it was allocated with.
            unsafe {
                let block = ZeroingAllocator.alloc(layout);
                assert!(
                    !block.is_null() && block.align_offset(align) == 0,
                    "{size} bytes aligned to {align}"
                );
                ZeroingAllocator.dealloc(block, layout);
            }
        }
    }
}
