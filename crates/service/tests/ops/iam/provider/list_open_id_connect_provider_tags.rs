//! ListOpenIDConnectProviderTags.

use crate::iam::pages::pages;
use crate::iam::permission::permission;
use crate::iam::provider::{named, provider, tag, unknown, with_provider};

const ACTION: &str = "ListOpenIDConnectProviderTags";

#[tokio::test]
async fn tags_page_by_page() {
    let s = with_provider().await;
    for key in ["b", "a", "c"] {
        tag(&s, key, "").await.ok();
    }
    let provider = provider();
    assert_eq!(s.iam(ACTION, &[named(&provider)]).await.ok().all("Key"), ["a", "b", "c"]);
    pages(&s, ACTION, &[named(&provider)], "Tags/member", 3).await;
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_provider().await;
    let provider = provider();
    permission(&s, ACTION, &provider, &[named(&provider)]).await;
    unknown(&s, ACTION, &[]).await;
}
