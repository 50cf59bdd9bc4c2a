//! AES-256-CBC with PKCS#7 padding, of the first clients: read by leave, because nothing says that it is unchanged.

use super::error::S3FormatError;
use aws_lc_rs::cipher::{AES_256, DecryptionContext, StreamingDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

const BLOCK_BYTES: usize = 16;

/// Content being decrypted.
pub(super) struct CbcOpener {
    key: StreamingDecryptingKey,
    buffer: Zeroizing<Vec<u8>>,
}

impl CbcOpener {
    pub(super) fn new(key: &[u8; 32], iv: &[u8; BLOCK_BYTES]) -> Result<Self, S3FormatError> {
        let context = DecryptionContext::Iv128(FixedLength::from(iv));
        let key = UnboundCipherKey::new(&AES_256, key)
            .and_then(|key| StreamingDecryptingKey::cbc_pkcs7(key, context))
            .map_err(|_| S3FormatError::Crypto("take a data key"))?;
        Ok(Self { key, buffer: Zeroizing::default() })
    }

    pub(super) fn push(&mut self, sealed: &[u8]) -> Result<&[u8], S3FormatError> {
        let room = sealed.len() + BLOCK_BYTES;
        if self.buffer.capacity() < room {
            self.buffer = Zeroizing::new(Vec::with_capacity(room));
        }
        self.buffer.resize(room, 0);
        let update = self.key.update(sealed, &mut self.buffer).map_err(|_| S3FormatError::Undecryptable)?;
        let written = update.written().len();
        Ok(self.buffer.get(..written).unwrap_or_default())
    }

    /// The last block without its padding; one wording for every fault.
    pub(super) fn finish(self) -> Result<Zeroizing<Vec<u8>>, S3FormatError> {
        let mut rest = Zeroizing::new(vec![0; BLOCK_BYTES]);
        let update = self.key.finish(&mut rest).map_err(|_| S3FormatError::Undecryptable)?;
        let written = update.written().len();
        rest.truncate(written);
        Ok(rest)
    }
}
