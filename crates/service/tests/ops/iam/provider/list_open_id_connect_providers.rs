//! ListOpenIDConnectProviders.

use crate::iam::permission::{arn, permission_to_list};
use crate::iam::provider::{provider, with_provider};

#[tokio::test]
async fn every_provider_is_listed() {
    let s = with_provider().await;
    s.iam("CreateOpenIDConnectProvider", &[("Url", "https://a.example")]).await.ok();
    let action = "ListOpenIDConnectProviders";
    let listed = s.iam(action, &[]).await.ok().all("Arn");
    assert_eq!(listed, [arn("oidc-provider/a.example"), provider()]);
    permission_to_list(&s, action, "oidc-provider").await;
}
