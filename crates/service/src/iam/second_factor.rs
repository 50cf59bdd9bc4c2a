//! The second factor of a call to STS: a code of an MFA device of the user who calls.
//!
//! A code is taken once. That it was is durable before anything is made of it; of two calls with the same code at once, one
//! finds the device's record changed, decides anew and is refused.

use super::mfa_device::{change, checked, digits};
use crate::call::Call;
use crate::fault::Fault;
use crate::state::MfaEntry;
use std::sync::Arc;
use strongroom_api::SensitiveText;
use strongroom_policy::CallerKind;
use strongroom_storage::BatchId;
use strongroom_types::Timestamp;
use strongroom_vault_protocol::MfaCodes;

/// Takes the code that a request has, if it has one: when that was. From here on the call's decisions see it.
pub(super) async fn second_factor(
    call: &Call<'_>,
    serial_number: Option<&String>,
    code: Option<&SensitiveText>,
) -> Result<Option<Timestamp>, Fault> {
    let (serial_number, code) = match (serial_number, code) {
        (None, None) => return Ok(None),
        (Some(serial_number), Some(code)) => (serial_number, code),
        _ => return Err(failed(", must provide both MFA serial number and one time pass code.")),
    };
    let device = device_of_caller(call, serial_number).ok_or_else(|| {
        failed(
            ", unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        )
    })?;
    let taken = call.taken_code();
    if taken.is_some() {
        return Ok(taken);
    }
    let code = digits(code).ok_or_else(wrong)?;
    let standing = checked(call, &device, MfaCodes::One(code), wrong).await?;
    let changes = change(&device, |record| record.stand(standing))?;
    let batch = BatchId::new(call.service.random_id());
    call.service.committer().commit(batch, changes).await?;
    call.notes().mfa = Some(call.now);
    Ok(Some(call.now))
}

/// The device of that serial number, if it is the calling user's own.
fn device_of_caller(call: &Call<'_>, serial_number: &str) -> Option<Arc<MfaEntry>> {
    let CallerKind::User(id) = call.caller.caller().kind() else { return None };
    let device = call.snapshot.directory.mfa_device(call.account(), serial_number)?;
    device.is_of(id).then(|| device.clone())
}

fn wrong() -> Fault {
    failed(" with invalid MFA one time pass code.")
}

fn failed(how: &str) -> Fault {
    Fault::Denied(format!("MultiFactorAuthentication failed{how}"))
}
