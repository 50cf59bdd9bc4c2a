//! DeleteOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{named, provider, unknown, with_provider};

#[tokio::test]
async fn deleted_provider_is_gone() {
    let s = with_provider().await;
    let action = "DeleteOpenIDConnectProvider";
    unknown(&s, action, &[]).await;
    permission(&s, action, &provider(), &[named(&provider())]).await;
    let gone = format!("OpenIDConnect Provider not found for arn {}", provider());
    s.iam("GetOpenIDConnectProvider", &[named(&provider())]).await.refused("NoSuchEntity", &gone);
}
