//! Virtual MFA devices, and what their tests share: a device in somebody's pocket. Its codes are computed here by themselves.

mod create_virtual_mfa_device;
mod deactivate_mfa_device;
mod delete_virtual_mfa_device;
mod enable_mfa_device;
mod get_mfa_device;
mod list_mfa_devices;
mod list_virtual_mfa_devices;
mod resync_mfa_device;

use crate::query_answer::XmlAnswer;
use crate::scenario::{Caller, Scenario};
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use base64::{Engine, engine::general_purpose::STANDARD};
use strongroom_types::Clock;

/// A device as its user has it.
pub(crate) struct Device {
    pub(crate) serial_number: String,
    /// Base32.
    seed: String,
}

impl Device {
    /// The code so many steps from now.
    pub(crate) fn code(&self, s: &Scenario, steps: i64) -> String {
        let step = (s.clock().now().seconds() / 30).checked_add_signed(steps).unwrap();
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(&self.seed));
        let tag = sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }

    /// The parameter that names it.
    fn named(&self) -> (&'static str, &str) {
        ("SerialNumber", &self.serial_number)
    }
}

fn from_base32(text: &str) -> Vec<u8> {
    let value =
        |c: char| u64::from(if c.is_ascii_uppercase() { c as u8 - b'A' } else { c as u8 - b'2' + 26 });
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u64, 0);
    for c in text.chars() {
        bits = ((bits << 5) | value(c)) & 0xffff;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

impl Scenario {
    /// A new device of nobody.
    pub(crate) async fn device(&self, name: &str) -> Device {
        let made = self.iam("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]).await.ok();
        let seed = STANDARD.decode(made.get("Base32StringSeed")).unwrap();
        Device { serial_number: made.get("SerialNumber"), seed: String::from_utf8(seed).unwrap() }
    }

    /// What the root is answered that asks something of alice's device with the codes of two steps.
    async fn with_codes(&self, action: &str, device: &Device, first: i64, second: i64) -> XmlAnswer {
        let (first, second) = (device.code(self, first), device.code(self, second));
        let params = [
            ("UserName", "alice"),
            device.named(),
            ("AuthenticationCode1", first.as_str()),
            ("AuthenticationCode2", second.as_str()),
        ];
        self.iam(action, &params).await
    }

    /// A new device of alice, whose codes from now on are good.
    pub(crate) async fn device_of_alice(&self) -> Device {
        let device = self.device("phone").await;
        self.with_codes("EnableMFADevice", &device, -2, -1).await.ok();
        device
    }

    /// What a caller is answered who asks for a session with a code.
    pub(crate) async fn session_with(&self, caller: &Caller, device: &Device, code: &str) -> XmlAnswer {
        self.query(caller, "sts", "GetSessionToken", &[device.named(), ("TokenCode", code)]).await
    }
}

/// What is said of codes that are not right when they were asked of IAM.
const INVALID: &str = "Authentication code for device is not valid.";

/// A device that is not there is found by nobody.
async fn unknown(s: &Scenario, action: &str, params: &[(&str, &str)]) {
    for unknown in
        ["arn:aws:iam::111122223333:mfa/none", "arn:aws:iam::111122223333:mfa/a/phone", "GAHT12345678"]
    {
        let mut all = vec![("SerialNumber", unknown)];
        all.extend_from_slice(params);
        let text = format!("VirtualMFADevice with serial number {unknown} doesn't exist.");
        s.iam(action, &all).await.refused("NoSuchEntity", &text);
    }
}
