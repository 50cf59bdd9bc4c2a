//! Tokens: their kinds, and the text that callers see. The front turns text into bytes, so that the vault parses none.

use crate::cursor::Reader;
use crate::{MalformedFrame, VaultError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The most bytes of a session token: 60 of its own, 2,900 of claims, 68 of the seal.
pub const SESSION_TOKEN_BYTES_MAX: usize = 3_028;

/// Bytes of a token beyond what it holds (docs/key-hierarchy.md).
const SEAL_BYTES: usize = 68;

/// What a token that is sealed on request is for. Session tokens are not among them: they have commands of their own,
/// which a front that is broken into cannot get around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A grant token of KMS: its text is at most 8,192 characters by the model.
    Grant,
    /// A rollback anchor, which nobody but the supervisor keeps.
    Anchor,
}

impl TokenKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Grant, Self::Anchor];

    /// The most bytes that a token of this kind holds.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Grant => 1_024,
            Self::Anchor => 64,
        }
    }

    /// The byte that stands for the kind, in frames and in tokens. 1 are session tokens; 3, which the vectors of the
    /// format have for encoded authorization messages, is refused, because nothing makes one.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Grant => 2,
            Self::Anchor => 4,
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let byte = reader.u8()?;
        Self::ALL.into_iter().find(|kind| kind.byte() == byte).ok_or(MalformedFrame("token kind"))
    }
}

/// The text form of a token: a prefix that people recognise, then URL-safe Base64 without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenText {
    /// `SRS1.`
    Session,
    /// `SRG1.`, `SRR1.`
    Sealed(TokenKind),
}

impl TokenText {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "SRS1.",
            Self::Sealed(TokenKind::Grant) => "SRG1.",
            Self::Sealed(TokenKind::Anchor) => "SRR1.",
        }
    }

    const fn token_bytes_max(self) -> usize {
        match self {
            Self::Session => SESSION_TOKEN_BYTES_MAX,
            Self::Sealed(kind) => kind.bytes_max() + SEAL_BYTES,
        }
    }

    /// The text of a token's bytes.
    pub fn encode(self, token: &[u8]) -> String {
        let mut text = self.prefix().to_owned();
        URL_SAFE_NO_PAD.encode_string(token, &mut text);
        text
    }

    /// The bytes of a token's text, each of which has one text only; `TokenRejected` if it is none.
    pub fn decode(self, text: &str) -> Result<Vec<u8>, VaultError> {
        let body = text.strip_prefix(self.prefix()).ok_or(VaultError::TokenRejected)?;
        if body.len() > (self.token_bytes_max() * 4).div_ceil(3) {
            return Err(VaultError::TokenRejected);
        }
        URL_SAFE_NO_PAD.decode(body).map_err(|_| VaultError::TokenRejected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    const VECTORS: &str = include_str!("../../../vectors/tokens/tokens.json");

    const ALL: [TokenText; 2] = [TokenText::Session, TokenText::Sealed(TokenKind::Grant)];

    #[test]
    fn token_vectors_have_their_text() {
        let document: Value = serde_json::from_str(VECTORS).unwrap();
        let entries = document["tokens"].as_array().unwrap();
        assert_eq!(entries.len(), 6);
        for entry in entries {
            let field = |name: &str| entry[name].as_str().unwrap();
            let form = match field("kind") {
                "session-token" => ALL[0],
                "grant-token" => ALL[1],
                "authorization-message" => {
                    let refused =
                        |form: TokenText| form.decode(field("text")) == Err(VaultError::TokenRejected);
                    assert!(ALL.into_iter().all(refused), "nothing makes such a token");
                    continue;
                }
                other => panic!("{other}"),
            };
            let token = const_hex::decode(field("token")).unwrap();
            assert_eq!(form.encode(&token), field("text"));
            assert_eq!(form.decode(field("text")).unwrap(), token);
            for other in ALL.into_iter().filter(|other| *other != form) {
                assert_eq!(other.decode(field("text")), Err(VaultError::TokenRejected));
            }
        }
    }

    #[test]
    fn longest_texts_fit_the_models_of_their_apis() {
        for (form, characters_max) in ALL.into_iter().zip([4_096, 8_192]) {
            let longest = vec![0xff; form.token_bytes_max()];
            let text = form.encode(&longest);
            assert!(text.len() <= characters_max, "{form:?}: {}", text.len());
            assert_eq!(form.decode(&text), Ok(longest.clone()));
            let longer = form.encode(&[&longest[..], &[0; 3]].concat());
            assert_eq!(form.decode(&longer), Err(VaultError::TokenRejected));
        }
    }

    #[test]
    fn other_texts_of_the_same_bytes_are_refused() {
        let form = TokenText::Session;
        assert_eq!(form.decode("SRS1.AA"), Ok(vec![0]));
        for text in
            ["SRS1.AB", "SRS1.AA==", "SRS1.A A", "SRS1.AA\n", "srs1.AA", "AA", "", "SRS1.A", "SRS1.+/AA"]
        {
            assert_eq!(form.decode(text), Err(VaultError::TokenRejected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decode_never_panics_and_gives_what_encodes_the_same(text in "(SR[SGA]1\\.)?[A-Za-z0-9_=+-]{0,40}") {
            for form in ALL {
                if let Ok(token) = form.decode(&text) {
                    prop_assert_eq!(form.encode(&token), &text[..]);
                }
            }
        }
    }
}
