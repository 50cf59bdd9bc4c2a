//! EnableMFADevice: two codes in a row show that the user has the seed.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::access_key::{self, Whose};
use crate::iam::{QueryBehaviour, attachments, mfa_device, user};
use crate::ops::Plane;
use crate::state::MfaUser;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{EnableMFADevice, EnableMFADeviceInput};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

/// The most devices of a user.
const DEVICES_MAX: usize = 8;

impl QueryBehaviour for EnableMFADevice {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &EnableMFADeviceInput) -> Result<NoOutput, Fault> {
        let action = "iam:EnableMFADevice";
        let user = user::authorized(call, &input.user_name, action, RequestFacts::default())?;
        let device = mfa_device::find(call, &input.serial_number)?;
        if device.record.enabled.is_some() {
            let text = format!("MFA device {} is in use already.", input.serial_number);
            return Err(Fault::Query(QueryErrorCode::EntityAlreadyExists, text));
        }
        let directory = &call.snapshot.directory;
        if directory.mfa_devices_of(call.account(), &user.unique_id).count() >= DEVICES_MAX {
            return Err(attachments::quota("MFADevicesPerUser", DEVICES_MAX));
        }
        call.room()?;
        let (first, second) = (&input.authentication_code1, &input.authentication_code2);
        let standing = mfa_device::synchronised(call, &device, first, second).await?;
        let enabled = MfaUser { user_id: user.unique_id.to_string(), since_ms: call.now.millis() };
        let mut changes = mfa_device::change(&device, |record| {
            record.enabled = Some(enabled);
            record.stand(standing);
        })?;
        // Of two devices that are enabled at once, or of one and the deletion of the user, one loses.
        access_key::touch(call, &Whose::User(user), &mut changes)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
