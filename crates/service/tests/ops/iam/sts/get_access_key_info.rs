//! GetAccessKeyInfo.

use super::{allow, let_alice, role_of_alice, session};
use crate::scenario::{ACCOUNT, Scenario};

#[tokio::test]
async fn who_may_ask_learns_the_account_of_a_key() {
    let s = Scenario::start().await;
    let params = [("AccessKeyId", s.root.access_key_id.as_str())];
    let denied = "is not authorized to perform: sts:GetAccessKeyInfo on resource: *";
    s.query(&s.alice, "sts", "GetAccessKeyInfo", &params).await.refused("AccessDenied", denied);
    let_alice(&s, &allow("sts:GetAccessKeyInfo", "*")).await;
    for caller in [&s.root, &s.alice] {
        let answer = s.query(caller, "sts", "GetAccessKeyInfo", &params).await.ok();
        assert_eq!(answer.get("Account"), ACCOUNT);
    }
}

#[tokio::test]
async fn ids_that_nothing_is_known_of() {
    let s = Scenario::start().await;
    let role = role_of_alice(&s, "r", "sts:*").await;
    let mine = session(&s, &s.alice, &role, &[]).await;
    let_alice(&s, &allow("sts:GetAccessKeyInfo", "*")).await;
    let id = [("AccessKeyId", mine.access_key_id.as_str())];
    assert_eq!(s.query(&mine, "sts", "GetAccessKeyInfo", &id).await.ok().get("Account"), ACCOUNT);
    s.query(&s.alice, "sts", "GetAccessKeyInfo", &id).await.refused("InvalidParameterValue", "no access key");
    let unknown = [("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")];
    s.query(&s.alice, "sts", "GetAccessKeyInfo", &unknown)
        .await
        .refused("InvalidParameterValue", "no access key");
    s.query(&s.alice, "sts", "GetAccessKeyInfo", &[("AccessKeyId", "short")])
        .await
        .refused("ValidationError", "");
}
