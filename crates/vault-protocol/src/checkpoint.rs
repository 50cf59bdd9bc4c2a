//! Checkpoints of the audit log: what the front asks the vault to sign, what the vault adds, and the text that is signed
//! (C2SP tlog-checkpoint, docs/audit.md). Both sides make the text with the same function.

use crate::cursor::{Reader, put_bytes};
use crate::{MalformedFrame, VaultError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// The longest name of a log.
pub const ORIGIN_BYTES_MAX: usize = 200;

/// Bytes of a public ML-DSA-65 key.
pub const ML_DSA_65_KEY_BYTES: usize = 1_952;

/// A log's head, as the front gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead<'a> {
    /// Which vault process is meant: another one refuses, and the front asks anew.
    pub vault: [u8; 16],
    /// The log's name.
    pub origin: &'a str,
    /// How many records.
    pub size: u64,
    /// The root of them.
    pub root: [u8; 32],
    /// Uses of keys that were accounted for when the vault before had its last checkpoint.
    pub base: u64,
    /// Whether the log ends here.
    pub closed: bool,
    /// Whether a start found a closed log like this, and has written nothing yet. Not of one that is `closed`.
    pub opened: bool,
    /// The digest of the checkpoint before, where another vault made it.
    pub after: Option<[u8; 32]>,
}

impl<'a> LogHead<'a> {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.vault);
        put_bytes(out, self.origin.as_bytes());
        out.extend_from_slice(&self.size.to_le_bytes());
        out.extend_from_slice(&self.root);
        out.extend_from_slice(&self.base.to_le_bytes());
        out.push(self.closed.into());
        out.push(self.opened.into());
        out.push(self.after.is_some().into());
        out.extend_from_slice(self.after.as_ref().map_or(&[][..], |digest| digest.as_slice()));
    }

    pub(crate) fn decode(r: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        Ok(Self {
            vault: r.array()?,
            origin: r.text()?,
            size: r.u64()?,
            root: r.array()?,
            base: r.u64()?,
            closed: r.flag()?,
            opened: r.flag()?,
            after: if r.flag()? { Some(r.array()?) } else { None },
        })
    }

    /// The text that is signed. `BadRequest` if the name is none: it would not stand on one line of a note.
    pub fn text(&self, uses: u64, time_ms: u64) -> Result<String, VaultError> {
        let Self { vault, origin, size, root, base, closed, opened, after } = *self;
        let fits = (1..=ORIGIN_BYTES_MAX).contains(&origin.len())
            && origin.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+')
            && !(closed && opened);
        if !fits {
            return Err(VaultError::BadRequest);
        }
        let mut text = format!("{origin}\n{size}\n{}\nvault ", STANDARD.encode(root));
        put_hex(&mut text, &vault);
        // Writing into a text does not fail.
        let _ = write!(text, "\nuses {uses}\nbase {base}\ntime {time_ms}\n");
        if let Some(digest) = after {
            text.push_str("after ");
            put_hex(&mut text, &digest);
            text.push('\n');
        }
        text.push_str(if closed { "closed\n" } else { "" });
        text.push_str(if opened { "opened\n" } else { "" });
        Ok(text)
    }
}

fn put_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
}

/// What the vault gives to a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// How often it has used keys since it started.
    pub uses: u64,
    /// When, in milliseconds by its clock.
    pub time_ms: u64,
    /// Ed25519 over the text.
    pub ed25519: Vec<u8>,
    /// ML-DSA-65 over the text, with an empty context.
    pub ml_dsa_65: Vec<u8>,
}

impl SignedHead {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.uses.to_le_bytes());
        out.extend_from_slice(&self.time_ms.to_le_bytes());
        put_bytes(out, &self.ed25519);
        put_bytes(out, &self.ml_dsa_65);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(Self {
            uses: r.u64()?,
            time_ms: r.u64()?,
            ed25519: r.bytes()?.to_vec(),
            ml_dsa_65: r.bytes()?.to_vec(),
        })
    }
}

/// Which vault process answers, its count, and the public keys that checkpoints are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultStanding {
    /// Random, new at each start.
    pub vault: [u8; 16],
    /// How often it has used keys since then.
    pub uses: u64,
    /// The Ed25519 key.
    pub ed25519: [u8; 32],
    /// The ML-DSA-65 key, [`ML_DSA_65_KEY_BYTES`] long.
    pub ml_dsa_65: Vec<u8>,
}

impl VaultStanding {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.vault);
        out.extend_from_slice(&self.uses.to_le_bytes());
        out.extend_from_slice(&self.ed25519);
        put_bytes(out, &self.ml_dsa_65);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(Self { vault: r.array()?, uses: r.u64()?, ed25519: r.array()?, ml_dsa_65: r.bytes()?.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoint_text_known_answer() {
        let head = LogHead {
            vault: [0xab; 16],
            origin: "strongroom.local/1",
            size: 3,
            root: [0; 32],
            base: 2,
            closed: true,
            opened: false,
            after: None,
        };
        let text = head.text(5, 7).unwrap();
        let expected = "strongroom.local/1\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\
                        vault abababababababababababababababab\nuses 5\nbase 2\ntime 7\nclosed\n";
        assert_eq!(text, expected);
        let open = LogHead { closed: false, ..head }.text(5, 7).unwrap();
        assert_eq!(format!("{open}closed\n"), expected);
        let first = LogHead { closed: false, opened: true, after: Some([0xcd; 32]), ..head };
        let lines = format!("after {}\nopened\n", "cd".repeat(32));
        assert_eq!(first.text(5, 7).unwrap(), format!("{open}{lines}"));
        assert_eq!(LogHead { opened: true, ..head }.text(5, 7), Err(VaultError::BadRequest), "closed too");
        let long = "a".repeat(ORIGIN_BYTES_MAX + 1);
        for origin in ["", "a b", "a+b", "a\nb", long.as_str()] {
            assert_eq!(LogHead { origin, ..head }.text(5, 7), Err(VaultError::BadRequest), "{origin:?}");
        }
    }
}
