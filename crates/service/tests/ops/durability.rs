//! What an answer waits for: changes and denials of them until the disk has their record, everything else until the
//! kernel has it, or the disk where the operator chose that.

use crate::iam::sts::assume_role_with_web_identity::Provider;
use crate::scenario::Scenario;
use serde_json::json;
use std::pin::pin;
use tokio::task::yield_now;

/// How many calls of this name have their record.
fn recorded(log: &str, name: &str) -> usize {
    let name = format!("\"eventName\":\"{name}\"");
    log.lines().filter(|line| line.contains("\"kind\":\"event\"") && line.contains(&name)).count()
}

/// What a call is answered, and whether the answer came while the disk had not got its record, which was written.
async fn answered<T>(s: &Scenario, name: &str, call: impl Future<Output = T>) -> (T, bool) {
    let before = recorded(&s.disk.text(), name);
    let held = s.disk.hold_syncs();
    let mut call = pin!(call);
    let early = {
        let written = async {
            // An intent is on the disk before the change is made: its sync is let go.
            while !held.is_written(|log| recorded(log, name) > before) {
                yield_now().await;
            }
            // Written later, and answered without the disk: whoever waits for the kernel alone has its answer by now.
            s.service.status(0).await.unwrap();
            for _ in 0..100 {
                yield_now().await;
            }
        };
        tokio::select! {
            biased;
            answer = &mut call => Some(answer),
            () = written => None,
        }
    };
    match early {
        Some(answer) => (answer, true),
        None => {
            while !held.is_waited_for() {
                yield_now().await;
            }
            drop(held);
            (call.await, false)
        }
    }
}

#[tokio::test]
async fn data_plane_waits_for_the_disk_where_the_operator_chose_it() {
    for synced in [false, true] {
        let s = Scenario::start_synced(synced).await;
        let input = json!({ "KeyId": s.key().await.arn, "KeySpec": "AES_256" });
        let (answer, early) = answered(&s, "GenerateDataKey", s.root("GenerateDataKey", input.clone())).await;
        answer.succeeded();
        assert_eq!(early, !synced);
        let (answer, early) = answered(&s, "GenerateDataKey", s.alice("GenerateDataKey", input)).await;
        answer.refused_with("AccessDeniedException", "kms:GenerateDataKey");
        assert_eq!(early, !synced, "a denial");
    }
}

#[tokio::test]
async fn change_and_its_denial_wait_for_the_disk_whatever_the_operator_chose() {
    for synced in [false, true] {
        let s = Scenario::start_synced(synced).await;
        let input = json!({ "KeyId": s.key().await.arn });
        let (answer, early) = answered(&s, "DisableKey", s.alice("DisableKey", input.clone())).await;
        answer.refused_with("AccessDeniedException", "kms:DisableKey");
        assert!(!early, "a denial");
        let (answer, early) = answered(&s, "DisableKey", s.root("DisableKey", input)).await;
        answer.succeeded();
        assert!(!early);
    }
}

#[tokio::test]
async fn session_by_a_token_waits_for_the_disk_where_the_operator_chose_it() {
    for synced in [false, true] {
        let p = Provider::of(Scenario::start_synced(synced).await, &format!("synced-{synced}")).await;
        let token = p.token(&p.claims());
        let (answer, early) = answered(&p.s, "AssumeRoleWithWebIdentity", p.ask(&token, &[])).await;
        answer.ok();
        assert_eq!(early, !synced);
    }
}
