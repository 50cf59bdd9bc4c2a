//! ListMFADevices: those of one user, in the order of their names. A root has none.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::access_key::{self, Whose};
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, time};
use crate::ops::Plane;
use crate::state::MfaEntry;
use strongroom_api::iam::operation::{ListMFADevices, ListMFADevicesInput, ListMFADevicesOutput};
use strongroom_api::iam::shape::MFADevice;

impl QueryBehaviour for ListMFADevices {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListMFADevicesInput) -> Result<ListMFADevicesOutput, Fault> {
        let whose = access_key::authorized(call, input.user_name.as_ref(), "iam:ListMFADevices")?;
        let asked = Asked {
            request: &["ListMFADevices", whose.name().unwrap_or_default()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let of_user = match &whose {
            Whose::User(user) => Some(user),
            Whose::Root => None,
        };
        let directory = &call.snapshot.directory;
        let devices = of_user.into_iter().flat_map(|user| {
            let devices = directory.mfa_devices_of(call.account(), &user.unique_id);
            devices.map(move |device| (device.name.clone(), shown(device, &user.name)))
        });
        let page = listed(call, &asked, devices)?;
        Ok(ListMFADevicesOutput {
            mfa_devices: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn shown(device: &MfaEntry, user: &str) -> MFADevice {
    MFADevice {
        serial_number: Some(device.serial_number()),
        user_name: Some(user.to_owned()),
        enable_date: device.record.enabled.as_ref().map(|enabled| time(enabled.since_ms)),
    }
}
