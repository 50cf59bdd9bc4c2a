//! The vault's keyring as the front sees it: what an operator's act proposed is stored and opened here, and while the vault
//! is sealed nothing is served. Secrets never come this way.

use crate::marker::MarkerKey;
use crate::operator::{OperatorError, operator};
use crate::service::Service;
use crate::state::{ChangeError, Changes, KeyringRecord, Snapshot, layout};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strongroom_vault_protocol::{Keyring, RecoveryFacts, VaultError};

/// An operator's act that the vault has done; the front has to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActDone {
    /// The vault was opened by this root, its id in hex.
    Unsealed(String),
    /// The vault was sealed.
    Sealed,
    /// A keyring with one more root waits to be stored.
    Enrolled {
        /// The root's id in hex.
        id: String,
        /// Its name.
        name: String,
    },
    /// A keyring without a root waits to be stored.
    Removed {
        /// The root's id in hex.
        id: String,
        /// The names of roots that were dropped because they were not present.
        dropped: Vec<String>,
    },
    /// A keyring with a new domain key waits to be stored.
    Rotated,
    /// A keyring with a recovery set waits to be stored.
    RecoveryCreated {
        /// The set's id in hex.
        set: String,
        /// How many shares there are.
        shares: u8,
        /// How many it takes.
        threshold: u8,
    },
    /// A keyring without its recovery set waits to be stored.
    RecoveryRemoved {
        /// The names of roots that were dropped because they were not present.
        dropped: Vec<String>,
    },
}

/// How the vault is, for `strongroom vault status`.
#[derive(Debug, Serialize)]
pub struct VaultShown {
    /// `open`, `sealed`, or why the vault does not answer.
    pub state: String,
    /// Why it is sealed, when it is not by an operator's will: what is wrong with the token that would open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_because: Option<String>,
    /// How the PKCS#11 token is that the service was started with: `present`, `away`, `PIN refused` or `PIN locked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_token: Option<&'static str>,
    /// What is wrong with that token's PIN, as the token says: wrong ones were tried, one more locks it, it is locked, it has
    /// to be changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pkcs11_pin: Vec<&'static str>,
    /// How the token of every cluster of custom key stores is, by the cluster's id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cluster_tokens: BTreeMap<String, &'static str>,
    /// What is wrong with the PINs of those tokens, by the cluster's id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cluster_pins: BTreeMap<String, Vec<&'static str>>,
    /// The enrolled roots.
    pub roots: Vec<RootShown>,
    /// Counts keyring keys.
    pub keyring: u32,
    /// The domain keys in use; the last one wraps.
    pub domain_keys: Vec<DomainKeyShown>,
    /// Records that are still to be wrapped anew.
    pub records_to_rewrap: usize,
    /// The recovery set, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<RecoveryShown>,
    /// Since when the store's file may hold wrapped material that is gone, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scrub_wanted_since_ms: Option<u64>,
}

/// One enrolled root.
#[derive(Debug, Serialize)]
pub struct RootShown {
    /// Its id in hex.
    pub id: String,
    /// What holds its key.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// When it was enrolled, milliseconds since 1970; absent: by the first start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolled_ms: Option<u64>,
    /// What its kind keeps besides: of a token its label, serial number, library and key; the costs of a passphrase.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

/// The recovery set.
#[derive(Debug, Serialize)]
pub struct RecoveryShown {
    /// Its id in hex.
    pub set: String,
    /// How many shares there are.
    pub shares: u8,
    /// How many it takes.
    pub threshold: u8,
    /// When it was made, milliseconds since 1970.
    pub made_ms: u64,
}

/// One domain key.
#[derive(Debug, Serialize)]
pub struct DomainKeyShown {
    /// Its version.
    pub version: u32,
    /// How many records are wrapped under it.
    pub records: usize,
}

/// The domain key's version in a wrapped record (docs/key-hierarchy.md); the vault verifies all of it.
pub(crate) fn wrapped_version(record: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*record.get(20..)?.first_chunk()?))
}

