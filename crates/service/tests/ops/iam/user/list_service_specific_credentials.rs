//! ListServiceSpecificCredentials.

use crate::iam::permission::{arn, permission};
use crate::iam::user::{start, there_are_none};

#[tokio::test]
async fn nobody_has_any() {
    there_are_none("ListServiceSpecificCredentials", "ServiceSpecificCredentials").await;
}

#[tokio::test]
async fn all_users_take_authority_over_all_and_no_name() {
    let (s, action) = (start().await, "ListServiceSpecificCredentials");
    let all = [("AllUsers", "true")];
    assert!(s.iam(action, &all).await.ok().all("ServiceSpecificCredentials/member").is_empty());
    let both = [("AllUsers", "true"), ("UserName", "bob")];
    s.iam(action, &both)
        .await
        .refused("ValidationError", "AllUsers cannot be specified together with UserName.");
    permission(&s, action, &arn("user/*"), &all).await;
}
