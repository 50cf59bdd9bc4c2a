//! UpdateOpenIDConnectProviderThumbprint.

use crate::iam::permission::permission;
use crate::iam::provider::{get, named, provider, unknown, with_provider};

#[tokio::test]
async fn thumbprints_are_replaced() {
    let s = with_provider().await;
    let action = "UpdateOpenIDConnectProviderThumbprint";
    let (one, two) = ("1".repeat(40), "2".repeat(40));
    s.iam(action, &[named(&provider()), ("ThumbprintList.member.1", &one)]).await.ok();
    let params = [named(&provider()), ("ThumbprintList.member.1", &*two)].map(|(n, v)| (n, v.to_owned()));
    let params: Vec<_> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    permission(&s, action, &provider(), &params).await;
    assert_eq!(get(&s).await.all("ThumbprintList/member"), [two]);
    unknown(&s, action, &[("ThumbprintList.member.1", &one)]).await;
    let short = [named(&provider()), ("ThumbprintList.member.1", "12")].map(|(n, v)| (n, v.to_owned()));
    let short: Vec<_> = short.iter().map(|(name, value)| (*name, value.as_str())).collect();
    s.iam(action, &short).await.refused("ValidationError", "'thumbprintList");
}
