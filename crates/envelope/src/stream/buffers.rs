//! Reused buffers that are wiped when they are freed.

use zeroize::Zeroizing;

/// Room for the input and the output of one claim or batch.
#[derive(Default)]
pub(super) struct Buffers {
    /// What was read.
    pub(super) input: Buffer,
    /// What will be written.
    pub(super) output: Buffer,
}

/// A byte buffer that never leaves a copy of its content behind: it grows by a fresh allocation, and wipes.
#[derive(Default)]
pub(super) struct Buffer(Zeroizing<Vec<u8>>);

impl Buffer {
    /// Exactly `bytes` bytes to be overwritten; what they hold before is unspecified.
    pub(super) fn room(&mut self, bytes: usize) -> &mut [u8] {
        if self.0.capacity() < bytes {
            self.0 = Zeroizing::new(Vec::with_capacity(bytes));
        }
        self.0.resize(bytes, 0);
        &mut self.0
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The vector itself, for readers that append; only ciphertext is read that way.
    pub(super) fn vector(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}
