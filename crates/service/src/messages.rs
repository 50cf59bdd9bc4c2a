//! How many messages a backing key may still encrypt (docs/key-hierarchy.md, Limits).
//!
//! Numbers are reserved in the store in blocks, before they are used: a crash skips numbers and never uses one
//! twice. A backing key whose numbers are used up is replaced by a new one, as by a rotation.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::next_material;
use crate::service::Service;
use crate::state::layout;
use crate::state::{ChangeError, Changes, CommitFault, CountRecord, KeyEntry, Material, RotationKind};
use crate::usable::Usable;
use std::sync::Arc;
use strongroom_storage::BatchId;
use strongroom_types::Origin;

/// Messages in one reservation.
const BLOCK: u32 = 1 << 20;

/// The most messages under one backing key: a nonce of 128 bits repeats with probability 2^-33 then.
const MESSAGES_MAX: u64 = 1 << 48;

impl Call<'_> {
    /// Takes the number of one message under the key's current material, and says which that is.
    pub(crate) async fn message<'k>(&self, key: &'k Usable) -> Result<&'k Material, Fault> {
        let material = key.current()?;
        if !material.allowance.take() {
            // Once in a million messages: boxed, so that the others have no room for it.
            Box::pin(self.service.allow_more(key.key(), material)).await?;
        }
        Ok(material)
    }
}

impl Service {
    /// Reserves a block and takes its first number. One caller does it, the others wait for it.
    pub(crate) async fn allow_more(&self, key: &Arc<KeyEntry>, material: &Material) -> Result<(), Fault> {
        let _turn = material.allowance.turn().await;
        if material.allowance.take() {
            return Ok(());
        }
        let now = self.snapshot();
        let gone = || Fault::Commit(CommitFault::Contended);
        let key = now.key(&key.arn).ok_or_else(gone)?;
        let used = key.materials.iter().find(|m| m.seq == material.seq).ok_or_else(gone)?;
        let before = used.reserved.as_ref().map_or(0, |count| count.record.reserved);
        if before > MESSAGES_MAX - u64::from(BLOCK) {
            return self.replace(key, material).await;
        }
        let changes = reservation(key, used, before + u64::from(BLOCK)).map_err(change_fault)?;
        self.committer().commit(BatchId::new(self.random_id()), changes).await?;
        material.allowance.add(BLOCK - 1);
        Ok(())
    }

    /// A new backing key in place of one that has encrypted enough; the call is decided anew with it.
    async fn replace(&self, key: &Arc<KeyEntry>, material: &Material) -> Result<(), Fault> {
        if key.record.origin != Origin::AwsKms {
            return Err(Fault::Limit(format!("{} has encrypted as many messages as it may.", key.arn)));
        }
        if key.record.current == material.seq {
            tracing::info!(key = %key.arn, "a backing key has encrypted as much as it may and is replaced");
            let (now, before) = (self.clock().now(), self.snapshot());
            let (record, next) = next_material(self.vault(), key, RotationKind::Automatic, now).await?;
            let build = || -> Result<Changes, ChangeError> {
                let mut changes = Changes::new();
                changes.unchanged(layout::key(&key.arn), key.revision)?;
                changes.put(layout::key(&key.arn), &record)?;
                changes.put(layout::material(&key.arn, record.current), &next)?;
                changes.under_keyring(&before)?;
                Ok(changes)
            };
            self.service_change("RotateKey", &key.arn, build().map_err(change_fault)?).await?;
        }
        Err(Fault::Commit(CommitFault::Contended))
    }
}

/// The change that reserves up to a number, from what was reserved before.
fn reservation(key: &KeyEntry, material: &Material, reserved: u64) -> Result<Changes, ChangeError> {
    let place = || layout::count(&key.arn, material.seq);
    let mut changes = Changes::new();
    // A key that is being deleted leaves no count behind.
    changes.unchanged(layout::material(&key.arn, material.seq), material.revision)?;
    let record = match &material.reserved {
        Some(count) => {
            changes.unchanged(place(), count.revision)?;
            CountRecord { reserved, ..count.record.clone() }
        }
        None => {
            changes.absent(place())?;
            CountRecord { reserved, ..CountRecord::default() }
        }
    };
    changes.put(place(), &record)?;
    Ok(changes)
}
