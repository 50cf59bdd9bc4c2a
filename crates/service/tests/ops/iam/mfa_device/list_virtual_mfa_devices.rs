//! ListVirtualMFADevices.

use crate::iam::pages::pages;
use crate::iam::permission::{arn, permission_to_list};
use crate::scenario::Scenario;

const ACTION: &str = "ListVirtualMFADevices";

#[tokio::test]
async fn devices_with_whose_they_are() {
    let s = Scenario::start().await;
    s.device_of_alice().await;
    s.device("free").await;
    s.device("tablet").await;
    let of = async |status: &'static str| {
        let listed = s.iam(ACTION, &[("AssignmentStatus", status)]).await.ok();
        (listed.all("SerialNumber"), listed.all("UserName"))
    };
    let (free, phone, tablet) = (arn("mfa/free"), arn("mfa/phone"), arn("mfa/tablet"));
    assert_eq!(of("Assigned").await, (vec![phone.clone()], vec!["alice".to_owned()]));
    assert_eq!(of("Unassigned").await, (vec![free.clone(), tablet.clone()], Vec::new()));
    assert_eq!(of("Any").await.0, [free, phone, tablet]);
    pages(&s, ACTION, &[], "VirtualMFADevices/member", 3).await;
    s.iam(ACTION, &[("AssignmentStatus", "None")]).await.refused("ValidationError", "assignmentStatus");
}

#[tokio::test]
async fn permission_is_needed() {
    permission_to_list(&Scenario::start().await, ACTION, "mfa").await;
}
