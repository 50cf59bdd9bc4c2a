//! CreateVirtualMFADevice.

use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "CreateVirtualMFADevice";

#[tokio::test]
async fn seed_is_shown_once_and_is_on_no_record() {
    let s = Scenario::start().await;
    let params = [
        ("VirtualMFADeviceName", "phone"),
        ("Path", "/team/"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let made = s.iam(ACTION, &params).await.ok();
    assert_eq!(made.get("SerialNumber"), arn("mfa/team/phone"));
    assert_eq!(made.get("Tags/member/Value"), "red");
    assert!(made.all("QRCodePNG").is_empty() && made.all("User").is_empty());
    let seed = made.get("Base32StringSeed");
    assert_eq!(seed.len(), 88, "Base64 of 64 characters");
    let record = s.last_record();
    assert_eq!(record["responseElements"]["virtualMFADevice"]["serialNumber"], arn("mfa/team/phone"));
    let device = s.device("tablet").await;
    let log = s.disk.text();
    assert!(!log.contains(&seed) && !log.contains(&device.seed), "a seed is on the record");
    let listed = s.iam("ListVirtualMFADevices", &[]).await.ok();
    assert!(!listed.text.contains(&seed) && listed.all("Base32StringSeed").is_empty());
}

#[tokio::test]
async fn names_that_are_refused() {
    let s = Scenario::start().await;
    s.device("phone").await;
    for params in [
        &[("VirtualMFADeviceName", "phone")][..],
        &[("VirtualMFADeviceName", "PHONE")],
        &[("VirtualMFADeviceName", "phone"), ("Path", "/team/")],
    ] {
        let taken = "MFADevice entity at the same path and name already exists.";
        s.iam(ACTION, params).await.refused("EntityAlreadyExists", taken);
    }
    s.iam(ACTION, &[("VirtualMFADeviceName", "a/b")])
        .await
        .refused("ValidationError", "virtualMFADeviceName");
    let room = 256 - arn("mfa/").len();
    let name = |length: usize| "n".repeat(length);
    let long = s.iam(ACTION, &[("VirtualMFADeviceName", &name(room + 1))]).await;
    long.refused("ValidationError", "are too long");
    s.iam(ACTION, &[("VirtualMFADeviceName", &name(room))]).await.ok();
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    permission(&s, ACTION, &arn("mfa/new"), &[("VirtualMFADeviceName", "new")]).await;
}

#[tokio::test]
async fn device_is_there_after_a_restart() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let s = s.restart().await;
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
}
