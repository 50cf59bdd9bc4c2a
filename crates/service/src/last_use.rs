//! When each access key was last used, for which service and in which Region (GetAccessKeyLastUsed).
//!
//! In memory only: it begins anew at each start, and an access key that was not used since shows as never used. A use
//! must not cost a write to the disk.

use crate::authenticate::{Authenticated, Credential};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use strongroom_types::Timestamp;

/// The last use of an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastUse {
    pub(crate) at: Timestamp,
    /// `kms`, `iam`, `sts`.
    pub(crate) service: String,
    pub(crate) region: String,
}

/// The last use of every access key that was used since the start. Sessions are not counted.
#[derive(Default)]
pub(crate) struct LastUses {
    by_id: Mutex<HashMap<String, LastUse>>,
}

impl LastUses {
    /// Notes a request whose signature was good, whatever it is answered.
    pub(crate) fn note(&self, caller: &Authenticated, at: Timestamp) {
        let Credential::AccessKey(key) = caller.credential() else { return };
        let (service, region) = (caller.service(), caller.region().as_str());
        let mut uses = self.uses();
        match uses.get_mut(&key.id) {
            Some(last) if last.service == service && last.region == region => last.at = at,
            _ => {
                let last = LastUse { at, service: service.to_owned(), region: region.to_owned() };
                uses.insert(key.id.clone(), last);
            }
        }
    }

    pub(crate) fn get(&self, access_key_id: &str) -> Option<LastUse> {
        self.uses().get(access_key_id).cloned()
    }

    /// Forgets an access key that is gone.
    pub(crate) fn forget(&self, access_key_id: &str) {
        self.uses().remove(access_key_id);
    }

    /// A poisoned lock is taken over: the table is whole after each statement.
    fn uses(&self) -> MutexGuard<'_, HashMap<String, LastUse>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
