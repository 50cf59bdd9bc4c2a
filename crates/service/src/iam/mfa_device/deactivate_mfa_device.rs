//! DeactivateMFADevice: the device is nobody's again. Sessions that were made with it go on until they end.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, mfa_device, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeactivateMFADevice, DeactivateMFADeviceInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeactivateMFADevice {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeactivateMFADeviceInput) -> Result<NoOutput, Fault> {
        let name = user::name_or_own(call, input.user_name.as_ref())?;
        let user = user::authorized(call, name, "iam:DeactivateMFADevice", RequestFacts::default())?;
        let device = mfa_device::find_of(call, &user, &input.serial_number)?;
        // Which codes are past stays on the record: whoever gets the device next cannot use them again.
        let changes = mfa_device::change(&device, |record| record.enabled = None)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
