//! Reads a backup, item by item. An item is given out when the chunks it lies in were verified; that the backup is whole is
//! known at its end, so nothing is put into place before [`BackupReader::next_item`] gave `None`.

use crate::item_codec::{Decoded, FRAME_BYTES, Kind, decode, read_frame};
use crate::ledger::Ledger;
use crate::{BackupError, ChunkReader, ContentError, FileKey, Header, Item, SealedHeader, SetId, Summary};
use std::io::Read;
use zeroize::Zeroizing;

/// What a header is held against before anybody is asked for shares. What is absent is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    /// The recovery set of the shares at hand.
    pub set: Option<SetId>,
    /// The service that is to be restored.
    pub cluster: Option<[u8; 16]>,
}

impl Expected {
    /// `OtherSet` or `OtherCluster` when the header is of something else.
    pub fn check(&self, header: &Header) -> Result<(), BackupError> {
        let found = header.set_id();
        if let Some(expected) = self.set
            && expected != found
        {
            return Err(BackupError::OtherSet { found, expected });
        }
        if self.cluster.is_some_and(|expected| expected != header.cluster) {
            return Err(BackupError::OtherCluster);
        }
        Ok(())
    }
}

/// A backup that is being read.
pub struct BackupReader<R> {
    chunks: ChunkReader<R>,
    ledger: Ledger,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Reading,
    /// Everything was there and agreed.
    Verified(Summary),
    /// Something was wrong: nothing more is given out.
    Refused,
}

impl<R: Read> BackupReader<R> {
    /// Begins behind the header, which [`SealedHeader::read`] took off the input. `OtherFileKey` when the header was
    /// altered in any bit, since the key was derived from it, or when the recovery key is another one.
    pub fn start(input: R, header: &SealedHeader, key: &FileKey) -> Result<Self, BackupError> {
        if !key.is_committed_to(&header.commitment) {
            return Err(BackupError::OtherFileKey);
        }
        let chunks = ChunkReader::new(input, key)?;
        Ok(Self { chunks, ledger: Ledger::new(header), state: State::Reading })
    }

    /// The next item; `None` when all were given out, nothing is missing and nothing left over. After an error there are
    /// only errors.
    pub fn next_item(&mut self) -> Result<Option<Item>, BackupError> {
        match self.state {
            State::Verified(_) => return Ok(None),
            State::Refused => return Err(ContentError::Unfinished.into()),
            State::Reading => self.state = State::Refused,
        }
        match self.read_item()? {
            Decoded::Item(item) => {
                self.state = State::Reading;
                Ok(Some(item))
            }
            Decoded::End(summary) => {
                self.state = State::Verified(summary);
                Ok(None)
            }
        }
    }

    /// What the backup held, once `next_item` gave `None`. The vault has yet to check the MAC.
    pub fn summary(&self) -> Option<Summary> {
        match self.state {
            State::Verified(summary) => Some(summary),
            State::Reading | State::Refused => None,
        }
    }

    fn read_item(&mut self) -> Result<Decoded, BackupError> {
        let mut frame = [0; FRAME_BYTES];
        self.read_exactly(&mut frame)?;
        let (kind, length) = read_frame(frame)?;
        self.ledger.place(kind)?;
        let mut body = Zeroizing::new(vec![0; length]);
        self.read_exactly(&mut body)?;
        let decoded = decode(kind, &body)?;
        match &decoded {
            Decoded::End(summary) => self.check_end(summary)?,
            Decoded::Item(item) => self.enter(item)?,
        }
        if kind != Kind::End {
            self.ledger.absorb(&frame);
            self.ledger.absorb(&body);
        }
        Ok(decoded)
    }

    fn enter(&mut self, item: &Item) -> Result<(), ContentError> {
        match item {
            Item::Manifest(manifest) => self.ledger.manifest(manifest),
            Item::Record(record) => self.ledger.record(&record.key),
            Item::Checkpoint(_) => Ok(()),
            Item::Sample(_) => {
                self.ledger.sample();
                Ok(())
            }
        }
    }

    /// The end agrees with what was there, and is the end.
    fn check_end(&mut self, found: &Summary) -> Result<(), BackupError> {
        let expected = self.ledger.summary(found.mac);
        if (found.records, found.samples) != (expected.records, expected.samples) {
            return Err(ContentError::Counts.into());
        }
        if found.digest != expected.digest {
            return Err(ContentError::Digest.into());
        }
        if self.chunks.read(&mut [0; 1])? > 0 {
            return Err(ContentError::BehindTheEnd.into());
        }
        Ok(())
    }

    fn read_exactly(&mut self, buffer: &mut [u8]) -> Result<(), BackupError> {
        if self.chunks.read(buffer)? < buffer.len() {
            return Err(ContentError::Unfinished.into());
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
