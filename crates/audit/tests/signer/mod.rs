//! Signs checkpoints as a vault does.
#![allow(dead_code, reason = "each test file uses its own part")]

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_audit::merkle::Hash;
use strongroom_audit::{LogKeys, SignedNote};

/// The keys of one log, and what the vault counts.
pub(crate) struct Signer {
    origin: &'static str,
    ed25519: Ed25519KeyPair,
    ml_dsa_65: PqdsaKeyPair,
    vault: [u8; 16],
    base: u64,
    pub(crate) uses: u64,
    pub(crate) time_ms: u64,
    /// Further lines of the next checkpoint.
    pub(crate) lines: String,
    /// What was signed last.
    pub(crate) last: Option<SignedNote>,
}

impl Signer {
    pub(crate) fn new(origin: &'static str, vault: [u8; 16]) -> Self {
        Self {
            origin,
            ed25519: Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap(),
            ml_dsa_65: PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, &[4; 32]).unwrap(),
            vault,
            base: 0,
            uses: 0,
            time_ms: 1_000,
            lines: String::new(),
            last: None,
        }
    }

    /// Another vault process, after so many uses were accounted for.
    pub(crate) fn restart(&mut self, vault: [u8; 16], base: u64) {
        (self.vault, self.base) = (vault, base);
    }

    pub(crate) fn keys(&self) -> LogKeys {
        let (one, other) = (self.ed25519.public_key(), self.ml_dsa_65.public_key());
        LogKeys::new(self.origin, one.as_ref(), other.as_ref()).unwrap()
    }

    pub(crate) fn sign(&mut self, size: u64, root: &Hash, closed: bool) -> SignedNote {
        let lines = std::mem::take(&mut self.lines);
        let Self { origin, vault, uses, base, time_ms, .. } = self;
        let (root, vault) = (STANDARD.encode(root), const_hex::encode(vault));
        let closed = if closed { "closed\n" } else { "" };
        let text = format!(
            "{origin}\n{size}\n{root}\nvault {vault}\nuses {uses}\nbase {base}\ntime {time_ms}\n{lines}{closed}"
        );
        let mut post_quantum = vec![0; ML_DSA_65_SIGNING.signature_len()];
        self.ml_dsa_65.sign(text.as_bytes(), &mut post_quantum).unwrap();
        let note = self.keys().note(&text, self.ed25519.sign(text.as_bytes()).as_ref(), Some(&post_quantum));
        self.last = Some(note.clone());
        note
    }
}
