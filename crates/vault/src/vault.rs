//! What the lanes share: the root, the open keyring, the cache and the clock.

use crate::arena::{Arena, ArenaError, Slot};
use crate::cache::{KeyCache, Wrapped};
use crate::hierarchy::{self, Hierarchy};
use crate::random::WorkerRandom;
use crate::root::Root;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;
use strongroom_crypto::CryptoError;
use strongroom_types::Clock;
use strongroom_vault_protocol::{ClusterId, Health, Keyring, VaultError};

/// Slots beyond the cache: root, keyring, domain keys, and keys in use while the cache drops them.
const SLOTS_BESIDES_CACHE: usize = 512;

/// An open keyring, and whether the front has shown that it stored it.
struct Opened {
    hierarchy: Arc<Hierarchy>,
    stored: bool,
}

/// The vault, shared by its workers.
pub(crate) struct Vault {
    arena: Arc<Arena>,
    root: Box<dyn Root>,
    opened: RwLock<Option<Opened>>,
    cache: Mutex<KeyCache>,
    clock: Box<dyn Clock>,
}

/// Why a command gave no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The front is told.
    Answer(VaultError),
    /// The random source failed: the vault stops.
    RandomFailed,
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        Self::Answer(error)
    }
}

/// What a failed construction means where it failed; `not_opened` is the meaning of bytes that did not open.
pub(crate) fn meaning(not_opened: VaultError) -> impl Fn(CryptoError) -> Fault {
    move |error| match error {
        CryptoError::NotOpened => Fault::Answer(not_opened),
        CryptoError::RandomFailed => Fault::RandomFailed,
        CryptoError::Primitive => Fault::Answer(VaultError::Internal),
    }
}

/// Room for a cache of so many keys.
pub(crate) fn arena_for(cached_keys: usize) -> Result<Arc<Arena>, ArenaError> {
    Arena::new(cached_keys + SLOTS_BESIDES_CACHE)
}

impl Vault {
    pub(crate) fn new(
        arena: Arc<Arena>,
        root: Box<dyn Root>,
        cached_keys: usize,
        clock: Box<dyn Clock>,
    ) -> Arc<Self> {
        let cache = Mutex::new(KeyCache::new(cached_keys));
        Arc::new(Self { arena, root, opened: RwLock::new(None), cache, clock })
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, KeyCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open keyring, or `Sealed`.
    pub(crate) fn hierarchy(&self) -> Result<Arc<Hierarchy>, VaultError> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().map(|opened| opened.hierarchy.clone()).ok_or(VaultError::Sealed)
    }

    /// First start. May be asked again until the front shows that it stored the keyring, because it may have died
    /// before it did.
    pub(crate) fn initialise(&self, random: &mut WorkerRandom, cluster: ClusterId) -> Result<Keyring, Fault> {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if opened.as_ref().is_some_and(|opened| opened.stored) {
            return Err(VaultError::AlreadyOpen.into());
        }
        let hierarchy = hierarchy::create(&self.arena, &*self.root, random, cluster)
            .map_err(meaning(VaultError::Internal))?;
        let keyring = hierarchy.keyring.clone();
        *opened = Some(Opened { hierarchy: Arc::new(hierarchy), stored: false });
        self.cache().clear();
        Ok(keyring)
    }

    /// Opens a stored keyring.
    pub(crate) fn open(&self, keyring: Keyring) -> Result<(), Fault> {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        match opened.as_mut() {
            Some(same) if same.hierarchy.keyring == keyring => same.stored = true,
            Some(other) if other.stored => return Err(VaultError::AlreadyOpen.into()),
            _ => {
                let hierarchy = Arc::new(hierarchy::open(&self.arena, &*self.root, keyring)?);
                *opened = Some(Opened { hierarchy, stored: true });
                self.cache().clear();
            }
        }
        Ok(())
    }

    /// The unwrapped key of a record: from the cache, or unwrapped and kept. `binding` makes of the facts what the
    /// record is bound to. `RecordRejected` if it does not open.
    pub(crate) fn unwrapped(
        &self,
        hierarchy: &Hierarchy,
        wrapped: Wrapped<'_>,
        now: Instant,
        binding: impl FnOnce() -> Result<Vec<u8>, Fault>,
    ) -> Result<Arc<Slot>, Fault> {
        if let Some(key) = self.cache().find(wrapped, now) {
            return Ok(key);
        }
        let secret = hierarchy.unwrap(&binding()?, wrapped.record);
        let secret = secret.map_err(meaning(VaultError::RecordRejected))?;
        let key = Arc::new(self.arena.store(secret.expose()).map_err(|_| VaultError::Internal)?);
        self.cache().keep(wrapped, key.clone(), now);
        Ok(key)
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            opened: self.hierarchy().is_ok(),
            random_ok: true,
            memory: self.arena.kind(),
            cached_keys: u32::try_from(self.cache().len()).unwrap_or(u32::MAX),
        }
    }
}
