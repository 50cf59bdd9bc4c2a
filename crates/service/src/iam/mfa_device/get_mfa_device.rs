//! GetMFADevice: one device of a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, mfa_device, time, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetMFADevice, GetMFADeviceInput, GetMFADeviceOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetMFADevice {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetMFADeviceInput) -> Result<GetMFADeviceOutput, Fault> {
        let name = user::name_or_own(call, input.user_name.as_ref())?;
        let user = user::authorized(call, name, "iam:GetMFADevice", RequestFacts::default())?;
        let device = mfa_device::find_of(call, &user, &input.serial_number)?;
        Ok(GetMFADeviceOutput {
            serial_number: Some(device.serial_number()),
            user_name: Some(user.name.clone()),
            enable_date: device.record.enabled.as_ref().map(|enabled| time(enabled.since_ms)),
            ..GetMFADeviceOutput::default()
        })
    }
}
