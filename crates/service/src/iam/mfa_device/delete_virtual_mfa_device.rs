//! DeleteVirtualMFADevice: once it is nobody's.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, mfa_device};
use crate::ops::Plane;
use crate::state::{Changes, layout};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteVirtualMFADevice, DeleteVirtualMFADeviceInput};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:DeleteVirtualMFADevice";

impl QueryBehaviour for DeleteVirtualMFADevice {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteVirtualMFADeviceInput) -> Result<NoOutput, Fault> {
        let found = call.snapshot.directory.mfa_device(call.account(), &input.serial_number);
        let tags = found.map(|device| &device.record.tags);
        call.authorize_resource(&input.serial_number, ACTION, RequestFacts::default(), tags)?;
        let device = mfa_device::find(call, &input.serial_number)?;
        if device.record.enabled.is_some() {
            let text = "MFA VirtualDevice in use. Must deactivate first.";
            return Err(Fault::Query(QueryErrorCode::DeleteConflict, text.to_owned()));
        }
        let place = || layout::mfa_device(&device.account, &device.name);
        let mut changes = Changes::new();
        changes
            .unchanged(place(), device.revision)
            .and_then(|changes| changes.delete(place()))
            .map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
