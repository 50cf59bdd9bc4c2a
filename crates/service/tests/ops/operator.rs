//! What the operator asks of the running service, and a start that is refused.

mod accounts;
mod as_served;
mod bounded;
mod clock;
mod clusters;
mod explain;
mod key_usage;
mod simulate;
mod who_can;

use crate::scenario::{Scenario, audit_settings, caller, parts, policy, statement};
use serde_json::json;
use std::sync::Arc;
use strongroom_audit::AuditLog;
use strongroom_service::{OperatorError, Service, StartError};
use strongroom_testkit::{MemoryDisk, SeededRandom};
use strongroom_types::AccountId;
use strongroom_vault_protocol::VaultClient;

#[tokio::test]
async fn user_that_was_made_may_do_what_a_key_policy_says_and_nothing_else() {
    let s = Scenario::start().await;
    let made = s.service.create_user("bob", 0).await.unwrap();
    let bob = caller(made.arn.clone(), &made.access_key_id, made.secret.expose());
    s.call(&bob, "ListKeys", json!({})).await.refused_with("AccessDeniedException", &made.arn);
    let key = s.key_with(&[statement("Allow", &made.arn, "kms:DescribeKey")]).await;
    s.call(&bob, "DescribeKey", json!({ "KeyId": key.arn })).await.succeeded();
    s.alice("DescribeKey", json!({ "KeyId": key.arn })).await.refused_with("AccessDeniedException", &key.arn);
}

#[tokio::test]
async fn user_name_that_is_taken_or_not_a_name() {
    let s = Scenario::start().await;
    assert!(matches!(s.service.create_user("alice", 0).await, Err(OperatorError::UserExists(_))));
    let long = "n".repeat(65);
    for name in ["", "a b", "a/b", "é", long.as_str()] {
        assert!(matches!(s.service.create_user(name, 0).await, Err(OperatorError::UserName)), "{name}");
    }
    s.service.create_user(&long[..64], 0).await.unwrap();
}

#[tokio::test]
async fn root_access_key_that_was_renewed_replaces_the_old_one_at_once() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let renewed = s.renew_root_access_key(None).await;
    s.root("ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "security token");
    let root = caller(s.root.arn.clone(), &renewed.access_key_id, renewed.secret.expose());
    let input = json!({ "KeyId": key.id, "Policy": policy(&[]) });
    s.call(&root, "PutKeyPolicy", input).await.empty();
    s.alice("ListKeys", json!({})).await.refused_with("AccessDeniedException", "alice");
}

#[tokio::test]
async fn root_access_key_and_account_that_are_only_proposed_change_nothing() {
    let s = Scenario::start().await;
    let revision = s.revision().await;
    let proposed = s.service.propose_root_access_key(None).await.unwrap();
    let id = proposed.credentials().access_key_id.clone();
    s.service.propose_account("210987654321").await.unwrap();
    assert_eq!(s.revision().await, revision);
    assert!(!s.service.has_access_key(&id));
    assert_eq!(s.service.status(0).await.unwrap().accounts.len(), 1);
    s.root("ListKeys", json!({})).await.succeeded();
    s.service.make_root_key_valid(proposed, 0).await.unwrap();
    assert!(s.service.has_access_key(&id));
    s.root("ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "security token");
}

#[tokio::test]
async fn secret_of_a_root_access_key_that_was_replaced_leaves_the_vault_at_once() {
    let s = Scenario::start().await;
    let unwrapped = async || s.vault.health().await.unwrap().cached_keys;
    let before = unwrapped().await;
    s.root("ListKeys", json!({})).await.succeeded();
    assert_eq!(unwrapped().await, before + 1, "the control: a secret that is used is kept");
    s.renew_root_access_key(None).await;
    assert_eq!(unwrapped().await, before);
}

#[tokio::test]
async fn status_counts_and_names_what_is_wrong() {
    let s = Scenario::start().await;
    s.key().await;
    let status = s.service.status(0).await.unwrap();
    assert_eq!((status.keys, status.users), (1, 1));
    assert_eq!((status.vault.as_str(), status.audit.as_str()), ("open", "writing"));
    assert_eq!(status.revision, s.revision().await);
    s.stand.take_away(&s.vault).await.unwrap();
    assert_ne!(s.service.status(0).await.unwrap().vault, "open");
}

#[tokio::test]
async fn start_on_the_state_of_another_account_is_refused() {
    let s = Scenario::start().await;
    let vault = VaultClient::new();
    s.stand.connect(&vault, None).await.unwrap();
    let (audit, open) = AuditLog::open(audit_settings(), Arc::new(MemoryDisk::default())).unwrap();
    let mut parts = parts(&s.store, &vault, audit, s.clock(), 5);
    parts.account = AccountId::parse("999999999999").unwrap();
    parts.random = Arc::new(SeededRandom::new(6));
    let started = Service::start(parts, open, |_| panic!("not the first start")).await;
    assert!(matches!(started, Err(StartError::OtherAccount { .. })));
}

#[tokio::test]
async fn start_without_a_vault_is_refused_and_leaves_nothing() {
    let s = Scenario::start().await;
    let vault = VaultClient::new();
    let (audit, open) = AuditLog::open(audit_settings(), Arc::new(MemoryDisk::default())).unwrap();
    let parts = parts(&s.store, &vault, audit, s.clock(), 5);
    let revision = s.revision().await;
    let started = Service::start(parts, open, |_| panic!("not the first start")).await;
    assert!(matches!(started, Err(StartError::Vault(_))));
    assert_eq!(s.revision().await, revision);
}
