//! DeleteAccountAlias.

use crate::iam::permission::permission;
use crate::scenario::Scenario;

#[tokio::test]
async fn alias_is_gone_and_can_be_taken_again() {
    let s = Scenario::start().await;
    let alias = [("AccountAlias", "ours")];
    s.iam("DeleteAccountAlias", &alias).await.refused("NoSuchEntity", "account alias with name ours");
    s.iam("CreateAccountAlias", &alias).await.ok();
    s.iam("DeleteAccountAlias", &[("AccountAlias", "theirs")]).await.refused("NoSuchEntity", "theirs");
    s.iam("DeleteAccountAlias", &alias).await.ok();
    assert!(s.iam("ListAccountAliases", &[]).await.ok().all("AccountAliases/member").is_empty());
    s.iam("CreateAccountAlias", &alias).await.ok();
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    s.iam("CreateAccountAlias", &[("AccountAlias", "ours")]).await.ok();
    permission(&s, "DeleteAccountAlias", "*", &[("AccountAlias", "ours")]).await;
}
