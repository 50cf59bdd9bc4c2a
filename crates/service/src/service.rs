//! The service: what every call needs, put together once.

use crate::anchor::AnchorGiven;
use crate::anchoring::{AnchorKeeper, Anchoring};
use crate::authenticate::Authenticator;
use crate::clock_watch::ClockWatch;
use crate::denials::Denials;
use crate::faulted::Faulted;
use crate::figures::Requests;
use crate::key_use::KeyUses;
use crate::last_use::LastUses;
use crate::marker::MarkerKey;
use crate::messages::RunningLow;
use crate::mfa_refusals::MfaRefusals;
use crate::passages::Passages;
use crate::provider_keys::ProviderKeys;
use crate::quota::{QuotaKeeper, Quotas};
use crate::replays::Replays;
use crate::signing::Signing;
use crate::state::{Committer, Projection, Snapshot};
use crate::strangers::Strangers;
use crate::traces::Traces;
use arc_swap::ArcSwap;
use std::sync::{Arc, Mutex, OnceLock};
use strongroom_audit::{AuditError, AuditLog, Pending, Purpose};
use strongroom_storage::Store;
use strongroom_types::{AccountId, Clock, Random, Region, RequestId, Timestamp};
use strongroom_vault_protocol::VaultClient;

/// What the service is made of: every seam to the world outside.
pub struct Parts {
    /// Where state is kept.
    pub store: Arc<dyn Store>,
    /// The process that holds keys.
    pub vault: VaultClient,
    /// The record.
    pub audit: AuditLog,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for ids.
    pub random: Arc<dyn Random>,
    /// The account that the first start creates.
    pub account: AccountId,
    /// The Region that the status names as the default.
    pub region: Region,
    /// Where the key sets of identity providers come from.
    pub provider_keys: Arc<dyn ProviderKeys>,
    /// Whether a data-plane call's record is synced before the reply.
    pub data_plane_synced: bool,
    /// How often callers may call, to begin with.
    pub quotas: Quotas,
    /// The ids of the clusters that custom key stores may be made of.
    pub clusters: Vec<String>,
    /// Which requests are traced, if any.
    pub traces: Option<Traces>,
    /// How far the state had come, as it is known outside the data directory.
    pub anchor: AnchorGiven,
    /// Who keeps that outside, if anybody does: then [`Service::keep_anchors`] is to run, and answers wait for it.
    pub anchor_keeper: Option<Arc<dyn AnchorKeeper>>,
    /// Messages under a backing key that are reserved at a time, at least 2: [`crate::MESSAGE_BLOCK`].
    pub message_block: u32,
    /// Whether a signature is good once for what changes something.
    pub refuse_replays: bool,
}

/// A running service. Share it in an `Arc`.
pub struct Service {
    parts: Parts,
    projection: Arc<Projection>,
    committer: Committer,
    authenticator: Authenticator,
    marker_key: ArcSwap<MarkerKey>,
    strangers: Strangers,
    mfa_refusals: MfaRefusals,
    last_uses: LastUses,
    key_uses: KeyUses,
    quotas: QuotaKeeper,
    replays: Replays,
    denials: Denials,
    requests: Requests,
    faulted: Faulted,
    running_low: RunningLow,
    passages: Passages,
    started: Timestamp,
    clock_watch: ClockWatch,
    turn: tokio::sync::Mutex<()>,
    keyring_turn: tokio::sync::Mutex<()>,
    anchoring: Anchoring,
    /// The public keys of the audit log's checkpoints, once the vault has told them.
    pub(crate) log_keys: Mutex<Option<String>>,
    /// How far the audit log is signed.
    pub(crate) signing: Signing,
    /// The names of the witnesses of the audit log that the configuration has.
    pub(crate) configured_witnesses: OnceLock<Vec<String>>,
}

