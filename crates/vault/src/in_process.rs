//! A vault in the caller's process, for tests only: no confinement, a root made up on the spot.

use crate::arena::ArenaError;
use crate::cluster::{self, Cluster};
use crate::custody::{Job, Outcome, run_job};
use crate::execute::Worker;
use crate::random::WorkerRandom;
use crate::vault::{Vault, arena_for};
use crate::{lane, random};
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use strongroom_crypto::Random;
use strongroom_types::{Clock, SystemClock};
use strongroom_vault_protocol::{ClusterLine, CustodyAct, Pkcs11Line, RootKey, RootSecret, ShareText};

/// Few, so that many vaults fit the limit of locked memory.
const CACHED_KEYS: usize = 64;

/// A fresh vault with a fresh root: the front's ends of its fast and slow lanes.
pub fn in_process() -> io::Result<(UnixStream, UnixStream)> {
    in_process_with(Box::new(SystemClock), None)
}

/// The same with a clock of the test's, and a root key that outlives this vault.
pub fn in_process_with(
    clock: Box<dyn Clock>,
    root_key: Option<[u8; 32]>,
) -> io::Result<(UnixStream, UnixStream)> {
    in_process_with_custody(clock, root_key).map(|(fast, slow, _)| (fast, slow))
}

/// The same, and the supervisor's hand on it.
pub fn in_process_with_custody(
    clock: Box<dyn Clock>,
    root_key: Option<[u8; 32]>,
) -> io::Result<(UnixStream, UnixStream, InProcessCustody)> {
    connected(fresh_vault(clock, root_key).map_err(io::Error::other)?)
}

/// A vault without a root, for shares to open: its lanes, and the restoring tool's hand on it.
pub fn in_process_without_root() -> io::Result<(UnixStream, UnixStream, InProcessCustody)> {
    let arena = arena_for(CACHED_KEYS).map_err(io::Error::other)?;
    connected(Vault::new(arena, None, CACHED_KEYS, Box::new(SystemClock)))
}

fn connected(vault: Arc<Vault>) -> io::Result<(UnixStream, UnixStream, InProcessCustody)> {
    let (fast, far_fast) = UnixStream::pair()?;
    let (slow, far_slow) = UnixStream::pair()?;
    for (name, socket) in [("vault-fast", far_fast), ("vault-slow", far_slow)] {
        let mut worker = Worker::start(vault.clone()).map_err(io::Error::other)?;
        thread::Builder::new().name(name.into()).spawn(move || lane::serve(&mut worker, socket))?;
    }
    let random = random::start().map_err(io::Error::other)?;
    Ok((fast, slow, InProcessCustody { vault, random }))
}

/// Acts of custody on a vault in this process.
pub struct InProcessCustody {
    vault: Arc<Vault>,
    random: WorkerRandom,
}

impl std::fmt::Debug for InProcessCustody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcessCustody")
    }
}

impl InProcessCustody {
    /// Carries an act out: what the supervisor would be told. Empty for what is not answered.
    pub fn act(&mut self, act: CustodyAct) -> Result<String, String> {
        match run_job(&self.vault, &mut self.random, Job::Act(act)) {
            Ok(Outcome::Done(text)) => Ok(text),
            Ok(Outcome::Refused(text)) => Err(text),
            Ok(Outcome::Nothing | Outcome::Note(_)) => Ok(String::new()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Takes a line to a key store's token in, prepared by `prepare_line`, and starts the threads that wait for it; a second
    /// line of the same cluster takes the first one's place.
    pub fn connect_cluster(&mut self, cluster: &str, socket: UnixStream) -> io::Result<()> {
        if self.vault.cluster(cluster).is_err() {
            let (made, jobs) = Cluster::new(cluster.to_owned());
            self.vault.add_cluster(made);
            for _ in 0..cluster::THREADS {
                let mut worker = Worker::start(self.vault.clone()).map_err(io::Error::other)?;
                let jobs = jobs.clone();
                thread::Builder::new()
                    .name("vault-cluster".into())
                    .spawn(move || cluster::serve(&mut worker, &jobs))?;
            }
        }
        let line = Pkcs11Line { number: 0, socket, timeout_seconds: 1 };
        self.vault.connect_cluster(ClusterLine { cluster: cluster.to_owned(), line });
        if let Ok(connected) = self.vault.cluster(cluster) {
            // Nobody watches here: how the token is now is how it stays in the status.
            connected.line().look();
            connected.line().look_at_pin();
        }
        Ok(())
    }

    /// The shares of the set that the last act made: what the supervisor would be told before the answer.
    pub fn shares(&mut self) -> Vec<ShareText> {
        self.vault.take_shares()
    }
}

pub(crate) fn fresh_vault(
    clock: Box<dyn Clock>,
    root_key: Option<[u8; 32]>,
) -> Result<Arc<Vault>, ArenaError> {
    let key = match root_key {
        Some(key) => RootKey::copy_of(&key),
        None => {
            let mut source = random::start().map_err(io::Error::other)?;
            RootKey::filled(|key| source.fill(key)).map_err(io::Error::other)?
        }
    };
    let arena = arena_for(CACHED_KEYS)?;
    Ok(Vault::new(arena, Some(RootSecret::Key(key)), CACHED_KEYS, clock))
}
