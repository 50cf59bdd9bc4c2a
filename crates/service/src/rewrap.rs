//! Wrapping records anew after a domain key was rotated, and retiring the old one once nothing is wrapped under it. All that
//! is left to do follows from the state, so it goes on after a crash where it was.

use crate::births::announced;
use crate::custody::{keyring_changes, wrapped_version};
use crate::operator::OperatorError;
use crate::service::Service;
use crate::state::{
    AccessKeyEntry, AccessKeyRecord, BirthRecord, ChangeError, Changes, CommitFault, KeyEntry, Material,
    MaterialRecord, MfaEntry, MfaRecord, NotedBirth, Snapshot, layout,
};
use serde_json::json;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use strongroom_storage::BatchId;
use strongroom_types::KeyArn;
use strongroom_vault_protocol::{AccessKeyBinding, VaultError};

/// Records that one batch wraps anew.
const BATCH: usize = 40;

/// Batches of one round.
const ROUND_BATCHES: usize = 50;

/// How long an old domain key stays after the last record was wrapped anew: requests in flight may still bring old records
/// (each command of theirs waits at most six seconds).
const GRACE: Duration = Duration::from_secs(15);

/// Who is on the record for what the service does by itself.
const ITSELF: &str = "AWS Internal";

/// The state of the worker between its rounds.
#[derive(Debug, Default)]
pub struct RewrapWork {
    /// The newest domain key, and since when nothing is wrapped under another one, by the monotonic clock.
    clean: Option<(u32, Duration)>,
}

