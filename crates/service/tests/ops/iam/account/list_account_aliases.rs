//! ListAccountAliases.

use crate::iam::permission::permission;
use crate::scenario::Scenario;

#[tokio::test]
async fn there_are_none() {
    let s = Scenario::start().await;
    let listed = s.iam("ListAccountAliases", &[]).await.ok();
    assert_eq!(listed.get("IsTruncated"), "false");
    assert!(listed.all("AccountAliases/member").is_empty());
    permission(&s, "ListAccountAliases", "*", &[]).await;
}
