//! Operations on virtual MFA devices of users. The seed is the vault's; here it is a wrapped record.

mod create_virtual_mfa_device;
mod deactivate_mfa_device;
mod delete_virtual_mfa_device;
mod enable_mfa_device;
mod get_mfa_device;
mod list_mfa_devices;
mod list_virtual_mfa_devices;
mod resync_mfa_device;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{Entry, entry};
use crate::state::{Changes, MfaEntry, MfaRecord, UserEntry, layout};
use std::sync::Arc;
use strongroom_api::SensitiveText;
use strongroom_api::iam::operation as api;
use strongroom_api::query::QueryErrorCode;
use strongroom_vault_protocol::{MFA_CODE_DIGITS, MfaCodes, MfaStanding, VaultError};

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::CreateVirtualMFADevice>(),
    entry::<api::DeactivateMFADevice>(),
    entry::<api::DeleteVirtualMFADevice>(),
    entry::<api::EnableMFADevice>(),
    entry::<api::GetMFADevice>(),
    entry::<api::ListMFADevices>(),
    entry::<api::ListVirtualMFADevices>(),
    entry::<api::ResyncMFADevice>(),
];

/// The device of a serial number in the caller's account.
fn find(call: &Call<'_>, serial_number: &str) -> Result<Arc<MfaEntry>, Fault> {
    let device = call.snapshot.directory.mfa_device(call.account(), serial_number);
    device.cloned().ok_or_else(|| no_such(serial_number))
}

/// The same, if it is this user's.
fn find_of(call: &Call<'_>, user: &UserEntry, serial_number: &str) -> Result<Arc<MfaEntry>, Fault> {
    let device = find(call, serial_number)?;
    if device.is_of(&user.unique_id) { Ok(device) } else { Err(no_such(serial_number)) }
}

fn no_such(serial_number: &str) -> Fault {
    let text = format!("VirtualMFADevice with serial number {serial_number} doesn't exist.");
    Fault::Query(QueryErrorCode::NoSuchEntity, text)
}

/// The digits of a code.
pub(super) fn digits(code: &SensitiveText) -> Option<[u8; MFA_CODE_DIGITS]> {
    code.expose().as_bytes().try_into().ok()
}

/// Has the vault check codes: how the device stands after them. `wrong` is what is said when they are not right.
pub(super) async fn checked(
    call: &Call<'_>,
    device: &MfaEntry,
    codes: MfaCodes,
    wrong: fn() -> Fault,
) -> Result<MfaStanding, Fault> {
    let (binding, wrapped) = (device.binding(), &device.record.wrapped);
    let checked = call.vault().check_mfa_codes(&binding, wrapped, codes, device.standing()).await;
    checked.map_err(|error| refused(call, device, error, wrong).unwrap_or(Fault::Vault(error)))
}

/// What a caller is told whose code the vault refuses, and what others are.
fn refused(call: &Call<'_>, device: &MfaEntry, error: VaultError, wrong: fn() -> Fault) -> Option<Fault> {
    let locked = call.service.mfa_refusals().note(error, &|| device.serial_number(), call.request_id)?;
    call.notes().locked_mfa_device = locked;
    Some(wrong())
}

/// The same for two codes in a row.
async fn synchronised(
    call: &Call<'_>,
    device: &MfaEntry,
    first: &SensitiveText,
    second: &SensitiveText,
) -> Result<MfaStanding, Fault> {
    let codes = digits(first).zip(digits(second)).ok_or_else(invalid_code)?;
    checked(call, device, MfaCodes::Two(codes.0, codes.1), invalid_code).await
}

fn invalid_code() -> Fault {
    let text = "Authentication code for device is not valid.";
    Fault::Query(QueryErrorCode::InvalidAuthenticationCode, text.to_owned())
}

/// The change of a device's record, resting on it as it was read.
pub(super) fn change(device: &MfaEntry, edit: impl FnOnce(&mut MfaRecord)) -> Result<Changes, Fault> {
    let mut record = device.record.clone();
    edit(&mut record);
    let place = || layout::mfa_device(&device.account, &device.name);
    let mut changes = Changes::new();
    let built = changes.unchanged(place(), device.revision).and_then(|changes| changes.put(place(), &record));
    built.map_err(change_fault)?;
    Ok(changes)
}
