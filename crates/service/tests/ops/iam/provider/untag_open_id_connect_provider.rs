//! UntagOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{get, named, provider, tag, unknown, with_provider};

const ACTION: &str = "UntagOpenIDConnectProvider";

#[tokio::test]
async fn tags_are_taken_away_whatever_their_case() {
    let s = with_provider().await;
    tag(&s, "team", "red").await.ok();
    tag(&s, "tier", "one").await.ok();
    let provider = provider();
    let params = [named(&provider), ("TagKeys.member.1", "TEAM"), ("TagKeys.member.2", "none")];
    unknown(&s, ACTION, &params[1..]).await;
    permission(&s, ACTION, &provider, &params).await;
    assert_eq!(get(&s).await.all("Tags/member/Key"), ["tier"]);
    s.iam(ACTION, &params).await.ok();
    assert_eq!(get(&s).await.all("Tags/member/Key"), ["tier"], "what is not there is no error");
}
