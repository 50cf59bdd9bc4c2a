//! ResyncMFADevice: two codes in a row tell how far the device's clock is off.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, mfa_device, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{ResyncMFADevice, ResyncMFADeviceInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ResyncMFADevice {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &ResyncMFADeviceInput) -> Result<NoOutput, Fault> {
        let action = "iam:ResyncMFADevice";
        let user = user::authorized(call, &input.user_name, action, RequestFacts::default())?;
        let device = mfa_device::find_of(call, &user, &input.serial_number)?;
        let (first, second) = (&input.authentication_code1, &input.authentication_code2);
        let standing = mfa_device::synchronised(call, &device, first, second).await?;
        let changes = mfa_device::change(&device, |record| record.stand(standing))?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
