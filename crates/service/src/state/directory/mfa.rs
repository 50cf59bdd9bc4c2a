//! Virtual MFA devices: whose they are, and which codes of theirs are past. Nobody's authority rests on a device (what a code
//! gave is in the session that was made with it), so they change nothing that decisions rest on.

use super::entries::iam_arn;
use super::records::MfaRecord;
use super::{At, Directory};
use crate::state::record::{Record, RecordError};
use std::sync::Arc;
use strongroom_storage::{Revision, Value};
use strongroom_types::{AccountId, UniqueId};
use strongroom_vault_protocol::{MfaBinding, MfaStanding};

/// A virtual MFA device.
#[derive(Debug)]
pub(crate) struct MfaEntry {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) record: MfaRecord,
    pub(crate) revision: Revision,
}

impl MfaEntry {
    /// `arn:aws:iam::ACCOUNT:mfa/PATH-AND-NAME`.
    pub(crate) fn serial_number(&self) -> String {
        iam_arn(&self.account, "mfa", &self.record.path, &self.name)
    }

    /// Whether it is enabled for a user.
    pub(crate) fn is_of(&self, user: &UniqueId) -> bool {
        self.record.enabled.as_ref().is_some_and(|enabled| enabled.user_id == user.as_str())
    }

    /// How it stands, as the vault wants to know it.
    pub(crate) fn standing(&self) -> MfaStanding {
        MfaStanding { last_step: self.record.last_step, drift: self.record.drift }
    }

    /// What its wrapped seed is bound to.
    pub(crate) fn binding(&self) -> MfaBinding {
        MfaBinding { account: self.account.to_string(), device: self.name.clone() }
    }
}

impl MfaRecord {
    /// Notes how the device stands after a code.
    pub(crate) fn stand(&mut self, standing: MfaStanding) {
        self.last_step = standing.last_step;
        self.drift = standing.drift;
    }
}

impl Directory {
    /// The device of exactly that serial number, its path included.
    pub(crate) fn mfa_device(&self, account: &AccountId, serial_number: &str) -> Option<&Arc<MfaEntry>> {
        let path_and_name = serial_number.strip_prefix(&iam_arn(account, "mfa", "/", ""))?;
        let name = path_and_name.rsplit('/').next()?;
        let device = self.mfa_devices.get(&At(account, name));
        device.filter(|device| device.serial_number() == serial_number)
    }

    /// The devices that are enabled for a user, in the order of their names.
    pub(crate) fn mfa_devices_of<'a>(
        &'a self,
        account: &AccountId,
        user: &UniqueId,
    ) -> impl Iterator<Item = &'a Arc<MfaEntry>> + use<'a> {
        let (account, user) = (account.clone(), user.clone());
        let from = (account.clone(), String::new());
        let own = self.mfa_devices.range(from..).take_while(move |((of, _), _)| *of == account);
        own.map(|(_, device)| device).filter(move |device| device.is_of(&user))
    }

    /// Every device of every account.
    pub(crate) fn all_mfa_devices(&self) -> impl Iterator<Item = &Arc<MfaEntry>> {
        self.mfa_devices.values()
    }

    pub(crate) fn put_mfa(
        &mut self,
        account: AccountId,
        name: String,
        value: &Value,
        revision: Revision,
    ) -> Result<(), RecordError> {
        let record = Record::decode(value)?;
        let entry = MfaEntry { account: account.clone(), name: name.clone(), record, revision };
        self.mfa_devices.insert((account, name), Arc::new(entry));
        Ok(())
    }

    pub(crate) fn delete_mfa(&mut self, account: AccountId, name: String) {
        self.mfa_devices.remove(&(account, name));
    }
}
