//! ListVirtualMFADevices: those of the account, with whose they are. Never their seeds.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, authorized, listed, own};
use crate::iam::{QueryBehaviour, time, user};
use crate::ops::Plane;
use crate::state::{Directory, MfaEntry};
use strongroom_api::iam::operation::{
    ListVirtualMFADevices, ListVirtualMFADevicesInput, ListVirtualMFADevicesOutput,
};
use strongroom_api::iam::shape::VirtualMFADevice;
use strongroom_types::UniqueId;

impl QueryBehaviour for ListVirtualMFADevices {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListVirtualMFADevicesInput,
    ) -> Result<ListVirtualMFADevicesOutput, Fault> {
        authorized(call, "iam:ListVirtualMFADevices", "mfa", "/")?;
        let status = input.assignment_status.as_deref().unwrap_or("Any");
        let asked = Asked {
            request: &["ListVirtualMFADevices", status],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let directory = &call.snapshot.directory;
        let wanted = |device: &MfaEntry| match status {
            "Assigned" => device.record.enabled.is_some(),
            "Unassigned" => device.record.enabled.is_none(),
            _ => true,
        };
        let devices = own(&directory.mfa_devices, call.account()).filter(|(_, device)| wanted(device));
        let devices = devices.map(|(name, device)| (name.clone(), shown(device, directory)));
        let page = listed(call, &asked, devices)?;
        Ok(ListVirtualMFADevicesOutput {
            virtual_mfa_devices: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn shown(device: &MfaEntry, directory: &Directory) -> VirtualMFADevice {
    let enabled = device.record.enabled.as_ref();
    let id = enabled.and_then(|enabled| UniqueId::parse(&enabled.user_id).ok());
    VirtualMFADevice {
        serial_number: Some(device.serial_number()),
        enable_date: enabled.map(|enabled| time(enabled.since_ms)),
        user: id.and_then(|id| directory.user_with(&id)).map(|found| user::shown(found, false)),
        ..VirtualMFADevice::default()
    }
}