impl ActDone {
    /// Whether this act has made a proposal from the keyring in force: another act's may have taken its place.
    fn has_proposed(&self, proposed: &Keyring, now: &Keyring) -> bool {
        let lists = |id: &str| proposed.roots.iter().any(|root| const_hex::encode(root.id) == id);
        let keeps_roots = now.roots.iter().all(|root| proposed.roots.iter().any(|kept| kept.id == root.id));
        let new_domain_key = proposed.newest_domain_key() > now.newest_domain_key();
        match self {
            Self::Unsealed(_) | Self::Sealed => false,
            Self::Enrolled { id, .. } => keeps_roots && lists(id),
            Self::Removed { id, .. } => new_domain_key && !lists(id),
            Self::Rotated => keeps_roots && new_domain_key,
            Self::RecoveryCreated { set, .. } => {
                keeps_roots && recovery_shown(proposed).is_some_and(|shown| shown.set == *set)
            }
            Self::RecoveryRemoved { .. } => new_domain_key && proposed.recovery.is_none(),
        }
    }
}

impl Service {
    /// Whether the vault is sealed, as far as the front knows: no request is served then.
    pub fn is_sealed(&self) -> bool {
        self.authenticator().is_sealed()
    }

    /// Looks whether the vault is open, and brings it the keyring. Call it every second. Whether the vault tries a root, or
    /// would if its token were there: then it is worth while to look sooner.
    pub async fn look_at_vault(&self) -> bool {
        let _turn = self.keyring_turn().await;
        let Some(keyring) = self.keyring() else { return false };
        let outcome = self.vault().open(&keyring).await;
        match outcome {
            Ok(()) if self.is_sealed() => self.opened().await,
            Err(why) if why.is_closed() => self.still_closed(why),
            Err(error @ (VaultError::RecordRejected | VaultError::AlreadyOpen)) => {
                tracing::error!(%error, "the vault does not open the keyring of this state");
            }
            _ => {}
        }
        matches!(outcome, Err(VaultError::Opening | VaultError::Pkcs11Away))
    }

    /// An act was done by the vault: what follows from it, and the record.
    pub async fn follow_act(&self, act: ActDone, peer_uid: u32) -> Result<Value, OperatorError> {
        match &act {
            ActDone::Unsealed(root) => {
                self.look_at_vault().await;
                let parameters = json!({ "root": root });
                self.record_act("OperatorUnsealVault", peer_uid, false, Some(parameters)).await?;
                Ok(json!({ "State": if self.is_sealed() { "sealed" } else { "open" }, "Root": root }))
            }
            ActDone::Sealed => {
                self.closed(VaultError::Sealed);
                self.record_act("OperatorSealVault", peer_uid, false, None).await?;
                Ok(json!({ "State": "sealed" }))
            }
            ActDone::Enrolled { id, name } => {
                let parameters = json!({ "root": id, "name": name });
                self.room_for_act("OperatorEnrollRoot", peer_uid).await?;
                self.store_proposed(&act, "OperatorEnrollRoot", peer_uid, parameters).await?;
                Ok(json!({ "Root": id, "Name": name }))
            }
            ActDone::Removed { id, dropped } => {
                let parameters = json!({ "root": id, "dropped": dropped });
                let keyring = self.store_proposed(&act, "OperatorRemoveRoot", peer_uid, parameters).await?;
                Ok(json!({ "Removed": id, "Dropped": dropped, "DomainKey": keyring.newest_domain_key() }))
            }
            ActDone::Rotated => {
                self.room_for_act("OperatorRotateDomainKey", peer_uid).await?;
                let keyring =
                    self.store_proposed(&act, "OperatorRotateDomainKey", peer_uid, json!({})).await?;
                Ok(json!({ "DomainKey": keyring.newest_domain_key() }))
            }
            ActDone::RecoveryCreated { set, shares, threshold } => {
                let shown = json!({ "Set": set, "Shares": shares, "Threshold": threshold });
                self.room_for_act("OperatorCreateRecovery", peer_uid).await?;
                self.store_proposed(&act, "OperatorCreateRecovery", peer_uid, shown.clone()).await?;
                Ok(shown)
            }
            ActDone::RecoveryRemoved { dropped } => {
                let parameters = json!({ "dropped": dropped });
                let keyring =
                    self.store_proposed(&act, "OperatorRemoveRecovery", peer_uid, parameters).await?;
                Ok(json!({ "Removed": true, "Dropped": dropped, "DomainKey": keyring.newest_domain_key() }))
            }
        }
    }

