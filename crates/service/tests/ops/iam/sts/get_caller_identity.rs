//! GetCallerIdentity.

use super::{allow, document, identity, let_alice};
use crate::scenario::{ACCOUNT, Scenario};
use serde_json::json;

#[tokio::test]
async fn everybody_learns_who_they_are() {
    let s = Scenario::start().await;
    let root = identity(&s, &s.root).await;
    assert_eq!(root, (s.root.arn.clone(), ACCOUNT.to_owned()));
    let (arn, id) = identity(&s, &s.alice).await;
    assert_eq!(arn, s.alice.arn);
    assert!(id.starts_with("AIDA"), "{id}");
}

#[tokio::test]
async fn nothing_forbids_it() {
    let s = Scenario::start().await;
    let_alice(&s, &document(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }))).await;
    identity(&s, &s.alice).await;
    let_alice(&s, &allow("kms:ListKeys", "*")).await;
    identity(&s, &s.alice).await;
}
