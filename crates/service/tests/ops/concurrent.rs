//! Two writers on one record: nothing is lost, and a change never rests on authority that is gone.

use crate::faulty_store::FaultyStore;
use crate::scenario::{Key, Scenario, policy};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_storage::CommitError;
use tokio::task::JoinHandle;

pub(crate) async fn scenario() -> (Arc<Scenario>, Arc<FaultyStore>) {
    let store = Arc::new(FaultyStore::default());
    (Arc::new(Scenario::start_on(store.clone()).await), store)
}

/// A call whose commit is held, as far as the commit.
pub(crate) async fn held(
    s: &Arc<Scenario>,
    store: &FaultyStore,
    caller: &crate::scenario::Caller,
    operation: &'static str,
    input: Value,
) -> (tokio::sync::oneshot::Sender<()>, JoinHandle<crate::answer::Answer>) {
    let release = store.hold_next();
    let (service, caller) = (s.clone(), caller.clone());
    let call = tokio::spawn(async move { service.call(&caller, operation, input).await });
    store.commit_waits().await;
    (release, call)
}

async fn tags(s: &Scenario, key: &Key) -> Value {
    s.root("ListResourceTags", json!({ "KeyId": key.id })).await.ok()["Tags"].take()
}

fn tag(key: &str) -> Value {
    json!({ "TagKey": key, "TagValue": "" })
}

#[tokio::test]
async fn change_that_was_decided_before_another_one_is_decided_again() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let put = |name: &str| json!({ "KeyId": key.id, "Tags": [tag(name)] });
    let before = s.audit_lines().len();
    let (release, first) = held(&s, &store, &s.root, "TagResource", put("first")).await;
    s.root("TagResource", put("second")).await.empty();
    release.send(()).unwrap();
    first.await.unwrap().empty();
    assert_eq!(tags(&s, &key).await, json!([tag("first"), tag("second")]), "no update is lost");
    let lines = s.audit_lines().split_off(before);
    let intents = lines.iter().filter(|line| line["kind"] == "intent").count();
    assert_eq!(intents, 3, "the first call tried twice");
}

#[tokio::test]
async fn change_by_somebody_whose_right_was_taken_meanwhile_does_not_happen() {
    let (s, store) = scenario().await;
    for revoked in [true, false] {
        let key = s.key_for_alice("kms:DisableKey").await;
        let (release, call) = held(&s, &store, &s.alice, "DisableKey", json!({ "KeyId": key.arn })).await;
        if revoked {
            let input = json!({ "KeyId": key.id, "Policy": policy(&[]) });
            s.root("PutKeyPolicy", input).await.empty();
        }
        release.send(()).unwrap();
        let answer = call.await.unwrap();
        if revoked {
            answer.refused_with("AccessDeniedException", "kms:DisableKey");
            assert_eq!(s.metadata(&key).await["KeyState"], "Enabled");
        } else {
            answer.empty();
            assert_eq!(s.metadata(&key).await["KeyState"], "Disabled");
        }
    }
}

#[tokio::test]
async fn change_by_a_session_whose_policy_was_deleted_meanwhile_does_not_happen() {
    let (s, store) = scenario().await;
    let allow = |action: &str| {
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
        json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
    };
    let trust = json!({ "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": "sts:AssumeRole" });
    let trust = json!({ "Version": "2012-10-17", "Statement": trust }).to_string();
    let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", &*trust)];
    let role = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let whole = [("RoleName", "r"), ("PolicyName", "p"), ("PolicyDocument", &*allow("kms:*"))];
    s.iam("PutRolePolicy", &whole).await.ok();
    for deleted in [true, false] {
        let narrow = [("PolicyName", "narrow"), ("PolicyDocument", &*allow("kms:DisableKey"))];
        let arn = s.iam("CreatePolicy", &narrow).await.ok().get("Policy/Arn");
        let params = [("RoleArn", &*role), ("RoleSessionName", "s1"), ("PolicyArns.member.1.arn", &*arn)];
        let made = s.query(&s.alice, "sts", "AssumeRole", &params).await.ok();
        let session = crate::scenario::Caller {
            access_key_id: made.get("Credentials/AccessKeyId"),
            secret: made.get("Credentials/SecretAccessKey"),
            token: Some(made.get("Credentials/SessionToken")),
            ..s.alice.clone()
        };
        let key = s.key().await;
        let (release, call) = held(&s, &store, &session, "DisableKey", json!({ "KeyId": key.id })).await;
        if deleted {
            s.iam("DeletePolicy", &[("PolicyArn", &*arn)]).await.ok();
        }
        release.send(()).unwrap();
        let answer = call.await.unwrap();
        if deleted {
            answer.refused_with("AccessDeniedException", "no session policy allows");
        } else {
            answer.empty();
        }
        let state = if deleted { "Enabled" } else { "Disabled" };
        assert_eq!(s.metadata(&key).await["KeyState"], state);
    }
}

