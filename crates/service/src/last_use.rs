//! When each access key and each role was last used, for which service and in which Region (GetAccessKeyLastUsed,
//! RoleLastUsed).
//!
//! A use costs no write: it is noted in memory. [`Service::keep_last_uses`], which the front calls once a minute and when
//! it ends, writes what is new as records `s/use`. A front that is killed loses the uses of its last minute.

use crate::authenticate::{Authenticated, Credential};
use crate::call::change_fault;
use crate::fault::Fault;
use crate::parts::Parts;
use crate::service::Service;
use crate::session::SessionOf;
use crate::state::layout::{self, IamKind, Used};
use crate::state::{ChangeError, Changes, Snapshot, UseRecord};
use std::collections::HashMap;
use strongroom_storage::{BatchId, Key, KeyError, PRECONDITIONS_MAX, Revision};
use strongroom_types::{Timestamp, UniqueId};

/// The most uses in one batch: each rests on whom it is of, and on the record before.
const BATCH_USES_MAX: usize = PRECONDITIONS_MAX / 2;

/// The last use of an access key or a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastUse {
    pub(crate) at: Timestamp,
    /// `kms`, `iam`, `sts`.
    pub(crate) service: String,
    pub(crate) region: String,
}

/// The last uses that are not in the store yet. Of sessions those of roles are counted, as uses of the role.
#[derive(Default)]
pub(crate) struct LastUses {
    /// Each thread notes for itself; the newest use counts.
    new: Parts<Table>,
}

/// By ids that the service gave: every request looks one up, and none is an attacker's choice.
type ById = HashMap<String, LastUse, foldhash::quality::RandomState>;

/// By access key id, and by the unique id of roles.
#[derive(Default)]
struct Table {
    keys: ById,
    roles: ById,
}

impl Table {
    fn of<'a>(&mut self, used: &'a Used) -> (&mut ById, &'a String) {
        match used {
            Used::AccessKey(id) => (&mut self.keys, id),
            Used::Role(id) => (&mut self.roles, id),
        }
    }
}

impl LastUses {
    /// Notes a request whose signature was good, whatever it is answered.
    pub(crate) fn note(&self, caller: &Authenticated) {
        let mut new = self.new.mine();
        let (table, id) = match caller.credential() {
            Credential::AccessKey(key) => (&mut new.keys, &key.id),
            Credential::Session(session) => match &session.claims.of {
                SessionOf::Role { id, .. } => (&mut new.roles, id),
                SessionOf::Root | SessionOf::User { .. } | SessionOf::Federated { .. } => return,
            },
        };
        let (at, service, region) = (caller.at(), caller.service(), caller.region().as_str());
        match table.get_mut(id) {
            Some(last) if last.service == service && last.region == region => last.at = at,
            _ => {
                let last = LastUse { at, service: service.to_owned(), region: region.to_owned() };
                table.insert(id.clone(), last);
            }
        }
    }

    /// Forgets what is gone.
    pub(crate) fn forget(&self, used: &Used) {
        for mut part in self.new.each() {
            let (table, id) = part.of(used);
            table.remove(id);
        }
    }

    fn get(&self, used: &Used) -> Option<LastUse> {
        // At once: one after the other, an older use might be seen before it goes and the newest when it has gone to the store.
        let mut parts = self.new.all();
        let noted = parts.iter_mut().filter_map(|part| {
            let (table, id) = part.of(used);
            table.get(id).cloned()
        });
        noted.max_by_key(|last| last.at)
    }

    fn unsaved(&self) -> Vec<(Used, LastUse)> {
        let mut newest = Table::default();
        for part in self.new.each() {
            keep_newest(&mut newest.keys, &part.keys);
            keep_newest(&mut newest.roles, &part.roles);
        }
        let keys = newest.keys.into_iter().map(|(id, last)| (Used::AccessKey(id), last));
        let roles = newest.roles.into_iter().map(|(id, last)| (Used::Role(id), last));
        keys.chain(roles).collect()
    }

    /// These are in the store now, except what was used again meanwhile.
    fn saved(&self, uses: &[(Used, LastUse)]) {
        for (used, saved) in uses {
            for part in &mut self.new.all() {
                let (table, id) = part.of(used);
                if table.get(id).is_some_and(|last| last == saved || last.at < saved.at) {
                    table.remove(id);
                }
            }
        }
    }
}

