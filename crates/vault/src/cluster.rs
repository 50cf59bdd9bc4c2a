//! The tokens of custom key stores: one a cluster, each with a line to its worker and threads that wait for it. A token that
//! hangs holds up the keys in it and nobody else's: lanes hand such commands on and go on reading.

use crate::execute::Worker;
use crate::lane::{LaneEnd, LaneSocket};
use crate::pkcs11_line::TokenLine;
use crate::vault::{Fault, Vault};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_token_protocol::{TokenClient, TokenError};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{
    ClusterLine, Reply, Request, RequestFrame, SentKey, StoreRequest, StoreState, VaultError, decode_request,
};
use zeroize::Zeroizing;

/// Threads of each cluster: as many as its worker has sessions.
pub(crate) const THREADS: usize = 4;

/// Commands that wait for a cluster's threads at most; beyond that callers are told to come more slowly.
const WAITING_MAX: usize = 64;

/// A token, by the cluster id that the operator gave it.
pub(crate) struct Cluster {
    id: String,
    line: TokenLine,
    jobs: SyncSender<Job>,
}

/// A command that a thread of the cluster carries out, and the lane that waits for the answer.
pub(crate) struct Job {
    content: Zeroizing<Vec<u8>>,
    lane: Arc<LaneSocket>,
    /// The plaintext of a ReEncrypt whose first half another cluster did.
    opened: Option<SecretBytes>,
}

/// Where a cluster's threads take their commands from.
pub(crate) type Jobs = Arc<Mutex<Receiver<Job>>>;

impl Cluster {
    /// A cluster without a line yet, and the commands for its threads.
    pub(crate) fn new(id: String) -> (Arc<Self>, Jobs) {
        Self::with_client(id, TokenClient::new())
    }

    pub(crate) fn with_client(id: String, client: TokenClient) -> (Arc<Self>, Jobs) {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let cluster = Self { id, line: TokenLine::with_client(client), jobs };
        (Arc::new(cluster), Arc::new(Mutex::new(waiting)))
    }

    /// The id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The line to the worker.
    pub(crate) fn line(&self) -> &TokenLine {
        &self.line
    }

    /// The worker's client.
    pub(crate) fn client(&self) -> &TokenClient {
        self.line.client()
    }

    /// Hands a command to the threads, who answer it; `StoreBusy` when too many wait.
    pub(crate) fn hand_over(&self, content: &[u8], lane: &Arc<LaneSocket>) -> Result<(), VaultError> {
        let content = Zeroizing::new(content.to_vec());
        self.queue(Job { content, lane: lane.clone(), opened: None })
    }

    fn queue(&self, job: Job) -> Result<(), VaultError> {
        self.jobs.try_send(job).map_err(|_| VaultError::StoreBusy)
    }
}

/// Carries a cluster's commands out until there can be no more of them.
pub(crate) fn serve(worker: &mut Worker, jobs: &Jobs) -> LaneEnd {
    loop {
        // Whoever has the lock waits for the next command; the others wait for the lock.
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return LaneEnd::Closed };
        if worker.start_batch().is_err() {
            return LaneEnd::RandomFailed;
        }
        // The lane has read it once.
        let Ok(RequestFrame { id, request }) = decode_request(&job.content) else { continue };
        let command = request.command();
        let outcome = match carry_out(worker, &job, request) {
            Ok(None) => continue,
            Ok(Some(reply)) => Ok(reply),
            Err(Fault::Answer(error)) => Err(error),
            Err(Fault::RandomFailed) => return LaneEnd::RandomFailed,
        };
        // A lane that has ended has nobody who waits.
        let _ = job.lane.answer(id, command, &outcome);
    }
}

/// The reply; `None` when the threads of another cluster go on, so that this one's are free for their own token before that one
/// is asked.
fn carry_out(worker: &mut Worker, job: &Job, request: Request<'_>) -> Result<Option<Reply>, Fault> {
    if let Some(plaintext) = &job.opened {
        return worker.seal_opened(&request, plaintext).map(Some);
    }
    match worker.opened_for_another(&request)? {
        Some((plaintext, other)) => {
            let content = Zeroizing::new(job.content.to_vec());
            let rest = Job { content, lane: job.lane.clone(), opened: Some(plaintext) };
            Ok(other.queue(rest).map(|()| None)?)
        }
        None => worker.execute(request).map(Some),
    }
}

/// What a token's failure means to whoever uses a key in it.
pub(crate) fn meaning(error: &TokenError) -> VaultError {
    match error {
        TokenError::PinIncorrect => VaultError::StorePinRefused,
        TokenError::PinLocked => VaultError::StorePinLocked,
        TokenError::Unavailable | TokenError::TimedOut | TokenError::NotPresent => VaultError::StoreAway,
        TokenError::Busy => VaultError::StoreBusy,
        TokenError::KeyNotFound => VaultError::StoreKeyMissing,
        TokenError::KeyExists
        | TokenError::Tampered
        | TokenError::BadRequest
        | TokenError::NoMechanism(_)
        | TokenError::Failed(_) => VaultError::StoreFailed,
    }
}

