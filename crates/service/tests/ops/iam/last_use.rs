//! When access keys and roles were last used: noted at once, written by `keep_last_uses` only, there after a restart, and
//! gone with whom it is about.

use crate::iam::permission::arn;
use crate::iam::role::{create, with_role};
use crate::query_answer::XmlAnswer;
use crate::scenario::{Caller, Scenario, caller};
use serde_json::json;
use strongroom_storage::Revision;

async fn last_use(s: &Scenario, of: &Caller) -> XmlAnswer {
    s.iam("GetAccessKeyLastUsed", &[("AccessKeyId", &of.access_key_id)]).await.ok()
}

async fn revision(s: &Scenario) -> Revision {
    s.store.snapshot().await.unwrap().revision
}

/// The places of last uses in the store.
async fn places(s: &Scenario) -> Vec<String> {
    let snapshot = s.store.snapshot().await.unwrap();
    let keys = snapshot.records.keys().map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    keys.filter(|key| key.starts_with("s/use/")).collect()
}

/// A call by which somebody is seen.
async fn use_key(s: &Scenario, who: &Caller) {
    s.query(who, "sts", "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn last_use_is_as_it_was_after_a_restart() {
    let s = Scenario::start().await;
    let abroad = Caller { region: "eu-west-1", ..s.alice.clone() };
    use_key(&s, &abroad).await;
    let before = last_use(&s, &s.alice).await;
    assert_eq!((before.get("ServiceName"), before.get("Region")), ("sts".to_owned(), "eu-west-1".to_owned()));
    s.service.keep_last_uses().await;
    let kept = last_use(&s, &s.alice).await;
    s.clock().forward_ms(60_000);
    let s = s.restart().await;
    let after = last_use(&s, &s.alice).await;
    for name in ["LastUsedDate", "ServiceName", "Region"] {
        assert_eq!((kept.get(name), after.get(name)), (before.get(name), before.get(name)), "{name}");
    }
}

#[tokio::test]
async fn nothing_is_written_by_a_request_nor_when_nothing_was_used() {
    let s = Scenario::start().await;
    let before = revision(&s).await;
    s.service.keep_last_uses().await;
    use_key(&s, &s.alice).await;
    assert_eq!(revision(&s).await, before);
    s.service.keep_last_uses().await;
    let first = revision(&s).await;
    assert!(first > before);
    s.service.keep_last_uses().await;
    assert_eq!(revision(&s).await, first);
    s.clock().forward_ms(60_000);
    use_key(&s, &s.alice).await;
    s.service.keep_last_uses().await;
    assert!(revision(&s).await > first);
    assert_eq!(places(&s).await, [format!("s/use/ak/{}", s.alice.access_key_id)]);
}

#[tokio::test]
async fn more_access_keys_than_one_batch_takes() {
    let s = Scenario::start().await;
    for number in 0..51 {
        let made = s.service.create_user(&format!("user{number}"), 0).await.unwrap();
        use_key(&s, &caller(made.arn, &made.access_key_id, made.secret.expose())).await;
    }
    s.service.keep_last_uses().await;
    assert_eq!(places(&s).await.len(), 51);
}

#[tokio::test]
async fn record_goes_with_the_access_key_and_no_late_use_brings_it_back() {
    let s = Scenario::start().await;
    let place = |who: &Caller| format!("s/use/ak/{}", who.access_key_id);
    use_key(&s, &s.alice).await;
    use_key(&s, &s.root).await;
    s.service.keep_last_uses().await;
    let there = places(&s).await;
    assert!(there.contains(&place(&s.alice)) && there.contains(&place(&s.root)), "{there:?}");
    // Noted, and not written when the access keys go.
    use_key(&s, &s.alice).await;
    let params = [("UserName", "alice"), ("AccessKeyId", s.alice.access_key_id.as_str())];
    s.iam("DeleteAccessKey", &params).await.ok();
    s.renew_root_access_key(None).await;
    assert_eq!(places(&s).await, Vec::<String>::new());
    s.service.keep_last_uses().await;
    assert_eq!(places(&s).await, Vec::<String>::new());
}

/// A session of the role `reader`, which alice assumes.
async fn session_abroad(s: &Scenario) -> Caller {
    let role = arn("role/reader");
    s.allow_alice(json!("sts:AssumeRole"), &role).await;
    let params = [("RoleArn", role.as_str()), ("RoleSessionName", "s1")];
    let made = s.query(&s.alice, "sts", "AssumeRole", &params).await.ok();
    Caller {
        arn: made.get("AssumedRoleUser/Arn"),
        access_key_id: made.get("Credentials/AccessKeyId"),
        secret: made.get("Credentials/SecretAccessKey"),
        token: Some(made.get("Credentials/SessionToken")),
        region: "eu-west-1",
        service: "kms",
    }
}

#[tokio::test]
async fn role_is_used_by_its_sessions_until_it_is_deleted() {
    let s = with_role().await;
    let shown = async |s: &Scenario| s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    let session = session_abroad(&s).await;
    // To assume a role is no use of it.
    assert!(shown(&s).await.all("LastUsedDate").is_empty());
    use_key(&s, &session).await;
    let used = shown(&s).await;
    assert_eq!(used.get("RoleLastUsed/Region"), "eu-west-1");
    assert_eq!(used.all("RoleLastUsed/LastUsedDate").len(), 1);
    s.service.keep_last_uses().await;
    let s = s.restart().await;
    assert_eq!(shown(&s).await.get("RoleLastUsed"), used.get("RoleLastUsed"));
    let details = s.iam("GetAccountAuthorizationDetails", &[]).await.ok();
    assert_eq!(details.get("RoleLastUsed"), used.get("RoleLastUsed"));
    // As with AWS, lists do not say it.
    assert!(s.iam("ListRoles", &[]).await.ok().all("LastUsedDate").is_empty());
    s.iam("DeleteRole", &[("RoleName", "reader")]).await.ok();
    let left = places(&s).await;
    assert!(!left.iter().any(|place| place.starts_with("s/use/role/")), "{left:?}");
    create(&s, "reader").await;
    assert!(shown(&s).await.all("LastUsedDate").is_empty());
}
