//! Several accounts in one service: separate in everything.

use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, Caller, Key, Scenario, caller, policy, statement};
use serde_json::json;
use strongroom_service::{OperatorError, RootCredentials};
use strongroom_storage::{Batch, BatchId, Key as StoreKey, Require, Write};

const OTHER: &str = "210987654321";

fn root_of(made: &RootCredentials) -> Caller {
    let arn = format!("arn:aws:iam::{}:root", made.account);
    caller(arn, &made.access_key_id, made.secret.expose())
}

#[tokio::test]
async fn accounts_see_nothing_of_each_other() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    let other = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    assert_eq!(s.call(&other, "ListKeys", json!({})).await.ok()["Keys"], json!([]));
    assert_eq!(s.call(&other, "ListAliases", json!({})).await.ok()["Aliases"], json!([]));
    let same_id = s.call(&other, "DescribeKey", json!({ "KeyId": key.id })).await;
    same_id.refused_with("NotFoundException", OTHER);
    s.call(&other, "DescribeKey", json!({ "KeyId": key.arn }))
        .await
        .refused_with("AccessDeniedException", "not authorized");
    let made = s.call(&other, "CreateKey", json!({})).await.ok();
    assert!(made["KeyMetadata"]["Arn"].as_str().unwrap().contains(OTHER));
    s.call(
        &other,
        "CreateAlias",
        json!({ "AliasName": "alias/a", "TargetKeyId": made["KeyMetadata"]["KeyId"] }),
    )
    .await
    .empty();
    assert_eq!(s.root("ListKeys", json!({})).await.ok()["Keys"].as_array().unwrap().len(), 1);
    let alice = s.service.create_user_in(Some(OTHER), "alice", 0).await.unwrap();
    assert_eq!(alice.arn, format!("arn:aws:iam::{OTHER}:user/alice"));
    let alice = caller(alice.arn.clone(), &alice.access_key_id, alice.secret.expose());
    s.call(&alice, "ListKeys", json!({})).await.refused_with("AccessDeniedException", &alice.arn);
    assert_eq!(s.service.status(0).await.unwrap().accounts, [ACCOUNT, OTHER]);
    let s = s.restart().await;
    s.call(&other, "DescribeKey", json!({ "KeyId": "alias/a" })).await.succeeded();
}

#[tokio::test]
async fn root_access_key_of_one_account_is_renewed_and_no_other() {
    let s = Scenario::start().await;
    let old = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    let new = root_of(&s.renew_root_access_key(Some(OTHER)).await);
    s.call(&old, "ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "security token");
    s.call(&new, "ListKeys", json!({})).await.succeeded();
    s.root("ListKeys", json!({})).await.succeeded();
}

#[tokio::test]
async fn account_is_deleted_when_it_is_empty_and_its_root_with_it() {
    let s = Scenario::start().await;
    let root = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    s.call(&root, "ListKeys", json!({})).await.succeeded();
    s.service.delete_account(OTHER, 0).await.unwrap();
    s.call(&root, "ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "security token");
}

/// What a policy says of an id that nobody has would be said of whoever gets it.
#[tokio::test]
async fn policy_names_no_account_that_is_not_there_but_may_keep_one_that_it_named() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let put = |document: String| s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": document }));
    let (root, guest) =
        (format!("arn:aws:iam::{OTHER}:root"), format!("arn:aws:sts::{OTHER}:federated-user/guest"));
    let names = [root.as_str(), OTHER, guest.as_str()];
    let of = |name: &str| policy(&[statement("Allow", name, "kms:Encrypt")]);
    let trust = |name: &str| {
        let mut allow = statement("Allow", name, "sts:AssumeRole");
        allow.as_object_mut().unwrap().remove("Resource");
        json!({ "Version": "2012-10-17", "Statement": allow }).to_string()
    };
    let update = async |document: String| {
        s.iam("UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", document.as_str())]).await
    };
    let own = trust(&s.alice.arn);
    s.iam("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", own.as_str())]).await.ok();
    let text = "Policy contains a statement with one or more invalid principals.";
    for name in names {
        put(of(name)).await.refused("MalformedPolicyDocumentException", text);
        s.root("CreateKey", json!({ "Policy": of(name) }))
            .await
            .refused("MalformedPolicyDocumentException", text);
        update(trust(name)).await.refused("MalformedPolicyDocument", text);
        let params = [("RoleName", "other"), ("AssumeRolePolicyDocument", &*trust(name))];
        s.iam("CreateRole", &params).await.refused("MalformedPolicyDocument", text);
    }
    s.service.create_account(OTHER, 0).await.unwrap();
    for name in names {
        put(of(name)).await.empty();
        update(trust(name)).await.ok();
    }
    s.service.delete_account(OTHER, 0).await.unwrap();
    put(of(&root)).await.empty();
    update(trust(&root)).await.ok();
    put(policy(&[])).await.empty();
    update(own.clone()).await.ok();
    put(of(&root)).await.refused("MalformedPolicyDocumentException", text);
    update(trust(&root)).await.refused("MalformedPolicyDocument", text);
}

