//! GetAccountSummary.

use crate::iam::policy::with_policy;
use crate::iam::role;
use serde_json::json;

#[tokio::test]
async fn everything_is_counted() {
    let s = with_policy().await;
    role::create(&s, "reader").await;
    s.device_of_alice().await;
    s.device("tablet").await;
    let summary = s.iam("GetAccountSummary", &[]).await.ok();
    let entries = summary.all("SummaryMap/entry");
    for (key, value) in [
        ("Users", 1),
        ("Groups", 0),
        ("Roles", 1),
        ("Policies", 1),
        ("PolicyVersionsInUse", 1),
        ("AccountAccessKeysPresent", 1),
        ("AccessKeysPerUserQuota", 2),
        ("MFADevices", 2),
        ("MFADevicesInUse", 1),
    ] {
        let entry = format!("<key>{key}</key><value>{value}</value>");
        assert!(entries.contains(&entry), "{entry} {entries:?}");
    }
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_policy().await;
    let ask = || s.query(&s.alice, "iam", "GetAccountSummary", &[]);
    ask().await.refused("AccessDenied", "is not authorized to perform: iam:GetAccountSummary");
    s.allow_alice(json!("iam:GetAccountSummary"), "*").await;
    ask().await.ok();
}
