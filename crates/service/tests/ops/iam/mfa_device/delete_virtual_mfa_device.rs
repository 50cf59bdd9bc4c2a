//! DeleteVirtualMFADevice.

use super::unknown;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "DeleteVirtualMFADevice";

#[tokio::test]
async fn device_that_is_somebodys_stays_and_so_does_its_user() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let used = "MFA VirtualDevice in use. Must deactivate first.";
    s.iam(ACTION, &[device.named()]).await.refused("DeleteConflict", used);
    let key = [("UserName", "alice"), ("AccessKeyId", s.alice.access_key_id.as_str())];
    s.iam("DeleteAccessKey", &key).await.ok();
    let hangs = "Cannot delete entity, must delete MFA device first.";
    s.iam("DeleteUser", &[("UserName", "alice")]).await.refused("DeleteConflict", hangs);
    s.iam("DeactivateMFADevice", &[("UserName", "alice"), device.named()]).await.ok();
    s.iam("DeleteUser", &[("UserName", "alice")]).await.ok();
    s.iam(ACTION, &[device.named()]).await.ok();
    unknown(&s, ACTION, &[]).await;
    let again = s.device("phone").await;
    assert_eq!(again.serial_number, device.serial_number);
    assert_ne!(again.seed, device.seed);
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let device = s.device("phone").await;
    permission(&s, ACTION, &arn("mfa/phone"), &[device.named()]).await;
}