impl Vault {
    /// Takes a cluster in. Its threads are the caller's to start.
    pub(crate) fn add_cluster(&self, cluster: Arc<Cluster>) {
        self.clusters.write().unwrap_or_else(PoisonError::into_inner).push(cluster);
    }

    /// Takes a line to another worker of a cluster; whether there is such a cluster.
    pub(crate) fn connect_cluster(&self, to: ClusterLine) -> bool {
        let found = self.cluster(&to.cluster);
        found.map(|cluster| cluster.line.connect(to.line)).is_ok()
    }

    /// How the token of every cluster was when it was last looked at.
    pub(crate) fn store_states(&self) -> Vec<StoreState> {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        let shown = |cluster: &Arc<Cluster>| {
            let (state, pin) = (cluster.line.state(), cluster.line.pin());
            StoreState { cluster: cluster.id.clone(), state, pin }
        };
        clusters.iter().map(shown).collect()
    }

    /// The cluster of that id, or `StoreUnknown`.
    pub(crate) fn cluster(&self, id: &str) -> Result<Arc<Cluster>, VaultError> {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        let found = clusters.iter().find(|cluster| cluster.id == id);
        found.cloned().ok_or(VaultError::StoreUnknown)
    }
}

impl Worker {
    /// The cluster whose threads have to carry a command out; `None` when it needs no token of a key store.
    pub(crate) fn cluster_for(&mut self, request: &Request<'_>) -> Result<Option<Arc<Cluster>>, Fault> {
        let key = match request {
            Request::Encrypt { key, .. }
            | Request::Decrypt { key, .. }
            | Request::GenerateDataKey { key, .. } => *key,
            Request::ReEncrypt { from, .. } if from.is_in_token() => *from,
            Request::ReEncrypt { to, .. } => *to,
            Request::Store(StoreRequest::DestroyKey(key)) => return self.cluster_of(*key).map(Some),
            Request::Store(
                StoreRequest::Check { cluster, .. }
                | StoreRequest::GenerateKey { cluster, .. }
                | StoreRequest::Random { cluster, .. },
            ) => {
                return Ok(Some(self.vault.cluster(cluster)?));
            }
            _ => return Ok(None),
        };
        if key.is_in_token() { self.cluster_of(key).map(Some) } else { Ok(None) }
    }

    /// The cluster that a key's record names; `RecordRejected` unless the record opens.
    fn cluster_of(&mut self, key: SentKey<'_>) -> Result<Arc<Cluster>, Fault> {
        self.usable(key)?.into_cluster().ok_or_else(|| VaultError::RecordRejected.into())
    }

    /// The command `SealStorePassword`, `CheckStore` and their kin.
    pub(crate) fn store(&mut self, request: StoreRequest<'_>) -> Result<Reply, Fault> {
        match request {
            StoreRequest::SealPassword { cluster, password } => {
                self.seal_store_password(cluster, password).map(Reply::Blob)
            }
            StoreRequest::Check { cluster, sealed } => {
                let password = self.open_store_password(cluster, sealed)?;
                self.check_store(cluster, &password).map(|()| Reply::Done)
            }
            StoreRequest::GenerateKey { cluster, binding } => {
                self.generate_store_key(cluster, &binding).map(Reply::BackingKey)
            }
            StoreRequest::DestroyKey(key) => self.destroy_store_key(key).map(|()| Reply::Done),
            StoreRequest::Random { cluster, bytes } => {
                self.random_of_store(cluster, bytes).map(Reply::Secret)
            }
            StoreRequest::States => Ok(Reply::Stores(self.vault.store_states())),
            StoreRequest::Announce { cluster, binding } => {
                self.announce_store_key(cluster, &binding).map(Reply::Blob)
            }
        }
    }

    /// Both parts are mixed: a token whose random source is bad cannot make the bytes worse than the vault's own.
    fn random_of_store(&mut self, cluster: &str, bytes: u16) -> Result<SecretBytes, Fault> {
        self.vault.hierarchy()?;
        let ours = self.random(bytes)?;
        let cluster = self.vault.cluster(cluster)?;
        let theirs = cluster.client().random(bytes).map_err(|error| Fault::from(meaning(&error)))?;
        let mixed = ours.expose().iter().zip(theirs.expose()).map(|(ours, theirs)| ours ^ theirs);
        Ok(SecretBytes::new(mixed.collect()))
    }

    fn check_store(&self, cluster: &str, password: &SecretBytes) -> Result<(), Fault> {
        let cluster = self.vault.cluster(cluster)?;
        let client = cluster.client();
        let checked = client.check_pin(password.expose()).and_then(|()| client.health());
        checked.map_err(|error| meaning(&error).into())
    }
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
