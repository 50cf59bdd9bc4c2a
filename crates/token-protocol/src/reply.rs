//! The answers of the worker.

use crate::cursor::{Reader, put_bytes};
use crate::{
    BLOCKS_BYTES, Blocks, Command, DATA_BYTES_MAX, Enrolment, KeyFacts, MalformedFrame, Sealed, TokenStatus,
};
use strongroom_types::SecretBytes;
use zeroize::Zeroizing;

/// The longest record of an enrolment.
const ENROLMENT_BYTES_MAX: usize = 512;

/// The longest IV: some tokens make 16 bytes.
const IV_BYTES_MAX: usize = 16;

/// Bytes of the tag behind a ciphertext.
const TAG_BYTES: usize = 16;

/// What a command gave.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It was done: health and destroy; the word is the PIN.
    Done,
    /// What the ladder found.
    Enrolment(Enrolment),
    /// The key that was made or found.
    Key(KeyFacts),
    /// The two blocks of a derivation.
    Blocks(Blocks),
    /// A ciphertext.
    Sealed(Sealed),
    /// A plaintext, or random bytes.
    Secret(SecretBytes),
    /// How the token is.
    Status(TokenStatus),
}

impl Reply {
    /// Bytes that its frame has at most, so that a buffer never grows while it holds a secret.
    pub(crate) fn frame_bytes_max(&self) -> usize {
        match self {
            Self::Blocks(_) => 128,
            Self::Secret(secret) => 64 + secret.len(),
            _ => 0,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Done => {}
            Self::Enrolment(enrolment) => put_bytes(out, &enrolment.to_bytes()),
            Self::Key(facts) => facts.put(out),
            Self::Blocks(blocks) => out.extend_from_slice(blocks.expose()),
            Self::Sealed(sealed) => {
                put_bytes(out, &sealed.iv);
                put_bytes(out, &sealed.ciphertext);
            }
            Self::Secret(secret) => put_bytes(out, secret.expose()),
            Self::Status(status) => status.put(out),
        }
    }

    pub(crate) fn decode(command: Command, body: &[u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(body);
        let reply = match command {
            Command::Health | Command::DestroyKey | Command::CheckPin => Self::Done,
            Command::Probe => {
                Self::Enrolment(Enrolment::from_bytes(reader.bytes_up_to(ENROLMENT_BYTES_MAX)?)?)
            }
            Command::GenerateKey | Command::FindKey => Self::Key(KeyFacts::read(&mut reader)?),
            Command::Hmac => {
                let mut blocks = Zeroizing::new([0u8; BLOCKS_BYTES]);
                blocks.copy_from_slice(reader.take(BLOCKS_BYTES)?);
                Self::Blocks(Blocks::new(blocks))
            }
            Command::Encrypt => Self::Sealed(Sealed {
                iv: reader.bytes_up_to(IV_BYTES_MAX)?.to_vec(),
                ciphertext: reader.bytes_up_to(DATA_BYTES_MAX + TAG_BYTES)?.to_vec(),
            }),
            Command::Decrypt | Command::Random => {
                Self::Secret(SecretBytes::new(reader.bytes_up_to(DATA_BYTES_MAX)?.to_vec()))
            }
            Command::Status => Self::Status(TokenStatus::read(&mut reader)?),
        };
        reader.finish()?;
        Ok(reply)
    }
}
