//! ResyncMFADevice.

use super::{INVALID, unknown};
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "ResyncMFADevice";

#[tokio::test]
async fn device_whose_clock_is_off_is_good_again() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let failed = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    s.session_with(&s.alice, &device, &device.code(&s, 10)).await.refused("AccessDenied", failed);
    s.with_codes(ACTION, &device, 8, 10).await.refused("InvalidAuthenticationCode", INVALID);
    s.with_codes(ACTION, &device, 8, 9).await.ok();
    s.session_with(&s.alice, &device, &device.code(&s, 10)).await.ok();
    s.with_codes(ACTION, &device, 10, 11).await.refused("InvalidAuthenticationCode", INVALID);
}

#[tokio::test]
async fn device_that_is_not_there_or_nobodys() {
    let s = Scenario::start().await;
    let codes = [("UserName", "alice"), ("AuthenticationCode1", "123456"), ("AuthenticationCode2", "234567")];
    unknown(&s, ACTION, &codes).await;
    let device = s.device("phone").await;
    s.with_codes(ACTION, &device, -2, -1).await.refused("NoSuchEntity", "doesn't exist");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let (first, second) = (device.code(&s, 0), device.code(&s, 1));
    let params = [
        ("UserName", "alice"),
        device.named(),
        ("AuthenticationCode1", first.as_str()),
        ("AuthenticationCode2", second.as_str()),
    ];
    permission(&s, ACTION, &arn("user/alice"), &params).await;
}
