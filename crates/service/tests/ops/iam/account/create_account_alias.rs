//! CreateAccountAlias.

use crate::iam::permission::permission;
use crate::scenario::Scenario;

#[tokio::test]
async fn alias_takes_the_place_of_the_one_before() {
    let s = Scenario::start().await;
    s.iam("CreateAccountAlias", &[("AccountAlias", "first")]).await.ok();
    s.iam("CreateAccountAlias", &[("AccountAlias", "second-one")]).await.ok();
    let listed = s.iam("ListAccountAliases", &[]).await.ok();
    assert_eq!(listed.all("AccountAliases/member"), ["second-one"]);
    let s = s.restart().await;
    let listed = s.iam("ListAccountAliases", &[]).await.ok();
    assert_eq!(listed.all("AccountAliases/member"), ["second-one"]);
    s.root("ListKeys", serde_json::json!({})).await.succeeded();
}

#[tokio::test]
async fn alias_that_is_taken_or_malformed() {
    let s = Scenario::start().await;
    s.iam("CreateAccountAlias", &[("AccountAlias", "taken")]).await.ok();
    let again = s.iam("CreateAccountAlias", &[("AccountAlias", "taken")]).await;
    again.refused("EntityAlreadyExists", "The account alias taken already exists.");
    for wrong in ["ab", "Upper", "-dash", "two--dashes", "dash-"] {
        s.iam("CreateAccountAlias", &[("AccountAlias", wrong)])
            .await
            .refused("ValidationError", "accountAlias");
    }
}

#[tokio::test]
async fn permission_is_needed() {
    permission(&Scenario::start().await, "CreateAccountAlias", "*", &[("AccountAlias", "ours")]).await;
}
