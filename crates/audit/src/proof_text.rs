//! A proof that somebody can check who has the public key and nothing else (C2SP tlog-proof). The extra data is the
//! record's line itself.

use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::log_keys::LogKeys;
use crate::merkle::{Hash, leaf_hash, verify_inclusion};
use crate::note::SignedNote;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// No tree is higher.
const HASHES_MAX: usize = 64;

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// It is not of this form.
    #[error("not a proof: {0}")]
    Form(&'static str),
    /// Its checkpoint is not one.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// The record is not where the proof says.
    #[error("the record is not leaf {index} of the tree with this root")]
    NotIncluded {
        /// The record's number, from 0.
        index: u64,
    },
}

/// A record, where it is, and the checkpoint that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProof {
    /// The line without its newline.
    pub line: Vec<u8>,
    /// Its number in the log, from 0.
    pub index: u64,
    /// The siblings from the bottom to the top.
    pub path: Vec<Hash>,
    /// The checkpoint with its signatures.
    pub checkpoint: SignedNote,
}

impl RecordProof {
    /// What is proved: the checkpoint that has the record, if the log's keys signed it.
    pub fn check(&self, keys: &LogKeys) -> Result<Checkpoint, BadProof> {
        let checkpoint = keys.open(&self.checkpoint)?;
        let leaf = leaf_hash(&self.line);
        if verify_inclusion(&leaf, self.index, checkpoint.size, &self.path, &checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(BadProof::NotIncluded { index: self.index })
        }
    }
}

impl fmt::Display for RecordProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nextra {}\nindex {}", STANDARD.encode(&self.line), self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for RecordProof {
    type Err = BadProof;

    fn from_str(text: &str) -> Result<Self, BadProof> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(BadProof::Form("it has no checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(BadProof::Form("its first line is another format's"));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let line = extra.and_then(|extra| STANDARD.decode(extra).ok());
        let index = lines.next().and_then(|line| decimal(line.strip_prefix("index ")?));
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let path = lines.map(hash).collect::<Option<Vec<Hash>>>();
        let path =
            path.filter(|path| path.len() <= HASHES_MAX).ok_or(BadProof::Form("its hashes are none"))?;
        Ok(Self {
            line: line.ok_or(BadProof::Form("it does not hold the record"))?,
            index: index.ok_or(BadProof::Form("it has no number"))?,
            path,
            checkpoint: checkpoint.parse().map_err(CheckpointError::Note)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::node_hash;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    fn proof() -> (RecordProof, LogKeys) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let keys = LogKeys::new("log", pair.public_key().as_ref(), &[0; 1_952]).unwrap();
        let (line, sibling) = (b"{\"sequence\":1}".to_vec(), leaf_hash(b"other"));
        let root = node_hash(&leaf_hash(&line), &sibling);
        let text = format!("log\n2\n{}\n", STANDARD.encode(root));
        let checkpoint = keys.note(&text, pair.sign(text.as_bytes()).as_ref(), None);
        (RecordProof { line, index: 0, path: vec![sibling], checkpoint }, keys)
    }

    #[test]
    fn proof_round_trip_and_check() {
        let (proof, keys) = proof();
        let read: RecordProof = proof.to_string().parse().unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.check(&keys).unwrap().size, 2);
    }

    #[test]
    fn altered_proofs_prove_nothing() {
        let (proof, keys) = proof();
        let not_included =
            |proof: RecordProof| matches!(proof.check(&keys), Err(BadProof::NotIncluded { .. }));
        assert!(not_included(RecordProof { line: b"{\"sequence\":2}".to_vec(), ..proof.clone() }));
        assert!(not_included(RecordProof { index: 1, ..proof.clone() }));
        assert!(not_included(RecordProof { path: Vec::new(), ..proof.clone() }));
        let forged = proof.to_string().replace("log\n2\n", "log\n3\n").parse::<RecordProof>().unwrap();
        assert!(matches!(forged.check(&keys), Err(BadProof::Checkpoint(CheckpointError::Signature(_)))));
        for text in ["", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nx"] {
            assert!(text.parse::<RecordProof>().is_err(), "{text:?}");
        }
    }
}
