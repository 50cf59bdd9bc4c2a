//! Keys on their way into a token. A token knows nothing of our store's batches: whoever dies between the making of a key there
//! and the commit of the KMS key would leave an object that nobody knows. So each is written down before it is made
//! (`s/born/...`), and the batch that makes the KMS key takes the note away. What is noted and did not become a key is destroyed
//! in its token, by the record that the vault made for it.

use crate::call::{Call, change_fault};
use crate::complaints::Complaints;
use crate::fault::Fault;
use crate::service::Service;
use crate::state::layout;
use crate::state::{BirthRecord, ChangeError, Changes, NotedBirth, Snapshot};
use std::time::Duration;
use strongroom_storage::{BatchId, Revision};
use strongroom_types::{KeyArn, KeySpec, KeyUsage, Origin, Timestamp};
use strongroom_vault_protocol::{BackingKey, KeyBinding, VaultError};

/// The material id in the record of an announced key.
const ANNOUNCED: [u8; 32] = [0; 32];

/// How long a key may be on its way: every command to the vault ends long before.
const BIRTH_MS: u64 = 60_000;

/// How long a key that nobody knows is kept in mind while its token is away.
const TOKEN_WAIT_MS: u64 = 24 * 3_600_000;

/// Keys of a cluster that may be on their way, or left over, at the same time. While its token is away none is made, and each try
/// leaves a note.
const BIRTHS_MAX: usize = 1_000;

/// What the record of such a key is bound to, as `binding` of the KMS key has it.
fn bound(arn: &KeyArn) -> KeyBinding {
    KeyBinding {
        arn: arn.to_string(),
        key_id: arn.key.bytes(),
        spec: KeySpec::SymmetricDefault.as_str().to_owned(),
        usage: KeyUsage::EncryptDecrypt.as_str().to_owned(),
        origin: Origin::AwsCloudHsm.as_str().to_owned(),
    }
}

/// The key that a note stands for, as a command takes it.
pub(crate) fn announced(arn: &KeyArn, record: &BirthRecord) -> BackingKey {
    BackingKey::new(&bound(arn), &ANNOUNCED, &record.wrapped)
}

impl Call<'_> {
    /// Writes down that a key is about to be made in a cluster's token: the revision of the note.
    pub(crate) async fn note_birth(&self, cluster: &str, arn: &KeyArn) -> Result<Revision, Fault> {
        // One without a cluster is of an earlier release.
        let is_of_cluster =
            |birth: &&NotedBirth| birth.record.cluster.as_deref().is_none_or(|of| of == cluster);
        if self.service.snapshot().births().values().filter(is_of_cluster).count() >= BIRTHS_MAX {
            return Err(Fault::Vault(VaultError::StoreBusy));
        }
        let wrapped = self.vault().announce_store_key(cluster, &bound(arn)).await?;
        let unknown = serde_json::Map::new();
        // A call that is tried again began long before this key.
        let announced_ms = self.service.clock().now().millis();
        let cluster = Some(cluster.to_owned());
        let record = BirthRecord { announced_ms, wrapped, cluster, ended: false, unknown };
        let build = || -> Result<Changes, ChangeError> {
            let mut changes = Changes::new();
            changes.absent(layout::birth(arn))?.put(layout::birth(arn), &record)?;
            changes.under_keyring(&self.snapshot)?;
            Ok(changes)
        };
        let changes = build().map_err(change_fault)?;
        Ok(self.service.committer().commit(BatchId::new(self.service.random_id()), changes).await?)
    }
}

impl Service {
    /// Takes the note of a key away that surely is not in the token. One that stays is found by the next round.
    pub(crate) async fn forget_birth(&self, arn: &KeyArn, noted: Revision) {
        let mut changes = Changes::new();
        let place = || layout::birth(arn);
        if changes.unchanged(place(), noted).and_then(|changes| changes.delete(place())).is_ok() {
            let _ = self.committer().commit(BatchId::new(self.random_id()), changes).await;
        }
    }

    /// Destroys every key that is in a token and did not become a KMS key.
    pub(crate) async fn end_births(&self, snapshot: &Snapshot, now: Timestamp, complaints: &mut Complaints) {
        if self.is_sealed() {
            return;
        }
        let over = |birth: &NotedBirth| now.millis() >= birth.record.announced_ms.saturating_add(BIRTH_MS);
        let left: Vec<(KeyArn, NotedBirth)> = snapshot
            .births()
            .iter()
            .filter(|(_, birth)| over(birth))
            .map(|(arn, birth)| (arn.clone(), birth.clone()))
            .collect();
        for (arn, birth) in left {
            let about = format!("birth {arn}");
            match self.end_birth(&arn, &birth, now).await {
                Ok(()) => complaints.settle(&about),
                Err(fault) => self.complain_of_birth(&arn, &about, &fault, complaints),
            }
        }
    }

    fn complain_of_birth(&self, arn: &KeyArn, about: &str, fault: &Fault, complaints: &mut Complaints) {
        let now: Duration = self.clock().monotonic();
        if complaints.is_news(about, &format!("{fault:?}"), now) {
            tracing::warn!(key = %arn, error = ?fault, "a key that was never finished cannot be destroyed in its token yet");
        }
    }

    /// Ends it in the store first: from then on whoever is still making the key cannot commit it.
    async fn end_birth(&self, arn: &KeyArn, birth: &NotedBirth, now: Timestamp) -> Result<(), Fault> {
        let noted = match birth.record.ended {
            true => birth.revision,
            false => self.mark_ended(arn, birth).await?,
        };
        let key = announced(arn, &birth.record);
        if let Err(error) = self.vault().destroy_store_key(&key).await {
            if now.millis() < birth.record.announced_ms.saturating_add(TOKEN_WAIT_MS) {
                return Err(error.into());
            }
            tracing::error!(
                key = %arn, %error,
                "a key that was never finished may be left in its token as strongroom-key-<id>: destroy it there"
            );
        }
        let build = || -> Result<Changes, ChangeError> {
            let mut changes = Changes::new();
            changes.unchanged(layout::birth(arn), noted)?.delete(layout::birth(arn))?;
            Ok(changes)
        };
        self.service_change("DestroyUnfinishedKey", arn, build().map_err(change_fault)?).await
    }

    async fn mark_ended(&self, arn: &KeyArn, birth: &NotedBirth) -> Result<Revision, Fault> {
        let record = BirthRecord { ended: true, ..BirthRecord::clone(&birth.record) };
        let build = || -> Result<Changes, ChangeError> {
            let mut changes = Changes::new();
            changes.unchanged(layout::birth(arn), birth.revision)?.put(layout::birth(arn), &record)?;
            Ok(changes)
        };
        let changes = build().map_err(change_fault)?;
        Ok(self.committer().commit(BatchId::new(self.random_id()), changes).await?)
    }
}
