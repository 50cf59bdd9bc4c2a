//! Wiping the stack after work with secrets. Compiled code and libraries leave copies there of what they worked on, and what
//! a stack once held stays until something else is written over it.

use zeroize::Zeroize as _;

/// How much is overwritten: more than any act or command goes down.
const WIPED_BYTES: usize = 256 << 10;

/// Does some work, then overwrites the stack below the caller. What the work takes along and gives back goes by value, so it
/// may point at secrets and not hold them.
pub(crate) fn wiped_after<T>(work: impl FnOnce() -> T) -> T {
    let done = below(work);
    wipe();
    done
}

/// Never inlined: its frame and those of all that it calls lie where [`wipe`] writes.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe() {
    let mut stack = [0_u8; WIPED_BYTES];
    stack.zeroize();
    std::hint::black_box(&stack);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::hint::black_box;
    use std::os::unix::fs::FileExt;

    /// Below what looking at it needs itself.
    const DEPTH: usize = 64 << 10;

    /// Leaves a secret on the stack and says where.
    #[inline(never)]
    fn careless() -> u64 {
        let local = [0xa5_u8; DEPTH];
        black_box(&local).as_ptr() as u64
    }

    #[test]
    fn what_work_leaves_on_the_stack_is_overwritten() {
        let memory = File::open("/proc/self/mem").unwrap();
        let look = |at: u64| {
            let mut found = [1; 32];
            memory.read_exact_at(&mut found, at).unwrap();
            found
        };
        assert_eq!(look(careless()), [0xa5; 32], "the control: nobody wipes");
        assert_eq!(look(wiped_after(careless)), [0; 32]);
    }
}
