//! How many messages a backing key may still encrypt (docs/key-hierarchy.md, Limits).
//!
//! Numbers are reserved in the store in blocks, before they are used: a crash skips numbers and never uses one
//! twice. The first block of a key is reserved by the first message after a start, which waits for it; every other one in the
//! background, when half of the last is used. A backing key whose numbers are used up is replaced by a new one, as by a
//! rotation.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::next_material;
use crate::service::Service;
use crate::state::layout;
use crate::state::{ChangeError, Changes, CommitFault, CountRecord, KeyEntry, Material, RotationKind, Taken};
use crate::usable::Usable;
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_storage::BatchId;
use strongroom_types::Origin;

/// Messages in one reservation, unless a test says otherwise.
pub const MESSAGE_BLOCK: u32 = 1 << 20;

/// The most messages under one backing key: a nonce of 128 bits repeats with probability 2^-33 then.
const MESSAGES_MAX: u64 = 1 << 48;

/// Backing keys of which few numbers are left, for whoever reserves ahead.
#[derive(Default)]
pub(crate) struct RunningLow {
    keys: Mutex<Vec<(Arc<KeyEntry>, u32)>>,
    some: tokio::sync::Notify,
}

impl RunningLow {
    fn tell(&self, key: &Arc<KeyEntry>, seq: u32) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push((key.clone(), seq));
        self.some.notify_one();
    }

    /// Waits until there are some, and gives them.
    async fn next(&self) -> Vec<(Arc<KeyEntry>, u32)> {
        loop {
            let keys = std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner));
            if !keys.is_empty() {
                return keys;
            }
            self.some.notified().await;
        }
    }
}

impl Call<'_> {
    /// Takes the number of one message under the key's current material, and says which that is.
    pub(crate) async fn message<'k>(&self, key: &'k Usable) -> Result<&'k Material, Fault> {
        let material = key.current()?;
        match material.allowance.take(self.service.message_block()) {
            Taken::One => {}
            Taken::OneOfFew => self.service.running_low().tell(key.key(), material.seq),
            // Hardly ever after the first message: boxed, so that the others have no room for it.
            Taken::Nothing => Box::pin(self.service.allow_more(key.key(), material)).await?,
        }
        Ok(material)
    }
}

impl Service {
    /// Reserves a block and takes its first number. One caller does it, the others wait for it.
    pub(crate) async fn allow_more(&self, key: &Arc<KeyEntry>, material: &Material) -> Result<(), Fault> {
        let _turn = material.allowance.turn().await;
        if material.allowance.take(self.message_block()) != Taken::Nothing {
            return Ok(());
        }
        let now = self.snapshot();
        let key = now.key(&key.arn).ok_or(Fault::Commit(CommitFault::Contended))?;
        if !self.reserve(key, material.seq).await? {
            return self.replace(key, material).await;
        }
        material.allowance.add(self.message_block() - 1);
        Ok(())
    }

    /// Reserves a block in the store; whether there was one left of the backing key's numbers.
    async fn reserve(&self, key: &KeyEntry, seq: u32) -> Result<bool, Fault> {
        let gone = || Fault::Commit(CommitFault::Contended);
        let used = key.materials.iter().find(|m| m.seq == seq).ok_or_else(gone)?;
        let before = used.reserved.as_ref().map_or(0, |count| count.record.reserved);
        let block = u64::from(self.message_block());
        if before > MESSAGES_MAX - block {
            return Ok(false);
        }
        let changes = reservation(key, used, before + block).map_err(change_fault)?;
        self.committer().commit(BatchId::new(self.random_id()), changes).await?;
        Ok(true)
    }

    /// Waits until few numbers are left of some backing keys, and reserves a block for each, before the last ones are used:
    /// no message waits for it. What fails is asked for again by later messages, and at last by one that waits.
    pub async fn reserve_ahead(&self) {
        for (key, seq) in self.running_low().next().await {
            if let Err(fault) = self.reserve_for(&key, seq).await {
                tracing::debug!(key = %key.arn, ?fault, "no block of message numbers could be reserved ahead");
            }
        }
    }

    async fn reserve_for(&self, key: &KeyEntry, seq: u32) -> Result<(), Fault> {
        let Some(material) = key.materials.iter().find(|m| m.seq == seq) else { return Ok(()) };
        let _turn = material.allowance.turn().await;
        let now = self.snapshot();
        let Some(key) = now.key(&key.arn).filter(|key| key.record.current == seq) else { return Ok(()) };
        // Somebody else may have done it meanwhile.
        if material.allowance.is_low(self.message_block()) && self.reserve(key, seq).await? {
            material.allowance.add(self.message_block());
        }
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
