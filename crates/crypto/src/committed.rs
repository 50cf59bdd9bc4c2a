//! The committing seal that blobs and records share: `header · commitment 32 · ciphertext · tag 16`.
//!
//! Header and bound data go into the derivation, so the commitment binds key, header and bound data: nothing
//! opens under two keys or two contexts. The derived key serves once, hence the constant IV.

use crate::{CryptoError, KEY_BYTES, derive};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use strongroom_types::SecretBytes;
use subtle::Choice;
use zeroize::Zeroizing;

pub(crate) const COMMITMENT_BYTES: usize = 32;
pub(crate) const TAG_BYTES: usize = 16;

/// T(1) and T(2) of one derivation: the key of one sealed thing, and its commitment.
pub(crate) type Blocks = [u8; KEY_BYTES + COMMITMENT_BYTES];

/// The blocks of one sealed thing, from a key that is here and the hash of what is bound, written where they are wiped: a move would leave a copy behind.
fn fill_blocks(
    blocks: &mut Blocks,
    key: &[u8; KEY_BYTES],
    label: &[u8],
    header: &[u8],
    bound: &Digest,
) -> Result<(), CryptoError> {
    derive(key, label, &[header, bound.as_ref()], blocks)
}

/// What a derivation elsewhere takes to give the same blocks: `label · 00 · header · SHA-256(bound) · u32 512`.
pub(crate) fn info(label: &[u8], header: &[u8], bound: &[u8]) -> Vec<u8> {
    let bits = (8 * size_of::<Blocks>() as u32).to_be_bytes();
    [label, &[0], header, digest(&SHA256, bound).as_ref(), &bits].concat()
}

fn split(blocks: &Blocks) -> Result<(LessSafeKey, [u8; COMMITMENT_BYTES]), CryptoError> {
    let (message_key, second) = blocks.split_at(KEY_BYTES);
    let mut commitment = [0; COMMITMENT_BYTES];
    commitment.copy_from_slice(second);
    Ok((LessSafeKey::new(UnboundKey::new(&AES_256_GCM, message_key)?), commitment))
}

/// Seals `plaintext` under a key derived for this header alone, which must hold a nonce.
pub(crate) fn seal(
    key: &[u8; KEY_BYTES],
    label: &[u8],
    header: &[u8],
    bound: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    seal_hashed(key, label, header, (bound, &digest(&SHA256, bound)), plaintext)
}

/// The same, given the bound data with its hash.
pub(crate) fn seal_hashed(
    key: &[u8; KEY_BYTES],
    label: &[u8],
    header: &[u8],
    (bound, hash): (&[u8], &Digest),
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let mut blocks = Zeroizing::new([0_u8; KEY_BYTES + COMMITMENT_BYTES]);
    fill_blocks(&mut blocks, key, label, header, hash)?;
    seal_under(&blocks, header, bound, plaintext)
}

/// The same under blocks that were derived for this header and bound data.
pub(crate) fn seal_under(
    blocks: &Blocks,
    header: &[u8],
    bound: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let (message_key, commitment) = split(blocks)?;
    let aad = [header, &commitment, bound].concat();
    let mut out = Vec::with_capacity(header.len() + COMMITMENT_BYTES + plaintext.len() + TAG_BYTES);
    out.extend_from_slice(header);
    out.extend_from_slice(&commitment);
    let start = out.len();
    out.extend_from_slice(plaintext);
    let iv = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let (_, text) = out.split_at_mut(start);
    let tag = message_key.seal_in_place_separate_tag(iv, Aad::from(aad), text)?;
    out.extend_from_slice(tag.as_ref());
    Ok(out)
}

/// Opens what [`seal`] made; the caller has checked the header, whose length is given. Commitment and tag are
/// both checked before their verdicts are joined.
pub(crate) fn open(
    key: &[u8; KEY_BYTES],
    label: &[u8],
    sealed: &[u8],
    header_bytes: usize,
    bound: &[u8],
) -> Result<SecretBytes, CryptoError> {
    let header = sealed.get(..header_bytes).ok_or(CryptoError::NotOpened)?;
    let mut blocks = Zeroizing::new([0_u8; KEY_BYTES + COMMITMENT_BYTES]);
    fill_blocks(&mut blocks, key, label, header, &digest(&SHA256, bound))?;
    open_under(&blocks, sealed, header_bytes, bound)
}

/// The same under blocks that were derived for this header and bound data.
pub(crate) fn open_under(
    blocks: &Blocks,
    sealed: &[u8],
    header_bytes: usize,
    bound: &[u8],
) -> Result<SecretBytes, CryptoError> {
    let (header, rest) = sealed.split_at_checked(header_bytes).ok_or(CryptoError::NotOpened)?;
    let (commitment, rest) = rest.split_at_checked(COMMITMENT_BYTES).ok_or(CryptoError::NotOpened)?;
    let text_bytes = rest.len().checked_sub(TAG_BYTES).ok_or(CryptoError::NotOpened)?;
    let (text, tag) = rest.split_at(text_bytes);
    let (message_key, expected) = split(blocks)?;
    let aad = [header, commitment, bound].concat();
    let mut plaintext = Zeroizing::new(vec![0; text_bytes]);
    let iv = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let opened = message_key.open_separate_gather(iv, Aad::from(aad), text, tag, &mut plaintext);
    let committed = verify_slices_are_equal(&expected, commitment);
    let both = Choice::from(u8::from(opened.is_ok())) & Choice::from(u8::from(committed.is_ok()));
    if bool::from(both) {
        Ok(SecretBytes::new(std::mem::take(&mut *plaintext)))
    } else {
        Err(CryptoError::NotOpened)
    }
}
