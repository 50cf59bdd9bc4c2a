//! Writes a backup: header, then items in their order, sealed as they come. Constant memory.

use crate::item_codec::{Kind, encode_checkpoint, encode_end, encode_manifest, encode_record, encode_sample};
use crate::ledger::Ledger;
use crate::{AuditCheckpoint, BackupError, ChunkWriter, FileKey, Manifest, Sample, SealedHeader, Summary};
use std::io::Write;

/// A backup that is being written. It is whole when [`BackupWriter::finish`] said so; anything before is refused by the
/// reader.
pub struct BackupWriter<W> {
    chunks: ChunkWriter<W>,
    ledger: Ledger,
}

impl<W: Write> BackupWriter<W> {
    /// Writes header and manifest. The manifest promises how many records follow.
    pub fn start(
        mut out: W,
        header: &SealedHeader,
        key: &FileKey,
        manifest: &Manifest,
    ) -> Result<Self, BackupError> {
        if !key.is_committed_to(&header.commitment) {
            return Err(BackupError::OtherFileKey);
        }
        let mut ledger = Ledger::new(header);
        ledger.place(Kind::Manifest)?;
        ledger.manifest(manifest)?;
        let item = encode_manifest(manifest)?;
        out.write_all(&header.to_bytes())?;
        let mut writer = Self { chunks: ChunkWriter::new(out, key)?, ledger };
        writer.put(&item)?;
        Ok(writer)
    }

    /// Writes a record of the store, in ascending order of keys (1 to 512 bytes); a value has at most 1 MiB.
    pub fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        let item = encode_record(key, value)?;
        self.ledger.place(Kind::Record)?;
        self.ledger.record(key)?;
        self.put(&item)
    }

    /// Writes where the audit log stood: once, behind the records.
    pub fn checkpoint(&mut self, checkpoint: &AuditCheckpoint) -> Result<(), BackupError> {
        let item = encode_checkpoint(checkpoint)?;
        self.ledger.place(Kind::Checkpoint)?;
        self.put(&item)
    }

    /// Writes a ciphertext to rehearse with, behind everything else.
    pub fn sample(&mut self, sample: &Sample) -> Result<(), BackupError> {
        let item = encode_sample(sample)?;
        self.ledger.place(Kind::Sample)?;
        self.ledger.sample();
        self.put(&item)
    }

    /// SHA-256 of everything so far, header included: what the vault makes its MAC of when the last item is written.
    pub fn digest(&self) -> [u8; 32] {
        self.ledger.digest()
    }

    /// Writes the end, with the vault's MAC of [`BackupWriter::digest`], and flushes. The caller syncs and verifies.
    pub fn finish(mut self, mac: [u8; 32]) -> Result<(W, Summary), BackupError> {
        let summary = self.ledger.summary(mac);
        self.ledger.place(Kind::End)?;
        self.chunks.write(&encode_end(&summary)?)?;
        Ok((self.chunks.finish()?, summary))
    }

    fn put(&mut self, item: &[u8]) -> Result<(), BackupError> {
        self.ledger.absorb(item);
        self.chunks.write(item)
    }
}
