//! CreateVirtualMFADevice: the one moment in which a seed crosses the wire. There is no picture of it (`QRCodePNG`).

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::attachments::{authorize_creation, merged, quota, shown_tags};
use crate::iam::listing;
use crate::ops::Plane;
use crate::state::{ChangeError, Changes, MfaRecord, Pairs, iam_arn, layout, like};
use serde_json::json;
use strongroom_api::SensitiveBlob;
use strongroom_api::iam::operation::{
    CreateVirtualMFADevice, CreateVirtualMFADeviceInput, CreateVirtualMFADeviceOutput,
};
use strongroom_api::iam::shape::VirtualMFADevice;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::IamFacts;
use strongroom_vault_protocol::{MfaBinding, NewMfaSeed};

/// The longest serial number that other operations take.
const SERIAL_NUMBER_CHARS_MAX: usize = 256;

/// As many as there may be users, somebody's or not, as AWS has it.
const DEVICES_MAX: usize = 5_000;

impl QueryBehaviour for CreateVirtualMFADevice {
    const PLANE: Plane = Plane::Addition;

    async fn answer(
        call: &Call<'_>,
        input: &CreateVirtualMFADeviceInput,
    ) -> Result<CreateVirtualMFADeviceOutput, Fault> {
        let (account, name) = (call.account(), &input.virtual_mfa_device_name);
        let path = input.path.as_deref().unwrap_or("/");
        let serial_number = iam_arn(account, "mfa", path, name);
        let actions = ["iam:CreateVirtualMFADevice", "iam:TagMFADevice"];
        authorize_creation(call, &serial_number, actions, input.tags.as_deref(), IamFacts::default())?;
        if serial_number.chars().count() > SERIAL_NUMBER_CHARS_MAX {
            let text = "The path and the name of the virtual MFA device are too long.";
            return Err(Fault::Invalid(text.to_owned()));
        }
        if like(&call.snapshot.directory.mfa_devices, account, name).is_some() {
            let text = "MFADevice entity at the same path and name already exists.";
            return Err(Fault::Query(QueryErrorCode::EntityAlreadyExists, text.to_owned()));
        }
        if listing::own(&call.snapshot.directory.mfa_devices, account).count() >= DEVICES_MAX {
            return Err(quota("VirtualMFADevicesPerAccount", DEVICES_MAX));
        }
        let tags = merged(&Pairs::new(), input.tags.as_deref().unwrap_or_default())?;
        call.room()?;
        let binding = MfaBinding { account: account.to_string(), device: name.clone() };
        let NewMfaSeed { seed, record: wrapped } = call.vault().create_mfa_seed(&binding).await?;
        let record = MfaRecord::new(path.to_owned(), tags, wrapped, call.now.millis());
        let changes = new_device(call, name, &record).map_err(change_fault)?;
        call.commit(changes).await?;
        call.note_response("virtualMFADevice", json!({ "serialNumber": &serial_number }));
        let device = VirtualMFADevice {
            base32_string_seed: Some(SensitiveBlob(seed)),
            serial_number: Some(serial_number),
            tags: shown_tags(&record.tags),
            ..VirtualMFADevice::default()
        };
        Ok(CreateVirtualMFADeviceOutput { virtual_mfa_device: Some(device) })
    }
}

/// The record of a device whose name is free, in other spellings too.
fn new_device(call: &Call<'_>, name: &str, record: &MfaRecord) -> Result<Changes, ChangeError> {
    let place = || layout::mfa_device(call.account(), name);
    let mut changes = Changes::new();
    changes
        .none_newer(layout::mfa_devices_prefix(call.account()), call.snapshot.revision)?
        .absent(place())?
        .put(place(), record)?
        .under_keyring(&call.snapshot)?;
    Ok(changes)
}
