//! What writer and reader both keep count of: the order of items, their numbers, and the digest over header and items.

use crate::item_codec::Kind;
use crate::{ContentError, Manifest, SealedHeader, Summary};
use aws_lc_rs::digest::{Context, SHA256};

/// The items so far.
pub(crate) struct Ledger {
    /// The kind of the newest item; none before the manifest.
    newest: Option<Kind>,
    /// The header's revision, which the manifest has to repeat.
    revision: u64,
    /// Records that the manifest promised.
    promised: u64,
    records: u64,
    samples: u64,
    last_key: Vec<u8>,
    digest: Context,
}

impl Ledger {
    pub(crate) fn new(header: &SealedHeader) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(&header.to_bytes());
        let revision = header.header.revision;
        Self { newest: None, revision, promised: 0, records: 0, samples: 0, last_key: Vec::new(), digest }
    }

    /// Whether an item of this kind may stand here: manifest, records, at most one checkpoint, samples, end.
    pub(crate) fn place(&mut self, kind: Kind) -> Result<(), ContentError> {
        let allowed = match (self.newest, kind) {
            (None, kind) => kind == Kind::Manifest,
            (Some(newest), Kind::Record | Kind::Sample) => newest <= kind,
            (Some(newest), _) => newest < kind,
        };
        if !allowed {
            return Err(ContentError::OutOfPlace);
        }
        if kind > Kind::Record && self.records != self.promised {
            return Err(ContentError::Counts);
        }
        self.newest = Some(kind);
        Ok(())
    }

    pub(crate) fn manifest(&mut self, manifest: &Manifest) -> Result<(), ContentError> {
        if manifest.revision != self.revision {
            return Err(ContentError::Revision);
        }
        self.promised = manifest.records;
        Ok(())
    }

    /// Counts a record; keys ascend.
    pub(crate) fn record(&mut self, key: &[u8]) -> Result<(), ContentError> {
        if key <= self.last_key.as_slice() {
            return Err(ContentError::RecordOrder);
        }
        if self.records >= self.promised {
            return Err(ContentError::Counts);
        }
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        self.records += 1;
        Ok(())
    }

    pub(crate) fn sample(&mut self) {
        self.samples += 1;
    }

    /// Takes the bytes of an item, frame and body, into the digest; the end item's are not in it.
    pub(crate) fn absorb(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.digest.clone().finish().as_ref());
        out
    }

    /// What the end item has to say, given the vault's MAC.
    pub(crate) fn summary(&self, mac: [u8; 32]) -> Summary {
        Summary { records: self.records, samples: self.samples, digest: self.digest(), mac }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn ledger(records: u64) -> Ledger {
        let mut ledger = Ledger::new(&samples::sealed_header());
        ledger.place(Kind::Manifest).unwrap();
        ledger.manifest(&Manifest { records, ..samples::manifest() }).unwrap();
        ledger
    }

    #[test]
    fn item_out_of_place_is_refused() {
        let mut empty = Ledger::new(&samples::sealed_header());
        for kind in [Kind::Record, Kind::Checkpoint, Kind::Sample, Kind::End] {
            assert_eq!(empty.place(kind), Err(ContentError::OutOfPlace), "{kind:?} before the manifest");
        }
        let mut ledger = ledger(0);
        assert_eq!(ledger.place(Kind::Manifest), Err(ContentError::OutOfPlace));
        ledger.place(Kind::Checkpoint).unwrap();
        assert_eq!(ledger.place(Kind::Checkpoint), Err(ContentError::OutOfPlace));
        ledger.place(Kind::Sample).unwrap();
        ledger.place(Kind::Sample).unwrap();
        assert_eq!(ledger.place(Kind::Record), Err(ContentError::OutOfPlace));
        assert_eq!(ledger.place(Kind::Checkpoint), Err(ContentError::OutOfPlace));
        ledger.place(Kind::End).unwrap();
        assert_eq!(ledger.place(Kind::End), Err(ContentError::OutOfPlace));
    }

    #[test]
    fn record_twice_or_out_of_order_is_refused() {
        let mut ledger = ledger(9);
        ledger.record(b"b").unwrap();
        assert_eq!(ledger.record(b"b"), Err(ContentError::RecordOrder));
        assert_eq!(ledger.record(b"a"), Err(ContentError::RecordOrder));
        ledger.record(b"ba").unwrap();
    }

    #[test]
    fn records_are_as_many_as_promised() {
        let mut few = ledger(2);
        few.record(b"a").unwrap();
        assert_eq!(few.place(Kind::End), Err(ContentError::Counts));
        few.record(b"b").unwrap();
        assert_eq!(few.record(b"c"), Err(ContentError::Counts));
        few.place(Kind::End).unwrap();
    }

    #[test]
    fn manifest_of_another_revision_is_refused() {
        let mut ledger = Ledger::new(&samples::sealed_header());
        let other = Manifest { revision: 1, ..samples::manifest() };
        assert_eq!(ledger.manifest(&other), Err(ContentError::Revision));
    }
}