    /// Refuses an act that only adds while the disk is nearly full. The vault has done its part, so the record says it.
    async fn room_for_act(&self, name: &str, peer_uid: u32) -> Result<(), OperatorError> {
        let room = self.room();
        if let Err(refused) = &room {
            self.note_refused_act(name, &refused.to_string(), peer_uid).await;
        }
        room
    }

    /// An act that the vault refused: on the record, for a wrong passphrase should be seen.
    pub async fn note_refused_act(&self, name: &str, reason: &str, peer_uid: u32) {
        let parameters = json!({ "refused": reason });
        if let Err(error) = self.record_act(name, peer_uid, false, Some(parameters)).await {
            tracing::warn!(%error, "a refused act of custody is not on the record");
        }
    }

    /// How the vault and its keyring are.
    pub async fn vault_status(&self, peer_uid: u32) -> Result<VaultShown, OperatorError> {
        let health = self.vault().health().await;
        let state = match health {
            Ok(health) if health.opened && !self.is_sealed() => "open".to_owned(),
            Ok(_) => "sealed".to_owned(),
            Err(error) => error.to_string(),
        };
        let because = self.authenticator().sealed().filter(|why| *why != VaultError::Sealed);
        if let Err(error) = self.record_act("OperatorVaultStatus", peer_uid, true, None).await {
            tracing::warn!(%error, "an operator's look at the vault is not on the record");
        }
        let clusters = self.clusters_shown().await;
        let snapshot = self.snapshot();
        let keyring = self.keyring().ok_or(VaultError::Unavailable)?;
        let newest = keyring.newest_domain_key();
        let mut counts: BTreeMap<u32, usize> =
            keyring.domain_records.iter().map(|(version, _)| (*version, 0)).collect();
        for version in wrapped_versions(&snapshot) {
            *counts.entry(version).or_default() += 1;
        }
        let roots = keyring.roots.iter().map(|root| RootShown {
            id: const_hex::encode(root.id),
            kind: root.kind.as_str(),
            name: root.name.clone(),
            enrolled_ms: Some(root.enrolled_ms).filter(|ms| *ms != 0),
            fields: root.fields.iter().filter(|(name, _)| name != "salt").cloned().collect(),
        });
        Ok(VaultShown {
            state,
            sealed_because: because.map(|why| why.to_string()),
            pkcs11_token: health.as_ref().ok().and_then(|health| health.pkcs11.as_str()),
            pkcs11_pin: health.map(|health| health.pkcs11_pin.said()).unwrap_or_default(),
            cluster_pins: clusters
                .iter()
                .filter(|shown| !shown.pin.is_empty())
                .map(|shown| (shown.cluster.clone(), shown.pin.clone()))
                .collect(),
            cluster_tokens: clusters.into_iter().map(|shown| (shown.cluster, shown.token)).collect(),
            roots: roots.collect(),
            keyring: keyring.keyring_number,
            recovery: recovery_shown(&keyring),
            records_to_rewrap: counts.range(..newest).map(|(_, count)| count).sum(),
            domain_keys: counts
                .into_iter()
                .map(|(version, records)| DomainKeyShown { version, records })
                .collect(),
            scrub_wanted_since_ms: snapshot.scrub_mark().map(|(since_ms, _)| since_ms),
        })
    }

