//! What the lanes share: the open keyring, the cache and the clock; and the keyring's way in.

use crate::arena::{Arena, ArenaError, Slot};
use crate::cache::{KeyCache, Wrapped};
use crate::checkpoint::Counted;
use crate::cluster::Cluster;
use crate::custody::{Custody, Job, StartRoot};
use crate::hierarchy::{self, Hierarchy};
use crate::mfa::WrongCodes;
use crate::pkcs11_line::TokenLine;
use crate::random::WorkerRandom;
use crate::root::{Means, Root, RootError, SoftwareRoot};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Instant;
use strongroom_crypto::CryptoError;
use strongroom_types::Clock;
use strongroom_vault_protocol::{ClusterId, Health, Keyring, RootSecret, VaultError};

/// Slots beyond the cache: root, keyring, domain keys of the keyring and of a proposed one, and keys in use while the cache
/// drops them.
const SLOTS_BESIDES_CACHE: usize = 768;

/// An open keyring, and whether the front has shown that it stored it.
pub(crate) struct Opened {
    pub(crate) hierarchy: Arc<Hierarchy>,
    pub(crate) stored: bool,
}

/// The vault, shared by its workers. Who takes both locks takes `custody` first.
pub(crate) struct Vault {
    pub(crate) arena: Arc<Arena>,
    custody: Mutex<Custody>,
    opened: RwLock<Option<Opened>>,
    cache: Mutex<KeyCache>,
    clock: Box<dyn Clock>,
    counted: Counted,
    wrong_codes: WrongCodes,
    /// Where the custody thread is told that a keyring waits for a passphrase or a token.
    jobs: OnceLock<Sender<Job>>,
    token: TokenLine,
    /// The tokens of custom key stores.
    pub(crate) clusters: RwLock<Vec<Arc<Cluster>>>,
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
    /// A vault that is opened by this root once the front brings a keyring; without one it stays sealed.
    pub(crate) fn new(
        arena: Arc<Arena>,
        root: Option<RootSecret>,
        cached_keys: usize,
        clock: Box<dyn Clock>,
    ) -> Arc<Self> {
        let cache = Mutex::new(KeyCache::new(cached_keys));
        let custody = Mutex::new(Custody::starting_with(root));
        let (opened, jobs, token) = (RwLock::new(None), OnceLock::new(), TokenLine::new());
        let (counted, wrong_codes, clusters) = (Counted::default(), WrongCodes::default(), RwLock::default());
        Arc::new(Self { arena, custody, opened, cache, clock, counted, wrong_codes, jobs, token, clusters })
    }

    /// The line to the token worker.
    pub(crate) fn token(&self) -> &TokenLine {
        &self.token
    }

    /// What roots are made with.
    pub(crate) fn means(&self) -> Means<'_> {
        Means { arena: &self.arena, token: self.token.client() }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// What checkpoints of the audit log are made with.
    pub(crate) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Wrong codes of MFA devices that came lately.
    pub(crate) fn wrong_codes(&self) -> &WrongCodes {
        &self.wrong_codes
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, KeyCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn custody(&self) -> MutexGuard<'_, Custody> {
        self.custody.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn opened_for_change(&self) -> RwLockWriteGuard<'_, Option<Opened>> {
        self.opened.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where work for the custody thread goes. Once.
    pub(crate) fn tell_jobs_to(&self, jobs: Sender<Job>) {
        // A second time does not happen: there is one custody thread.
        let _ = self.jobs.set(jobs);
    }

    /// The open keyring, or `Sealed`.
    pub(crate) fn hierarchy(&self) -> Result<Arc<Hierarchy>, VaultError> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().map(|opened| opened.hierarchy.clone()).ok_or(VaultError::Sealed)
    }

    /// First start. May be asked again until the front shows that it stored the keyring, because it may have died
    /// before it did. `Sealed` without a root.
    pub(crate) fn initialise(&self, random: &mut WorkerRandom, cluster: ClusterId) -> Result<Keyring, Fault> {
        let mut custody = self.custody();
        let mut opened = self.opened_for_change();
        if opened.as_ref().is_some_and(|opened| opened.stored) {
            return Err(VaultError::AlreadyOpen.into());
        }
        let made = match custody.first_root(&self.means(), random) {
            Ok(None) => return Err(VaultError::Sealed.into()),
            Ok(Some((root, record))) => hierarchy::create(&self.arena, root, record, random, cluster),
            Err(error) => Err(error),
        };
        let hierarchy = made.map_err(|error| self.note_failed_start(&error))?;
        let keyring = hierarchy.keyring.clone();
        *opened = Some(Opened { hierarchy: Arc::new(hierarchy), stored: false });
        self.cache().clear();
        Ok(keyring)
    }