/// Or whatever others still say of the old account would be said of the new one.
#[tokio::test]
async fn id_of_a_deleted_account_is_not_taken_again() {
    let s = Scenario::start().await;
    let root = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    let key = s.key_with(&[statement("Allow", &root.arn, "kms:Encrypt")]).await;
    s.call(&root, "Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })).await.succeeded();
    s.service.delete_account(OTHER, 0).await.unwrap();
    let refused = s.service.create_account(OTHER, 0).await;
    assert!(matches!(&refused, Err(OperatorError::AccountGone(_))), "{refused:?}");
    let s = s.restart().await;
    assert!(matches!(s.service.create_account(OTHER, 0).await, Err(OperatorError::AccountGone(_))));
    assert!(matches!(s.service.delete_account(OTHER, 0).await, Err(OperatorError::NoAccount(_))));
    assert_eq!(s.service.status(0).await.unwrap().accounts, [ACCOUNT]);
    s.service.create_account("555566667777", 0).await.unwrap();
}

/// Takes the note of a deletion away, as if a release had deleted the account that made none.
async fn forget_the_deletion(s: &Scenario) {
    let note = StoreKey::new(format!("s/gone/{OTHER}")).unwrap();
    let at = s.store.snapshot().await.unwrap().records[&note].0;
    let require = vec![Require::Unchanged { key: note.clone(), at }];
    let batch = Batch { id: BatchId::new([9; 16]), require, write: vec![Write::Delete { key: note }] };
    s.store.commit(batch).await.unwrap();
}

/// Ways to name an account, and to take the name out again.
#[derive(Clone, Copy, Debug)]
enum Naming {
    KeyPolicy,
    Grant,
    Trust,
}

impl Naming {
    /// Names the account; the ARN of what names it.
    async fn put(self, s: &Scenario, key: &Key) -> String {
        let root = format!("arn:aws:iam::{OTHER}:root");
        match self {
            Self::KeyPolicy => {
                let policy = policy(&[statement("Allow", &root, "kms:Encrypt")]);
                s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": policy })).await.empty();
                key.arn.clone()
            }
            Self::Grant => {
                let input = json!({ "KeyId": key.arn, "GranteePrincipal": root, "Operations": ["Encrypt"] });
                s.root("CreateGrant", input).await.succeeded();
                key.arn.clone()
            }
            Self::Trust => {
                let trust =
                    json!({ "Effect": "Allow", "Principal": { "AWS": root }, "Action": "sts:AssumeRole" });
                let trust = json!({ "Version": "2012-10-17", "Statement": trust }).to_string();
                let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", trust.as_str())];
                s.iam("CreateRole", &made).await.ok().get("Role/Arn")
            }
        }
    }

    async fn take_out(self, s: &Scenario, key: &Key) {
        let id = json!({ "KeyId": key.arn });
        match self {
            Self::KeyPolicy => {
                s.root("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": policy(&[]) })).await.empty();
            }
            Self::Grant => {
                let grant = s.root("ListGrants", id).await.ok()["Grants"][0]["GrantId"].take();
                s.root("RevokeGrant", json!({ "KeyId": key.arn, "GrantId": grant })).await.empty();
            }
            Self::Trust => drop(s.iam("DeleteRole", &[("RoleName", "r")]).await.ok()),
        }
    }
}

#[tokio::test]
async fn id_that_a_policy_or_a_grant_still_names_is_not_taken() {
    for naming in [Naming::KeyPolicy, Naming::Grant, Naming::Trust] {
        let s = Scenario::start().await;
        s.service.create_account(OTHER, 0).await.unwrap();
        let key = s.key().await;
        let names = naming.put(&s, &key).await;
        s.service.delete_account(OTHER, 0).await.unwrap();
        forget_the_deletion(&s).await;
        let s = s.restart().await;
        match s.service.create_account(OTHER, 0).await {
            Err(OperatorError::AccountNamed { by, .. }) => assert_eq!(by, names),
            other => panic!("{naming:?}: {other:?}"),
        }
        naming.take_out(&s, &key).await;
        s.service.create_account(OTHER, 0).await.unwrap();
    }
}

#[tokio::test]
async fn account_that_is_not_empty_is_kept_and_the_refusal_says_what_is_left() {
    let s = Scenario::start().await;
    let root = root_of(&s.service.create_account(OTHER, 0).await.unwrap());
    s.call(&root, "CreateKey", json!({})).await.succeeded();
    s.service.create_user_in(Some(OTHER), "bob", 0).await.unwrap();
    s.query(&root, "iam", "CreateVirtualMFADevice", &[("VirtualMFADeviceName", "phone")]).await.ok();
    let refused = s.service.delete_account(OTHER, 0).await.unwrap_err();
    assert!(matches!(refused, OperatorError::AccountInUse { .. }));
    assert!(refused.to_string().contains("1 keys, 1 users, 0 groups, 0 roles"), "{refused}");
    assert!(refused.to_string().contains("1 virtual MFA devices"), "{refused}");
    s.call(&root, "ListKeys", json!({})).await.succeeded();
    let listed = s.service.list_accounts(0).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|shown| (shown.account.as_str(), shown.contents.users)).collect();
    assert_eq!(shown, [(ACCOUNT, 1), (OTHER, 1)]);
}

#[tokio::test]
async fn account_ids_that_are_none_taken_or_unknown() {
    let s = Scenario::start().await;
    for id in ["", "1", "21098765432x", "2109876543210"] {
        assert!(matches!(s.service.create_account(id, 0).await, Err(OperatorError::AccountId)), "{id}");
    }
    assert!(matches!(s.service.create_account(ACCOUNT, 0).await, Err(OperatorError::AccountExists(_))));
    assert!(matches!(s.service.delete_account(ACCOUNT, 0).await, Err(OperatorError::OwnAccount(_))));
    assert!(matches!(s.service.delete_account(OTHER, 0).await, Err(OperatorError::NoAccount(_))));
    let user = s.service.create_user_in(Some(OTHER), "bob", 0).await;
    assert!(matches!(user, Err(OperatorError::NoAccount(_))));
}
