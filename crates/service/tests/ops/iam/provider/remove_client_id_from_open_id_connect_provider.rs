//! RemoveClientIDFromOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{get, named, provider, unknown, with_provider};

#[tokio::test]
async fn client_id_is_removed() {
    let s = with_provider().await;
    let action = "RemoveClientIDFromOpenIDConnectProvider";
    s.iam(action, &[named(&provider()), ("ClientID", "none")]).await.ok();
    unknown(&s, action, &[("ClientID", "one")]).await;
    permission(&s, action, &provider(), &[named(&provider()), ("ClientID", "one")]).await;
    assert!(get(&s).await.all("ClientIDList/member").is_empty());
}
