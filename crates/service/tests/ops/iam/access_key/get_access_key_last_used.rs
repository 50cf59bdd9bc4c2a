//! GetAccessKeyLastUsed.

use crate::iam::permission::{arn, permission};
use crate::query_answer::XmlAnswer;
use crate::scenario::{Caller, Scenario};
use serde_json::json;

async fn last_use(s: &Scenario, of: &Caller) -> XmlAnswer {
    s.iam("GetAccessKeyLastUsed", &[("AccessKeyId", &of.access_key_id)]).await.ok()
}

#[tokio::test]
async fn last_use_is_noted_at_once() {
    let s = Scenario::start().await;
    let never = last_use(&s, &s.alice).await;
    assert_eq!((never.get("ServiceName"), never.get("Region")), ("N/A".to_owned(), "N/A".to_owned()));
    assert!(never.all("LastUsedDate").is_empty());
    // A denial is a use.
    let abroad = Caller { region: "eu-west-1", ..s.alice.clone() };
    s.call(&abroad, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "kms:ListKeys");
    let used = last_use(&s, &s.alice).await;
    assert_eq!(used.get("UserName"), "alice");
    assert_eq!((used.get("ServiceName"), used.get("Region")), ("kms".to_owned(), "eu-west-1".to_owned()));
    assert_eq!(used.all("LastUsedDate").len(), 1);
    s.identity(&s.alice).await.ok();
    assert_eq!(last_use(&s, &s.alice).await.get("ServiceName"), "sts");
    // What was not written is lost.
    let s = s.restart().await;
    assert_eq!(last_use(&s, &s.alice).await.get("ServiceName"), "N/A");
}

#[tokio::test]
async fn bad_signature_is_no_use() {
    let s = Scenario::start().await;
    let forged = Caller { secret: "x".repeat(40), ..s.alice.clone() };
    s.identity(&forged).await.refused("SignatureDoesNotMatch", "");
    assert_eq!(last_use(&s, &s.alice).await.get("ServiceName"), "N/A");
}

#[tokio::test]
async fn key_that_is_not_there() {
    let s = Scenario::start().await;
    let params = [("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")];
    s.iam("GetAccessKeyLastUsed", &params).await.refused("NoSuchEntity", "AKIAAAAAAAAAAAAAAAAA");
    s.query(&s.alice, "iam", "GetAccessKeyLastUsed", &params).await.refused("AccessDenied", "");
}

#[tokio::test]
async fn needs_permission() {
    let s = Scenario::start().await;
    let params = [("AccessKeyId", s.alice.access_key_id.as_str())];
    permission(&s, "GetAccessKeyLastUsed", &arn("user/alice"), &params).await;
}
