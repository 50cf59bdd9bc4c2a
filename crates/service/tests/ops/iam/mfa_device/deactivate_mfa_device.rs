//! DeactivateMFADevice.

use super::unknown;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "DeactivateMFADevice";

#[tokio::test]
async fn its_codes_are_good_for_nothing_then_and_old_ones_never_again() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    s.iam(ACTION, &[("UserName", "alice"), device.named()]).await.ok();
    let failed = "MultiFactorAuthentication failed, unable to validate MFA code.";
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.refused("AccessDenied", failed);
    s.with_codes("EnableMFADevice", &device, -2, -1)
        .await
        .refused("InvalidAuthenticationCode", super::INVALID);
    s.with_codes("EnableMFADevice", &device, 0, 1).await.ok();
}

#[tokio::test]
async fn device_of_somebody_else_stays() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    let text = format!("VirtualMFADevice with serial number {} doesn't exist.", device.serial_number);
    s.iam(ACTION, &[("UserName", "bob"), device.named()]).await.refused("NoSuchEntity", &text);
    unknown(&s, ACTION, &[("UserName", "alice")]).await;
    s.iam(ACTION, &[device.named()]).await.refused("ValidationError", "Must specify userName");
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
}

#[tokio::test]
async fn permission_is_needed_even_for_ones_own() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    permission(&s, ACTION, &arn("user/alice"), &[device.named()]).await;
}