    /// Stores what the vault proposes, if it is this act's own, and has it take the place of the keyring in force.
    async fn store_proposed(
        &self,
        act: &ActDone,
        name: &str,
        peer_uid: u32,
        parameters: Value,
    ) -> Result<Keyring, OperatorError> {
        let turn = self.keyring_turn().await;
        let snapshot = self.snapshot();
        let proposed = match self.vault().proposed_keyring().await {
            Err(VaultError::BadRequest) => return Err(OperatorError::KeyringChanged),
            outcome => outcome?,
        };
        let now = self.keyring().ok_or(OperatorError::KeyringChanged)?;
        if !act.has_proposed(&proposed, &now) {
            return Err(OperatorError::KeyringChanged);
        }
        // An act never retires a domain key: a proposal that does is of the re-wrapping, with preconditions of its own.
        let keeps = |version: u32| proposed.domain_records.iter().any(|(kept, _)| *kept == version);
        if proposed.cluster != now.cluster || !now.domain_records.iter().all(|(version, _)| keeps(*version)) {
            return Err(OperatorError::KeyringChanged);
        }
        let changes = keyring_changes(&snapshot, &proposed)?;
        self.act_by(name, &operator(peer_uid), Some(parameters), changes).await?;
        self.adopt(&proposed).await;
        drop(turn);
        // It may have taken a root away.
        self.authenticator().forget_kept();
        self.anchored().await;
        Ok(proposed)
    }

    /// The stored keyring comes into force. A vault that died meanwhile opens it when it is back.
    pub(crate) async fn adopt(&self, keyring: &Keyring) {
        match self.vault().open(keyring).await {
            Ok(()) => self.opened().await,
            Err(error) => tracing::warn!(%error, "the new keyring is stored and not in force yet"),
        }
    }

    async fn opened(&self) {
        match self.vault().page_marker_key().await {
            Ok(key) => {
                self.set_marker_key(MarkerKey::new(&key));
                if self.is_sealed() {
                    tracing::info!("the vault is open");
                }
                self.authenticator().open();
            }
            Err(error) => tracing::warn!(%error, "the vault is open and does not answer"),
        }
    }

    /// The vault did not open when it was brought the keyring.
    fn still_closed(&self, why: VaultError) {
        match self.authenticator().sealed() {
            None => self.closed(why),
            // Why may have changed.
            Some(before) if before != why && why != VaultError::Opening => {
                self.tell_closed(why);
                self.authenticator().seal(why);
            }
            Some(_) => {}
        }
    }

    pub(crate) fn tell_closed(&self, why: VaultError) {
        match why {
            VaultError::Sealed | VaultError::Opening => tracing::warn!(
                "the vault is sealed: requests are refused until it is opened (strongroom vault unseal)"
            ),
            VaultError::StartRootNotEnrolled => tracing::warn!(
                %why,
                "requests are refused until an enrolled root opens the vault (strongroom vault unseal), or the service is \
                 started with one"
            ),
            _ => tracing::warn!(%why, "requests are refused until the token opens the vault"),
        }
    }

    fn closed(&self, why: VaultError) {
        self.tell_closed(why);
        self.authenticator().seal(why);
        self.set_marker_key(MarkerKey::of_nobody([self.random_id(), self.random_id()]));
    }
}

fn recovery_shown(keyring: &Keyring) -> Option<RecoveryShown> {
    let RecoveryFacts { set_id, shares, threshold, made_ms } = keyring.recovery.as_ref()?.facts()?;
    Some(RecoveryShown { set: const_hex::encode(set_id), shares, threshold, made_ms })
}

/// The change that puts a keyring in place of the snapshot's.
pub(crate) fn keyring_changes(snapshot: &Snapshot, keyring: &Keyring) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    changes.under_keyring(snapshot)?;
    changes.put(layout::keyring(), &KeyringRecord { keyring: keyring.to_bytes() })?.replaces_wrapped();
    Ok(changes)
}

/// The domain key's version of every wrapped record.
fn wrapped_versions(snapshot: &Snapshot) -> impl Iterator<Item = u32> {
    let materials = snapshot.keys().flat_map(|key| &key.materials).map(|m| m.record.wrapped.as_slice());
    let access_keys = snapshot.directory.all_access_keys().map(|key| key.record.wrapped.as_slice());
    let seeds = snapshot.directory.all_mfa_devices().map(|device| device.record.wrapped.as_slice());
    let births = snapshot.births().values().map(|birth| birth.record.wrapped.as_slice());
    materials.chain(access_keys).chain(seeds).chain(births).filter_map(wrapped_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_where_it_stands() {
        let mut record = vec![0; 120];
        record[20..24].copy_from_slice(&[0, 0, 1, 2]);
        assert_eq!(wrapped_version(&record), Some(258));
        assert_eq!(wrapped_version(&record[..23]), None);
    }
}