    /// The lane's error has no text; the log gets it.
    fn note_failed_start(&self, error: &RootError) -> Fault {
        if let Some(jobs) = self.jobs.get() {
            // The custody thread lives as long as the process.
            let _ = jobs.send(Job::Note(format!("no root could be made for the first start: {error}")));
        }
        error.fault()
    }

    /// Opens a stored keyring: with the root that the vault was started with, which is dropped then; or the proposed one
    /// takes the place of the one in force.
    pub(crate) fn open(&self, keyring: Keyring) -> Result<(), Fault> {
        let mut custody = self.custody();
        let mut opened = self.opened_for_change();
        let proposed = custody.take_proposed(&keyring);
        match opened.as_mut() {
            Some(same) if same.hierarchy.keyring == keyring => same.stored = true,
            Some(other) => match proposed {
                Some(hierarchy) => *other = Opened { hierarchy, stored: true },
                None if other.stored => return Err(VaultError::AlreadyOpen.into()),
                None => *other = self.open_with_start_root(&mut custody, keyring)?,
            },
            None => *opened = Some(self.open_with_start_root(&mut custody, keyring)?),
        }
        custody.start = None;
        Ok(())
    }

    fn open_with_start_root(&self, custody: &mut Custody, keyring: Keyring) -> Result<Opened, Fault> {
        let of_key;
        let root: &dyn Root = match &custody.start {
            Some(StartRoot::Secret(RootSecret::Key(key) | RootSecret::Tpm(key))) => {
                let slot = self.arena.store(key.expose()).map_err(|_| VaultError::Internal)?;
                of_key = SoftwareRoot::new(slot).map_err(|_| VaultError::Internal)?;
                &of_key
            }
            Some(StartRoot::Made(root, _)) => &**root,
            Some(StartRoot::Secret(RootSecret::Passphrase(_) | RootSecret::Pkcs11)) | None => {
                return Err(self.wait_with(custody, keyring).into());
            }
        };
        if keyring.roots.iter().all(|record| record.id != root.id()) {
            // Removed while another vault served, or of another service.
            custody.start = None;
            custody.hindrance = Some(VaultError::StartRootNotEnrolled);
            return Err(self.wait_with(custody, keyring).into());
        }
        let hierarchy = hierarchy::open(&self.arena, root, keyring).map_err(|error| error.fault())?;
        self.cache().clear();
        Ok(Opened { hierarchy: Arc::new(hierarchy), stored: true })
    }

    /// Keeps a keyring that cannot be opened at once. The custody thread tries what the vault was started with, if that is
    /// something; without such a thread (a vault in a test) nobody does. A root of the start that is not enrolled is gone
    /// already, and only what an operator presents opens.
    fn wait_with(&self, custody: &mut Custody, keyring: Keyring) -> VaultError {
        custody.waiting = Some(keyring);
        if custody.start.is_some() && !custody.opening {
            custody.opening = self.jobs.get().is_some_and(|jobs| jobs.send(Job::Open).is_ok());
        }
        match custody.hindrance {
            Some(hindrance) if custody.start.is_none() => hindrance,
            _ if !custody.opening => VaultError::Sealed,
            Some(hindrance) => hindrance,
            None => VaultError::Opening,
        }
    }

    /// The keyring that an act has made and that is not in force.
    pub(crate) fn proposed_keyring(&self) -> Result<Keyring, Fault> {
        let custody = self.custody();
        let proposed = custody.proposed.as_ref().ok_or(VaultError::BadRequest)?;
        Ok(proposed.keyring.clone())
    }

    /// Proposes the keyring without old domain keys.
    pub(crate) fn retire_domain_keys(&self, version: u32) -> Result<Keyring, Fault> {
        let mut custody = self.custody();
        let hierarchy = self.hierarchy()?;
        let next = hierarchy.without_domain_keys_below(version).map_err(|_| VaultError::BadRequest)?;
        let keyring = next.keyring.clone();
        custody.proposed = Some(Arc::new(next));
        Ok(keyring)
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
        // Sealed meanwhile: that emptied the cache before this key came into it.
        if self.hierarchy().is_err() {
            self.cache().clear();
        }
        Ok(key)
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            opened: self.hierarchy().is_ok(),
            random_ok: true,
            memory: self.arena.kind(),
            cached_keys: u32::try_from(self.cache().len()).unwrap_or(u32::MAX),
            pkcs11: self.token.state(),
            pkcs11_pin: self.token.pin(),
        }
    }
}
