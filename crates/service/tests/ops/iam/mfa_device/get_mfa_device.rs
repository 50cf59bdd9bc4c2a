//! GetMFADevice.

use super::unknown;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "GetMFADevice";

#[tokio::test]
async fn one_device_of_a_user() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let shown = s.iam(ACTION, &[("UserName", "alice"), device.named()]).await.ok();
    assert_eq!((shown.get("UserName"), shown.get("SerialNumber")), ("alice".into(), device.serial_number));
    assert_eq!(shown.get("EnableDate"), "2026-01-15T12:00:00Z");
    unknown(&s, ACTION, &[("UserName", "alice")]).await;
    let free = s.device("tablet").await;
    s.iam(ACTION, &[("UserName", "alice"), free.named()]).await.refused("NoSuchEntity", "doesn't exist");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    permission(&s, ACTION, &arn("user/alice"), &[device.named()]).await;
}
