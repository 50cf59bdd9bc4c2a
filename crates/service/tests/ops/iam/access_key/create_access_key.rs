//! CreateAccessKey.

use crate::iam::permission::{arn, permission};
use crate::scenario::{Scenario, caller};

#[tokio::test]
async fn secret_that_is_shown_once_signs_and_is_on_no_record() {
    let s = Scenario::start().await;
    let made = s.iam("CreateAccessKey", &[("UserName", "alice")]).await.ok();
    assert_eq!((made.get("UserName"), made.get("Status")), ("alice".to_owned(), "Active".to_owned()));
    assert!(made.get("AccessKeyId").starts_with("AKIA"));
    let secret = made.get("SecretAccessKey");
    let record = s.last_record();
    assert_eq!(record["responseElements"]["accessKey"]["accessKeyId"], made.get("AccessKeyId"));
    assert!(!s.disk.text().contains(&secret), "the secret access key is on the record");
    let new = caller(s.alice.arn.clone(), &made.get("AccessKeyId"), secret.as_bytes());
    assert_eq!(s.identity(&new).await.ok().get("Arn"), s.alice.arn);
    let s = s.restart().await;
    assert_eq!(s.identity(&new).await.ok().get("Arn"), s.alice.arn);
}

#[tokio::test]
async fn third_access_key_is_refused() {
    let s = Scenario::start().await;
    s.second_key_of_alice().await;
    let quota = "Cannot exceed quota for AccessKeysPerUser: 2";
    s.iam("CreateAccessKey", &[("UserName", "alice")]).await.refused("LimitExceeded", quota);
    s.iam("CreateAccessKey", &[]).await.ok();
    s.iam("CreateAccessKey", &[]).await.refused("LimitExceeded", quota);
}

#[tokio::test]
async fn two_at_once_do_not_exceed_the_quota() {
    let s = Scenario::start().await;
    let create = || s.iam("CreateAccessKey", &[("UserName", "alice")]);
    let (one, other) = tokio::join!(create(), create());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert_ne!(statuses[1], 200);
    let listed = s.iam("ListAccessKeys", &[("UserName", "alice")]).await.ok();
    assert_eq!(listed.all("AccessKeyId").len(), 2);
}

#[tokio::test]
async fn keys_of_the_root_and_of_nobody() {
    let s = Scenario::start().await;
    let made = s.iam("CreateAccessKey", &[]).await.ok();
    let new = caller(s.root.arn.clone(), &made.get("AccessKeyId"), made.get("SecretAccessKey").as_bytes());
    assert_eq!(s.identity(&new).await.ok().get("Arn"), s.root.arn);
    let unknown = "The user with name nobody cannot be found.";
    s.iam("CreateAccessKey", &[("UserName", "nobody")]).await.refused("NoSuchEntity", unknown);
}

#[tokio::test]
async fn needs_permission_even_for_oneself() {
    let s = Scenario::start().await;
    permission(&s, "CreateAccessKey", &arn("user/alice"), &[]).await;
}