fn keep_newest(newest: &mut ById, part: &ById) {
    for (id, last) in part {
        if newest.get(id).is_none_or(|other| other.at < last.at) {
            newest.insert(id.clone(), last.clone());
        }
    }
}

impl Service {
    /// When an access key or a role was last used; absent if it never was.
    pub(crate) fn last_use(&self, used: &Used) -> Option<LastUse> {
        // In this order: what is no longer noted is in force in the state.
        self.last_uses().get(used).or_else(|| {
            let snapshot = self.snapshot();
            let record = &snapshot.last_use(used)?.record;
            Some(LastUse {
                at: Timestamp::from_millis(record.at_ms),
                service: record.service.clone(),
                region: record.region.clone(),
            })
        })
    }

    /// Writes the last uses of keys, access keys and roles that the store has not got yet, in one batch for fifty of them; nothing if there are none. To
    /// be called at most once a minute. What cannot be written now is tried again with the next call.
    pub async fn keep_last_uses(&self) {
        self.keep_key_uses().await;
        let unsaved = self.last_uses().unsaved();
        if unsaved.is_empty() || self.store().is_low_on_space() {
            return;
        }
        let snapshot = self.snapshot();
        let (there, gone): (Vec<_>, Vec<_>) =
            unsaved.into_iter().partition(|(used, _)| owner(&snapshot, used).is_some());
        gone.iter().for_each(|(used, _)| self.last_uses().forget(used));
        for uses in there.chunks(BATCH_USES_MAX) {
            match self.write_uses(&snapshot, uses).await {
                Ok(()) => self.last_uses().saved(uses),
                Err(fault) => {
                    tracing::warn!(error = ?fault, "last uses of access keys and roles could not be written");
                }
            }
        }
    }

    async fn write_uses(&self, snapshot: &Snapshot, uses: &[(Used, LastUse)]) -> Result<(), Fault> {
        let changes = put_uses(snapshot, uses).map_err(change_fault)?;
        self.committer().commit(BatchId::new(self.random_id()), changes).await?;
        Ok(())
    }
}

/// Whom a use is of, if it is still there: the place of its record, and its revision.
fn owner(snapshot: &Snapshot, used: &Used) -> Option<(Result<Key, KeyError>, Revision)> {
    match used {
        Used::AccessKey(id) => {
            let key = snapshot.directory.access_key(id)?;
            Some((layout::access_key(id), key.revision))
        }
        Used::Role(id) => {
            let role = snapshot.directory.role_with(&UniqueId::parse(id).ok()?)?;
            Some((layout::iam(&role.account, IamKind::Role, &role.name), role.revision))
        }
    }
}

/// Whoever is deleted meanwhile gets no record any more: the batch rests on each that it is about.
fn put_uses(snapshot: &Snapshot, uses: &[(Used, LastUse)]) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    for (used, last) in uses {
        let Some((owner, revision)) = owner(snapshot, used) else { continue };
        changes.unchanged(owner, revision)?;
        let before = snapshot.last_use(used);
        match before {
            Some(before) => changes.unchanged(layout::last_use(used), before.revision)?,
            None => changes.absent(layout::last_use(used))?,
        };
        let record = UseRecord {
            at_ms: last.at.millis(),
            service: last.service.clone(),
            region: last.region.clone(),
            unknown: before.map(|before| before.record.unknown.clone()).unwrap_or_default(),
        };
        changes.put(layout::last_use(used), &record)?;
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(ms: u64) -> LastUse {
        LastUse { at: Timestamp::from_millis(ms), service: "kms".to_owned(), region: "us-east-1".to_owned() }
    }

    #[test]
    fn use_that_came_while_the_one_before_was_written_stays_unsaved() {
        let uses = LastUses::default();
        let (key, role) = (Used::AccessKey("AKIA1".to_owned()), Used::Role("AROA1".to_owned()));
        let note = |used: &Used, ms: u64| {
            let mut new = uses.new.mine();
            let (table, id) = new.of(used);
            table.insert(id.clone(), last(ms));
        };
        note(&key, 1);
        note(&role, 1);
        let written = uses.unsaved();
        assert_eq!(written.len(), 2);
        note(&key, 2);
        uses.saved(&written);
        assert_eq!((uses.get(&key), uses.get(&role)), (Some(last(2)), None));
        uses.saved(&uses.unsaved());
        assert!(uses.unsaved().is_empty());
    }
}
