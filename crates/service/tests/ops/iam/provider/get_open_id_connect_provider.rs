//! GetOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{named, provider, unknown, with_provider};

#[tokio::test]
async fn permission_is_needed() {
    let s = with_provider().await;
    let action = "GetOpenIDConnectProvider";
    permission(&s, action, &provider(), &[named(&provider())]).await;
    unknown(&s, action, &[]).await;
}
