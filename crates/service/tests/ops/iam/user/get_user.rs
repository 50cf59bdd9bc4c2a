//! GetUser.

use crate::iam::permission::{arn, permission};
use crate::scenario::ACCOUNT;

#[tokio::test]
async fn user_named_or_the_caller() {
    let s = super::start().await;
    assert_eq!(s.iam("GetUser", &[("UserName", "bob")]).await.ok().get("User/Arn"), arn("user/bob"));
    let root = s.iam("GetUser", &[]).await.ok();
    assert_eq!((root.get("User/Arn"), root.get("User/UserId")), (arn("root"), ACCOUNT.to_owned()));
    let unknown = "The user with name Bob cannot be found.";
    s.iam("GetUser", &[("UserName", "Bob")]).await.refused("NoSuchEntity", unknown);
    permission(&s, "GetUser", &arn("user/alice"), &[]).await;
    let own = s.query(&s.alice, "iam", "GetUser", &[]).await.ok();
    assert_eq!(own.get("User/UserName"), "alice");
}

#[tokio::test]
async fn who_may_not_ask_does_not_learn_which_users_there_are() {
    let s = super::start().await;
    for name in ["bob", "nobody"] {
        s.query(&s.alice, "iam", "GetUser", &[("UserName", name)])
            .await
            .refused("AccessDenied", "iam:GetUser");
    }
}
