//! Where random bytes that are not secret (ids) come from.

/// A source of random bytes. Ids only: keys and nonces are made inside the vault.
pub trait Random: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, out: &mut [u8]);

    /// Sixteen bytes, the size of an id.
    fn id16(&self) -> [u8; 16] {
        let mut id = [0; 16];
        self.fill(&mut id);
        id
    }

    /// Thirty-two bytes, the size of a grant's id.
    fn id32(&self) -> [u8; 32] {
        let mut id = [0; 32];
        self.fill(&mut id);
        id
    }
}