#[tokio::test]
async fn change_with_an_access_key_that_was_replaced_meanwhile_does_not_happen() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let (release, call) = held(&s, &store, &s.root, "DisableKey", json!({ "KeyId": key.id })).await;
    let renewed = s.renew_root_access_key(None).await;
    release.send(()).unwrap();
    call.await.unwrap().refused_with("KMSInternalException", "not confirmed");
    let mut root = s.root.clone();
    root.access_key_id = renewed.access_key_id;
    root.secret = String::from_utf8(renewed.secret.expose().to_vec()).unwrap();
    let metadata = s.call(&root, "DescribeKey", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(metadata["KeyMetadata"]["KeyState"], "Enabled");
    s.root("ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "security token");
}

#[tokio::test]
async fn state_that_another_change_made_impossible_is_seen() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let (release, call) = held(&s, &store, &s.root, "EnableKeyRotation", json!({ "KeyId": key.id })).await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    release.send(()).unwrap();
    call.await.unwrap().refused_with("KMSInvalidStateException", "is pending deletion.");
}

#[tokio::test]
async fn alias_is_made_by_one_of_two() {
    let (s, store) = scenario().await;
    let (key, other) = (s.key().await, s.key().await);
    let create = |key: &Key| json!({ "AliasName": "alias/one", "TargetKeyId": key.id });
    let (release, call) = held(&s, &store, &s.root, "CreateAlias", create(&key)).await;
    s.root("CreateAlias", create(&other)).await.empty();
    release.send(()).unwrap();
    call.await.unwrap().refused_with("AlreadyExistsException", "alias/one already exists");
    let listed = s.root("ListAliases", json!({})).await.ok();
    assert_eq!(listed["Aliases"][0]["TargetKeyId"], json!(other.id));
}

#[tokio::test]
async fn change_that_aliases_decided_is_decided_again_when_they_change() {
    let (s, store) = scenario().await;
    let by_alias = |effect: &str, alias: &str| {
        let condition = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } });
        json!({ "Effect": effect, "Action": "kms:DisableKey", "Resource": "*", "Condition": condition })
    };
    let statements = [by_alias("Allow", "alias/open"), by_alias("Deny", "alias/closed")];
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let policy = [("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", &*document)];
    s.iam("PutUserPolicy", &policy).await.ok();
    for meanwhile in ["DeleteAlias", "UpdateAlias", "CreateAlias", "nothing"] {
        let (key, other) = (s.key().await, s.key().await);
        let alias = |name: &str, key: &Key| json!({ "AliasName": name, "TargetKeyId": key.id });
        s.root("CreateAlias", alias("alias/open", &key)).await.empty();
        let (release, call) = held(&s, &store, &s.alice, "DisableKey", json!({ "KeyId": key.arn })).await;
        match meanwhile {
            "DeleteAlias" => s.root(meanwhile, json!({ "AliasName": "alias/open" })).await.empty(),
            "UpdateAlias" => s.root(meanwhile, alias("alias/open", &other)).await.empty(),
            "CreateAlias" => s.root(meanwhile, alias("alias/closed", &key)).await.empty(),
            _ => {}
        }
        release.send(()).unwrap();
        let answer = call.await.unwrap();
        if meanwhile == "nothing" {
            answer.empty();
        } else {
            answer.refused_with("AccessDeniedException", "kms:DisableKey");
            assert_eq!(s.metadata(&key).await["KeyState"], "Enabled", "{meanwhile}");
        }
        for name in ["alias/open", "alias/closed"] {
            s.root("DeleteAlias", json!({ "AliasName": name })).await;
        }
    }
}

#[tokio::test]
async fn alias_does_not_come_to_a_key_whose_deletion_began_meanwhile() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let input = json!({ "AliasName": "alias/one", "TargetKeyId": key.id });
    let (release, call) = held(&s, &store, &s.root, "CreateAlias", input).await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    release.send(()).unwrap();
    call.await.unwrap().refused_with("KMSInvalidStateException", "is pending deletion.");
    assert_eq!(s.root("ListAliases", json!({})).await.ok()["Aliases"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_on_one_key_lose_nothing() {
    let s = Arc::new(Scenario::start().await);
    let key = s.key().await;
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let (s, key) = (s.clone(), key.clone());
            tokio::spawn(async move {
                for n in 0..6 {
                    let tags = json!([tag(&format!("{writer}-{n}"))]);
                    s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags })).await.empty();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(tags(&s, &key).await.as_array().unwrap().len(), 36);
}

#[tokio::test]
async fn change_that_finds_the_stores_queue_full_is_throttled() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let disable = || s.root("DisableKey", json!({ "KeyId": key.id }));
    let create_user = || s.iam("CreateUser", &[("UserName", "bob")]);
    store.fail(Some(CommitError::Busy));
    disable().await.refused_with("ThrottlingException", "exceeded the rate");
    create_user().await.refused("Throttling", "Rate exceeded");
    assert_eq!(s.metadata(&key).await["KeyState"], "Enabled");
    store.fail(None);
    disable().await.empty();
    create_user().await.ok();
}

#[tokio::test]
async fn change_that_the_store_did_not_confirm_is_not_acknowledged() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let disable = || s.root("DisableKey", json!({ "KeyId": key.id }));
    store.fail(Some(CommitError::Unavailable));
    disable()
        .await
        .refused("KMSInternalException", "The change was not confirmed: the store is not available.");
    assert_eq!(s.metadata(&key).await["KeyState"], "Enabled");
    store.fail(Some(CommitError::Unknown));
    disable().await.refused(
        "KMSInternalException",
        "The change was not confirmed: the store did not say whether the change took effect.",
    );
    assert_eq!(s.last_record()["errorCode"], "KMSInternalException");
    store.fail(None);
    disable().await.empty();
    assert_eq!(s.metadata(&key).await["KeyState"], "Disabled");
}
