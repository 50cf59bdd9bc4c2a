//! ListMFADevices.

use crate::iam::pages::pages;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;

const ACTION: &str = "ListMFADevices";

#[tokio::test]
async fn devices_of_one_user_page_by_page() {
    let s = Scenario::start().await;
    for name in ["b", "c", "a"] {
        let device = s.device(name).await;
        s.with_codes("EnableMFADevice", &device, -2, -1).await.ok();
    }
    s.device("free").await;
    let listed = s.iam(ACTION, &[("UserName", "alice")]).await.ok();
    assert_eq!(listed.all("SerialNumber"), [arn("mfa/a"), arn("mfa/b"), arn("mfa/c")]);
    assert_eq!(listed.all("UserName"), ["alice", "alice", "alice"]);
    pages(&s, ACTION, &[("UserName", "alice")], "MFADevices/member", 3).await;
    assert!(s.iam(ACTION, &[]).await.ok().all("SerialNumber").is_empty(), "the root has none");
}

#[tokio::test]
async fn permission_is_needed() {
    permission(&Scenario::start().await, ACTION, &arn("user/alice"), &[]).await;
}