/// A record that is wrapped under an old domain key.
enum Stale {
    Material(Arc<KeyEntry>, Material),
    AccessKey(Arc<AccessKeyEntry>),
    MfaSeed(Arc<MfaEntry>),
    /// The note of a key that was left in a token.
    Birth(KeyArn, NotedBirth),
}

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
enum RewrapFault {
    #[error("the vault: {0}")]
    Vault(#[from] VaultError),
    #[error("{0}")]
    Change(#[from] ChangeError),
    #[error("{0}")]
    Commit(#[from] CommitFault),
}

impl Service {
    /// One round: wraps some records anew, or retires what is old. Call it every second; it is at rest while there is one
    /// domain key.
    pub async fn rewrap(&self, work: &mut RewrapWork) {
        let snapshot = self.snapshot();
        let Some(keyring) = self.keyring().filter(|keyring| keyring.domain_records.len() > 1) else {
            work.clean = None;
            return;
        };
        if self.is_sealed() {
            return;
        }
        let newest = keyring.newest_domain_key();
        let oldest = keyring.domain_records.iter().map(|(version, _)| *version).min().unwrap_or(newest);
        let ended = stale_births(&snapshot, oldest..newest).filter(|(_, birth)| birth.record.ended);
        let ended = ended.map(|(arn, birth)| Stale::Birth(arn.clone(), birth.clone()));
        let stale: Vec<Stale> = stale(&snapshot, newest).chain(ended).take(BATCH * ROUND_BATCHES).collect();
        if stale.is_empty() {
            // Who makes a key that may still be on its way rests on its note as it was.
            if stale_births(&snapshot, oldest..newest).next().is_some() {
                work.clean = None;
            } else {
                self.retire_when_quiet(work, &snapshot, newest).await;
            }
            return;
        }
        work.clean = None;
        for batch in stale.chunks(BATCH) {
            // What another change came before is found again in the next round.
            if let Err(error) = self.rewrap_batch(&snapshot, batch).await {
                tracing::debug!(%error, "records could not be wrapped anew and are tried again");
                return;
            }
        }
        tracing::info!(records = stale.len(), domain_key = newest, "records were wrapped anew");
    }

    async fn rewrap_batch(&self, before: &Snapshot, batch: &[Stale]) -> Result<(), RewrapFault> {
        let mut changes = Changes::new();
        changes.under_keyring(before)?.replaces_wrapped();
        let mut old = Vec::with_capacity(batch.len());
        for stale in batch {
            old.push(match stale {
                Stale::Material(key, material) => {
                    let wrapped = self.vault().rewrap_backing_key(key.backing(material)).await?;
                    let place = || layout::material(&key.arn, material.seq);
                    let record = MaterialRecord { wrapped, ..MaterialRecord::clone(&material.record) };
                    changes.unchanged(place(), material.revision)?.put(place(), &record)?;
                    &material.record.wrapped
                }
                Stale::AccessKey(key) => {
                    let (account, access_key_id) = (key.account.to_string(), key.id.clone());
                    let binding = AccessKeyBinding { account, access_key_id };
                    let wrapped = self.vault().rewrap_access_key(&binding, &key.record.wrapped).await?;
                    let place = || layout::access_key(&key.id);
                    let record = AccessKeyRecord { wrapped, ..key.record.clone() };
                    changes.unchanged(place(), key.revision)?.put(place(), &record)?;
                    &key.record.wrapped
                }
                Stale::MfaSeed(device) => {
                    let wrapped = &device.record.wrapped;
                    let again = self.vault().rewrap_mfa_seed(&device.binding(), wrapped).await?;
                    let place = || layout::mfa_device(&device.account, &device.name);
                    let record = MfaRecord { wrapped: again, ..device.record.clone() };
                    changes.unchanged(place(), device.revision)?.put(place(), &record)?;
                    wrapped
                }
                Stale::Birth(arn, birth) => {
                    let wrapped = self.vault().rewrap_backing_key(&announced(arn, &birth.record)).await?;
                    let place = || layout::birth(arn);
                    let record = BirthRecord { wrapped, ..BirthRecord::clone(&birth.record) };
                    changes.unchanged(place(), birth.revision)?.put(place(), &record)?;
                    &birth.record.wrapped
                }
            });
        }
        self.committer().commit(BatchId::new(self.random_id()), changes).await?;
        for record in old {
            // A vault that cannot be reached has nothing cached for long.
            let _ = self.vault().forget(record).await;
        }
        Ok(())
    }

    async fn retire_when_quiet(&self, work: &mut RewrapWork, snapshot: &Snapshot, newest: u32) {
        let now = self.clock().monotonic();
        match work.clean {
            Some((version, since)) if version == newest => {
                if now.saturating_sub(since) >= GRACE
                    && let Err(error) = self.retire(snapshot, newest).await
                {
                    tracing::warn!(%error, "old domain keys could not be retired; it is tried again");
                    work.clean = None;
                }
            }
            _ => work.clean = Some((newest, now)),
        }
    }

    /// The old domain keys' records are deleted. Nothing may have been wrapped since the snapshot that says that nothing
    /// needs them; and whatever is being wrapped rests on the keyring that this replaces.
    async fn retire(&self, snapshot: &Snapshot, newest: u32) -> Result<(), OperatorError> {
        let _turn = self.keyring_turn().await;
        let keyring = self.vault().retire_domain_keys(newest).await?;
        let mut changes = keyring_changes(snapshot, &keyring)?;
        changes
            .none_newer(layout::materials_prefix(), snapshot.revision)?
            .none_newer(layout::access_keys_prefix(), snapshot.revision)?
            .none_newer(layout::all_mfa_devices_prefix(), snapshot.revision)?
            .none_newer(layout::births_prefix(), snapshot.revision)?;
        let parameters = json!({ "domainKey": newest });
        self.act_by("RetireDomainKeys", ITSELF, Some(parameters), changes).await?;
        self.adopt(&keyring).await;
        tracing::info!(domain_key = newest, "older domain keys are retired");
        Ok(())
    }
}

fn is_stale(wrapped: &[u8], newest: u32) -> bool {
    wrapped_version(wrapped).is_some_and(|version| version < newest)
}

/// Notes of keys under a domain key that is older and still there.
fn stale_births(snapshot: &Snapshot, older: Range<u32>) -> impl Iterator<Item = (&KeyArn, &NotedBirth)> {
    let is_under = move |birth: &NotedBirth| {
        wrapped_version(&birth.record.wrapped).is_some_and(|version| older.contains(&version))
    };
    snapshot.births().iter().filter(move |(_, birth)| is_under(birth))
}

/// Keys, access keys and seeds that are wrapped under a domain key older than the newest.
fn stale(snapshot: &Snapshot, newest: u32) -> impl Iterator<Item = Stale> {
    let materials = snapshot.keys().flat_map(move |key| {
        let old = key.materials.iter().filter(move |m| is_stale(&m.record.wrapped, newest));
        old.map(move |material| Stale::Material(key.clone(), material.clone()))
    });
    let access_keys = snapshot.directory.all_access_keys();
    let access_keys = access_keys.filter(move |key| is_stale(&key.record.wrapped, newest));
    let seeds = snapshot.directory.all_mfa_devices();
    let seeds = seeds.filter(move |device| is_stale(&device.record.wrapped, newest));
    let seeds = seeds.map(|device| Stale::MfaSeed(device.clone()));
    materials.chain(access_keys.map(|key| Stale::AccessKey(key.clone()))).chain(seeds)
}
