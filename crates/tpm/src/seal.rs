//! Sealing a root key to a TPM and having it unsealed.
//!
//! The storage key is made anew each time from the seed of the owner hierarchy, which only clearing the TPM changes: nothing
//! stays in the TPM. The key is sealed below it as a keyed-hash object. Everything that matters goes through a session
//! (`session.rs`) that is salted to the storage key; at unsealing, that key must be the one of the sealing.

use crate::command::{create_primary, creation, flush, load};
use crate::device::{Device, Exchange};
use crate::public_area::{Name, name_of, sealed_data, storage_key, storage_key_point};
use crate::sealed_key::SealedKey;
use crate::session::{Draw, Object, Secret, Session, system_random};
use crate::{Command, TpmError, response};
use std::path::Path;
use zeroize::Zeroizing;

/// A key of 32 bytes.
type Key = Zeroizing<[u8; 32]>;

/// An open TPM. Blocking: a TPM takes up to a second.
pub struct Tpm {
    device: Box<dyn Exchange + Send>,
    draw: Draw,
    /// Objects and sessions to be flushed.
    loaded: Vec<u32>,
}

impl std::fmt::Debug for Tpm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tpm")
    }
}

/// The storage key in the TPM, and a session that is salted to it.
struct Storage {
    key: Object,
    session: Session,
}

impl Tpm {
    /// Opens a device (`/dev/tpmrm0`) or the socket of a software TPM.
    pub fn open(path: &Path) -> Result<Self, TpmError> {
        Ok(Self::on(Box::new(Device::open(path)?), system_random))
    }

    pub(crate) fn on(device: Box<dyn Exchange + Send>, draw: Draw) -> Self {
        Self { device, draw, loaded: Vec::new() }
    }

    /// Whether it makes the storage key, without which nothing can be sealed or unsealed.
    pub fn try_out(&mut self) -> Result<(), TpmError> {
        let outcome = self.make_storage_key().map(drop);
        self.flush_all();
        outcome
    }

    /// Seals a key, and has it unsealed once: what the TPM does not give back is not worth keeping.
    pub fn seal(&mut self, key: &[u8; 32]) -> Result<SealedKey, TpmError> {
        let outcome = self.seal_and_try(key);
        self.flush_all();
        outcome
    }

    /// Unseals a key. [`TpmError::Elsewhere`] when another TPM sealed it, or this one before it was cleared.
    pub fn unseal(&mut self, sealed: &SealedKey) -> Result<Key, TpmError> {
        let outcome = self.storage(Some(&sealed.storage_key));
        let outcome = outcome.and_then(|mut storage| self.unseal_under(&mut storage, sealed));
        self.flush_all();
        outcome
    }

    fn seal_and_try(&mut self, key: &[u8; 32]) -> Result<SealedKey, TpmError> {
        let mut storage = self.storage(None)?;
        let parameters = creation(key, &sealed_data())?;
        let Storage { key: parent, session } = &mut storage;
        let answer = session.run(&mut *self.device, Command::Create, parent, parameters, Secret::Sent)?;
        let (private, public) = response::created(&answer.parameters)?;
        let sealed =
            SealedKey { storage_key: storage.key.name, private: private.to_vec(), public: public.to_vec() };
        let back = self.unseal_under(&mut storage, &sealed)?;
        if aws_lc_rs::constant_time::verify_slices_are_equal(&*back, key).is_err() {
            return Err(TpmError::Malformed("it unseals another key than was sealed"));
        }
        Ok(sealed)
    }

    fn unseal_under(&mut self, storage: &mut Storage, sealed: &SealedKey) -> Result<Key, TpmError> {
        let Storage { key: parent, session } = storage;
        let parameters = load(&sealed.private, &sealed.public)?;
        let answer = session.run(&mut *self.device, Command::Load, parent, parameters, Secret::Nowhere)?;
        let handle = answer.handle.ok_or(TpmError::Malformed("it has no handle"))?;
        self.loaded.push(handle);
        let object = Object { handle, name: name_of(&sealed.public) };
        let nothing = Zeroizing::new(Vec::new());
        let answer = session.run(&mut *self.device, Command::Unseal, &object, nothing, Secret::Received)?;
        let bytes = response::only(&answer.parameters)?;
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(TpmError::NotASealedKey("what it unseals has not 32 bytes"));
        }
        key.copy_from_slice(bytes);
        Ok(key)
    }

    /// The storage key, with a session. `known`: its name, if it must be a certain one; a session salted to another would tell
    /// that one's owner everything.
    fn storage(&mut self, known: Option<&Name>) -> Result<Storage, TpmError> {
        let (key, public) = self.make_storage_key()?;
        if known.is_some_and(|known| *known != key.name) {
            return Err(TpmError::Elsewhere);
        }
        let point = storage_key_point(&public)?;
        let session = Session::start(&mut *self.device, self.draw, key.handle, &point)?;
        self.loaded.push(session.handle);
        Ok(Storage { key, session })
    }

    fn make_storage_key(&mut self) -> Result<(Object, Vec<u8>), TpmError> {
        let bytes = self.device.exchange(&create_primary(&storage_key())?)?;
        let answer = response::read(Command::CreatePrimary, &bytes)?;
        let handle = answer.handle.ok_or(TpmError::Malformed("it has no handle"))?;
        self.loaded.push(handle);
        let public = response::primary(answer.parameters)?.to_vec();
        storage_key_point(&public)?;
        Ok((Object { handle, name: name_of(&public) }, public))
    }

    /// Frees what was made. What stays because the TPM fails goes with the connection, or with the machine's next start.
    fn flush_all(&mut self) {
        while let Some(handle) = self.loaded.pop() {
            let answer = flush(handle).and_then(|command| self.device.exchange(&command));
            if answer.is_err() {
                self.loaded.clear();
            }
        }
    }
}
