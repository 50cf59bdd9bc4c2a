//! Buffers of records that were written, for the records to come: each is two kilobytes, which an allocator looks for, and which
//! the binary's own also wipes when it is given back.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Room for most records: a buffer that grows is copied.
const BYTES_USUAL: usize = 2_048;

/// A buffer with more room is given back: few records need it.
const BYTES_MAX: usize = 8_192;

/// The most that are kept, in all sixteen megabytes at most. As many as there are calls at once under load.
const SPARE_MAX: usize = 2_048;

/// The buffers that are there.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// An empty buffer.
    pub(crate) fn take(&self) -> Vec<u8> {
        let spare = self.buffers().pop();
        spare.unwrap_or_else(|| Vec::with_capacity(BYTES_USUAL))
    }

    /// Keeps buffers that are done with.
    pub(crate) fn put(&self, done: impl Iterator<Item = Vec<u8>>) {
        let mut buffers = self.buffers();
        for mut buffer in done.filter(|buffer| (BYTES_USUAL..=BYTES_MAX).contains(&buffer.capacity())) {
            if buffers.len() >= SPARE_MAX {
                return;
            }
            buffer.clear();
            buffers.push(buffer);
        }
    }

    /// A poisoned lock is taken over: the list is whole after each statement.
    fn buffers(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_empty_and_only_so_many_of_the_usual_size() {
        let spare = Spare::default();
        let mut used = spare.take();
        used.extend_from_slice(b"a record");
        let place = used.as_ptr();
        spare.put([used, Vec::with_capacity(BYTES_MAX + 1), Vec::new()].into_iter());
        assert_eq!(spare.buffers().len(), 1);
        let again = spare.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        let other = spare.take();
        assert_ne!(other.as_ptr(), place);
        spare.put((0..SPARE_MAX + 2).map(|_| Vec::with_capacity(BYTES_USUAL)));
        assert_eq!(spare.buffers().len(), SPARE_MAX);
    }
}
