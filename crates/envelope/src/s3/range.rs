//! Parts of a document without the rest: AES-CTR, which is GCM without its tag (suites 0071 and 0074).
//!
//! **Nothing about such a part is authenticated**: whoever can write the object can flip any bit of it.

use super::content::{Content, ContentKey, counter_key};
use super::error::S3FormatError;
use aws_lc_rs::cipher::{AES_256, DecryptionContext, StreamingDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use std::str::FromStr;
use zeroize::Zeroizing;

const BLOCK_BYTES: u64 = 16;

/// Bytes of the document, from the first to before the last; not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaintextRange {
    from: u64,
    to: u64,
}

impl FromStr for PlaintextRange {
    type Err = &'static str;

    /// `FROM..TO` or `FROM..`, in bytes; `TO` is not part of it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "is not FROM..TO or FROM.. in bytes, with FROM before TO";
        let (from, to) = text.split_once("..").ok_or(FORM)?;
        let from = from.parse().map_err(|_| FORM)?;
        let to = if to.is_empty() { u64::MAX } else { to.parse().map_err(|_| FORM)? };
        Self::new(from, to).ok_or(FORM)
    }
}

impl PlaintextRange {
    /// From a byte to before another; `None` if that is empty.
    pub fn new(from: u64, to: u64) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// The part of the range that a document of that many bytes has.
    pub fn within(self, plaintext_bytes: u64) -> Result<Self, S3FormatError> {
        Self::new(self.from, self.to.min(plaintext_bytes)).ok_or(S3FormatError::Range(plaintext_bytes))
    }

    /// How many bytes.
    pub fn bytes(self) -> u64 {
        self.to - self.from
    }

    /// The first byte of the object that is needed: where the block of `FROM` begins.
    fn first(self) -> u64 {
        self.from - self.from % BLOCK_BYTES
    }

    /// The value of the Range header of a request for it.
    pub fn header(self) -> String {
        format!("bytes={}-{}", self.first(), self.to - 1)
    }
}

/// Decrypts what a request for a range gives.
pub struct RangeCipher {
    key: StreamingDecryptingKey,
    /// How much at the beginning was not asked for, in bytes.
    skip: usize,
    buffer: Zeroizing<Vec<u8>>,
}

impl RangeCipher {
    /// Begins at a range that lies within the document. The counter block of byte `o`, a multiple of 16, is
    /// `IV || (2 + o / 16)` in 32 bits (NIST SP 800-38D, section 7.1).
    pub fn new(content: &Content, key: &ContentKey, range: PlaintextRange) -> Result<Self, S3FormatError> {
        let (key, iv) = counter_key(content, key)?;
        let counter = u32::try_from(2 + range.first() / BLOCK_BYTES).map_err(|_| S3FormatError::TooLong)?;
        let mut block = [0; 16];
        let (start, end) = block.split_at_mut(iv.len());
        start.copy_from_slice(&iv);
        end.copy_from_slice(&counter.to_be_bytes());
        let context = DecryptionContext::Iv128(FixedLength::from(block));
        let key = UnboundCipherKey::new(&AES_256, key.as_slice())
            .and_then(|key| StreamingDecryptingKey::ctr(key, context))
            .map_err(|_| S3FormatError::Crypto("take a data key"))?;
        let skip = (range.from - range.first()) as usize;
        Ok(Self { key, skip, buffer: Zeroizing::default() })
    }

    /// The next piece of the answer as plaintext, **not authenticated**.
    pub fn push(&mut self, sealed: &[u8]) -> Result<&[u8], S3FormatError> {
        let room = sealed.len() + BLOCK_BYTES as usize;
        if self.buffer.capacity() < room {
            self.buffer = Zeroizing::new(Vec::with_capacity(room));
        }
        self.buffer.resize(room, 0);
        let update = self.key.update(sealed, &mut self.buffer);
        let written = update.map_err(|_| S3FormatError::Crypto("decrypt"))?.written().len();
        let skipped = self.skip.min(written);
        self.skip -= skipped;
        Ok(self.buffer.get(skipped..written).unwrap_or_default())
    }
}
