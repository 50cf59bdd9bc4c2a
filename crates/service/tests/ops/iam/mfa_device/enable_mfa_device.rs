//! EnableMFADevice.

use super::{INVALID, unknown};
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "EnableMFADevice";

#[tokio::test]
async fn two_codes_in_a_row_enable_it() {
    let s = Scenario::start().await;
    let device = s.device("phone").await;
    for (first, second) in [(-1, -1), (0, -1), (-3, -1), (100, 101)] {
        s.with_codes(ACTION, &device, first, second).await.refused("InvalidAuthenticationCode", INVALID);
    }
    s.with_codes(ACTION, &device, -2, -1).await.ok();
    let record = s.last_record();
    assert_eq!(record["requestParameters"]["serialNumber"], device.serial_number);
    let codes = [device.code(&s, -2), device.code(&s, -1)];
    let parameters = record["requestParameters"].to_string();
    assert!(!codes.iter().any(|code| parameters.contains(code.as_str())), "{parameters}");
    let used = format!("MFA device {} is in use already.", device.serial_number);
    s.with_codes(ACTION, &device, 0, 1).await.refused("EntityAlreadyExists", &used);
}

#[tokio::test]
async fn after_five_wrong_pairs_the_right_one_waits() {
    let s = Scenario::start().await;
    let device = s.device("phone").await;
    for _ in 0..5 {
        s.with_codes(ACTION, &device, 100, 101).await.refused("InvalidAuthenticationCode", INVALID);
    }
    s.with_codes(ACTION, &device, -2, -1).await.refused("InvalidAuthenticationCode", INVALID);
    s.clock().forward_ms(300_000);
    s.with_codes(ACTION, &device, -2, -1).await.ok();
}

#[tokio::test]
async fn device_or_user_that_is_not_there() {
    let s = Scenario::start().await;
    let codes = [("AuthenticationCode1", "123456"), ("AuthenticationCode2", "234567")];
    let with = |user: &'static str| [("UserName", user), codes[0], codes[1]];
    unknown(&s, ACTION, &with("alice")).await;
    let device = s.device("phone").await;
    let mut all = with("nobody").to_vec();
    all.push(device.named());
    s.iam(ACTION, &all).await.refused("NoSuchEntity", "The user with name nobody cannot be found.");
    let short = [("UserName", "alice"), device.named(), ("AuthenticationCode1", "12345"), codes[1]];
    s.iam(ACTION, &short).await.refused("ValidationError", "authenticationCode1");
}

#[tokio::test]
async fn ninth_device_is_refused() {
    let s = Scenario::start().await;
    for number in 0..8 {
        let device = s.device(&format!("phone-{number}")).await;
        s.with_codes(ACTION, &device, -2, -1).await.ok();
    }
    let ninth = s.device("ninth").await;
    let quota = "Cannot exceed quota for MFADevicesPerUser: 8";
    s.with_codes(ACTION, &ninth, -2, -1).await.refused("LimitExceeded", quota);
}

#[tokio::test]
async fn user_of_the_same_name_later_has_no_device() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    s.iam("UpdateUser", &[("UserName", "alice"), ("NewUserName", "alina")]).await.ok();
    s.iam("CreateUser", &[("UserName", "alice")]).await.ok();
    assert!(s.iam("ListMFADevices", &[("UserName", "alice")]).await.ok().all("SerialNumber").is_empty());
    let listed = s.iam("ListMFADevices", &[("UserName", "alina")]).await.ok();
    assert_eq!(listed.get("SerialNumber"), device.serial_number);
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let device = s.device("phone").await;
    let (first, second) = (device.code(&s, -2), device.code(&s, -1));
    let params = [
        ("UserName", "alice"),
        device.named(),
        ("AuthenticationCode1", first.as_str()),
        ("AuthenticationCode2", second.as_str()),
    ];
    permission(&s, ACTION, &arn("user/alice"), &params).await;
}