impl Service {
    pub(crate) fn assemble(parts: Parts, projection: Arc<Projection>, marker_key: MarkerKey) -> Self {
        let committer = Committer::new(parts.store.clone(), projection.clone(), parts.clock.clone());
        let (authenticator, strangers) = (Authenticator::default(), Strangers::default());
        let (last_uses, denials, turn) =
            (LastUses::default(), Denials::default(), tokio::sync::Mutex::default());
        let quotas = QuotaKeeper::new(parts.quotas.clone());
        let replays = Replays::new(parts.refuse_replays);
        let (started, clock_watch) = (parts.clock.now(), ClockWatch::new(&*parts.clock));
        // A store that keeps no history cannot be anchored.
        let anchoring = Anchoring::new(parts.anchor_keeper.is_some() && parts.store.newest().is_some());
        Self {
            parts,
            projection,
            committer,
            authenticator,
            marker_key: ArcSwap::from_pointee(marker_key),
            strangers,
            mfa_refusals: MfaRefusals::default(),
            last_uses,
            key_uses: KeyUses::default(),
            quotas,
            replays,
            denials,
            requests: Requests::default(),
            faulted: Faulted::default(),
            running_low: RunningLow::default(),
            passages: Passages::default(),
            started,
            clock_watch,
            turn,
            keyring_turn: tokio::sync::Mutex::default(),
            anchoring,
            log_keys: Mutex::default(),
            signing: Signing::default(),
            configured_witnesses: OnceLock::new(),
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.projection.snapshot()
    }

    pub(crate) fn projection(&self) -> &Projection {
        &self.projection
    }

    pub(crate) fn committer(&self) -> &Committer {
        &self.committer
    }

    pub(crate) fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    pub(crate) fn marker_key(&self) -> Arc<MarkerKey> {
        self.marker_key.load_full()
    }

    pub(crate) fn set_marker_key(&self, key: MarkerKey) {
        self.marker_key.store(Arc::new(key));
    }

    pub(crate) fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    /// Codes of MFA devices that were refused.
    pub(crate) fn mfa_refusals(&self) -> &MfaRefusals {
        &self.mfa_refusals
    }

    /// When access keys and roles were last used, as far as it is not in the store yet.
    pub(crate) fn last_uses(&self) -> &LastUses {
        &self.last_uses
    }

    /// When keys were last used, as far as it is not in the store yet.
    pub(crate) fn key_uses(&self) -> &KeyUses {
        &self.key_uses
    }

    pub(crate) fn quotas(&self) -> &QuotaKeeper {
        &self.quotas
    }

    /// The requests that were carried out within their window, if replays are refused.
    pub(crate) fn replays(&self) -> &Replays {
        &self.replays
    }

    pub(crate) fn denials(&self) -> &Denials {
        &self.denials
    }

    /// What was answered since the start.
    pub(crate) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// What failed by a fault of ours.
    pub(crate) fn faulted(&self) -> &Faulted {
        &self.faulted
    }

    /// Backing keys of which few message numbers are left.
    pub(crate) fn running_low(&self) -> &RunningLow {
        &self.running_low
    }

    /// The passages of custom key stores that calls are on.
    pub(crate) fn passages(&self) -> &Passages {
        &self.passages
    }

    /// Messages in one reservation.
    pub(crate) fn message_block(&self) -> u32 {
        self.parts.message_block
    }

    /// When the service was started.
    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// Whether the wall clock goes forward as time passes.
    pub(crate) fn clock_watch(&self) -> &ClockWatch {
        &self.clock_watch
    }

    /// Changes that lost against another one try again one at a time, or the slowest might never win.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Changes of the keyring happen one at a time: what the vault proposes is what is stored, and what is stored is opened.
    pub async fn keyring_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.keyring_turn.lock().await
    }

    /// How far the state is anchored.
    pub(crate) fn anchoring(&self) -> &Anchoring {
        &self.anchoring
    }

    pub(crate) fn vault(&self) -> &VaultClient {
        &self.parts.vault
    }

    pub(crate) fn audit(&self) -> &AuditLog {
        &self.parts.audit
    }

    /// Room on the record for one call. When a change finds none, the store gives up what it keeps for that: authority
    /// can be taken away on a full disk too.
    pub(crate) async fn room_on_record(&self, purpose: Purpose) -> Result<Pending, AuditError> {
        match self.audit().reserve(purpose) {
            Err(AuditError::NoSpace | AuditError::Unwritable(_))
                if purpose == Purpose::Change && self.store().make_room().await =>
            {
                self.audit().reserve_after_room_was_made()
            }
            outcome => outcome,
        }
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.parts.clock
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn random_id(&self) -> [u8; 16] {
        self.parts.random.id16()
    }

    /// A fresh request id.
    pub fn request_id(&self) -> RequestId {
        RequestId::from_random(self.random_id())
    }
}
