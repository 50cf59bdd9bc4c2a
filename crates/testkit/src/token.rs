//! A token of a custom key store in this process: its worker's end of a line, with keys in memory that only derive.

use crate::gate::Gate;
use aws_lc_rs::hmac;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use strongroom_token_protocol::{
    BLOCKS_BYTES, Blocks, FRAME_BYTES_MAX, KeyFacts, KeyKind, KeyLabel, LENGTH_BYTES, Login, PinFlags, Reply,
    Request, RequestFrame, TokenError, TokenStatus, decode_request, encode_reply, prepare_line, split_frame,
};
use strongroom_types::SecretBytes;
use zeroize::Zeroizing;

/// How a fake token behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenMood {
    /// It works.
    #[default]
    Present,
    /// It works, and says that one more wrong PIN locks it.
    LastTry,
    /// It is not there.
    Away,
    /// It has refused its worker's PIN.
    PinRefused,
    /// It has locked the PIN.
    PinLocked,
    /// It fails at everything.
    Broken,
}

/// The token. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct FakeToken {
    /// Where it stands still after a key was destroyed, before it says so.
    pub destruction: Gate,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    pin: Vec<u8>,
    mood: TokenMood,
    keys: BTreeMap<[u8; 16], [u8; 32]>,
    made: u64,
}

impl FakeToken {
    /// A token with this PIN and no keys.
    pub fn new(pin: &str) -> Self {
        let token = Self::default();
        token.inside().pin = pin.as_bytes().to_vec();
        token
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it behaves like this.
    pub fn set_mood(&self, mood: TokenMood) {
        self.inside().mood = mood;
    }

    /// The ids of the keys in it.
    pub fn keys(&self) -> Vec<[u8; 16]> {
        self.inside().keys.keys().copied().collect()
    }

    /// Loses its keys.
    pub fn lose_keys(&self) {
        self.inside().keys.clear();
    }

    /// The vault's end of a line to it, prepared. It is served until the vault closes it.
    pub fn line(&self) -> io::Result<UnixStream> {
        let (near, far) = UnixStream::pair()?;
        prepare_line(&near)?;
        let token = self.clone();
        thread::Builder::new().name("fake-token".into()).spawn(move || token.serve(far))?;
        Ok(near)
    }

    fn serve(&self, mut line: UnixStream) {
        let mut buffer = vec![0; FRAME_BYTES_MAX + LENGTH_BYTES];
        let mut filled = 0;
        while let Ok(count @ 1..) = line.read(&mut buffer[filled..]) {
            filled += count;
            let mut used = 0;
            while let Ok(Some((content, rest))) = split_frame(&buffer[used..filled]) {
                let Ok(RequestFrame { id, request }) = decode_request(content) else { return };
                let outcome = self.inside().answer(&request);
                if matches!(request, Request::DestroyKey(_)) {
                    self.destruction.pass();
                }
                let mut answer = Vec::new();
                if encode_reply(&mut answer, id, request.command(), &outcome).is_err()
                    || line.write_all(&answer).is_err()
                {
                    return;
                }
                used = filled - rest.len();
            }
            buffer.copy_within(used..filled, 0);
            filled -= used;
        }
    }
}

impl Inside {
    fn status(&self) -> TokenStatus {
        let is_last = self.mood == TokenMood::LastTry;
        let locked = self.mood == TokenMood::PinLocked;
        let login = match self.mood {
            TokenMood::Present | TokenMood::LastTry | TokenMood::Broken => Login::In,
            TokenMood::Away => Login::Gone,
            TokenMood::PinRefused => Login::PinIncorrect,
            TokenMood::PinLocked => Login::PinLocked,
        };
        TokenStatus {
            login,
            pin: PinFlags { count_low: is_last, final_try: is_last, locked, to_be_changed: false },
            sessions: 1,
            library: "made up".to_owned(),
            label: "fake".to_owned(),
            serial: "1".to_owned(),
            manufacturer: String::new(),
            model: String::new(),
            mechanisms: Vec::new(),
            slots: Vec::new(),
        }
    }

    fn answer(&mut self, request: &Request<'_>) -> Result<Reply, TokenError> {
        if matches!(request, Request::Status) {
            return Ok(Reply::Status(self.status()));
        }
        match self.mood {
            TokenMood::Present | TokenMood::LastTry => {}
            TokenMood::Away => return Err(TokenError::NotPresent),
            TokenMood::PinRefused => return Err(TokenError::PinIncorrect),
            TokenMood::PinLocked => return Err(TokenError::PinLocked),
            TokenMood::Broken => return Err(TokenError::Failed("CKR_GENERAL_ERROR".to_owned())),
        }
        let facts = KeyFacts { kind: KeyKind::Secret, guarded: true };
        match *request {
            Request::Health => Ok(Reply::Done),
            Request::CheckPin(word) if word == self.pin => Ok(Reply::Done),
            Request::CheckPin(_) => Err(TokenError::PinIncorrect),
            Request::GenerateKey(KeyLabel::Key(id)) if self.keys.contains_key(&id) => {
                Err(TokenError::KeyExists)
            }
            Request::GenerateKey(KeyLabel::Key(id)) => {
                self.made += 1;
                let mut key = [0x5c; 32];
                key[..8].copy_from_slice(&self.made.to_be_bytes());
                self.keys.insert(id, key);
                Ok(Reply::Key(facts))
            }
            Request::FindKey(KeyLabel::Key(id)) => self.key(id).map(|_| Reply::Key(facts)),
            Request::Hmac { key: KeyLabel::Key(id), info } => {
                self.key(id).map(|key| Reply::Blocks(derive(key, info)))
            }
            Request::DestroyKey(KeyLabel::Key(id)) => {
                self.keys.remove(&id).map(|_| Reply::Done).ok_or(TokenError::KeyNotFound)
            }
            Request::Random(bytes) => {
                self.made += 1;
                let byte = u8::try_from(self.made % 256).unwrap_or_default();
                Ok(Reply::Secret(SecretBytes::new(vec![byte; bytes.into()])))
            }
            _ => Err(TokenError::BadRequest),
        }
    }

    fn key(&self, id: [u8; 16]) -> Result<&[u8; 32], TokenError> {
        self.keys.get(&id).ok_or(TokenError::KeyNotFound)
    }
}

fn derive(key: &[u8; 32], info: &[u8]) -> Blocks {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut blocks = Zeroizing::new([0u8; BLOCKS_BYTES]);
    for (counter, block) in (1u32..).zip(blocks.chunks_exact_mut(32)) {
        let message = [&counter.to_be_bytes()[..], info].concat();
        block.copy_from_slice(hmac::sign(&key, &message).as_ref());
    }
    Blocks::new(blocks)
}
