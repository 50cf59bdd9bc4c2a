//! CreateOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{URL, get, provider, with_provider};
use crate::scenario::Scenario;

const ACTION: &str = "CreateOpenIDConnectProvider";

#[tokio::test]
async fn provider_is_made_as_it_was_asked_for() {
    let s = Scenario::start().await;
    let thumbprint = "A".repeat(40);
    let params = [
        ("Url", URL),
        ("ClientIDList.member.1", "two"),
        ("ClientIDList.member.2", "one"),
        ("ThumbprintList.member.1", thumbprint.as_str()),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let made = s.iam(ACTION, &params).await.ok();
    assert_eq!(made.get("OpenIDConnectProviderArn"), provider());
    let shown = get(&s).await;
    assert_eq!(shown.get("Url"), "idp.example/realms/one");
    assert_eq!(shown.all("ClientIDList/member"), ["one", "two"]);
    assert_eq!(shown.all("ThumbprintList/member"), [thumbprint.to_lowercase()]);
    assert_eq!(shown.get("Tags/member/Value"), "red");
}

#[tokio::test]
async fn url_is_checked() {
    let s = with_provider().await;
    for bad in
        ["http://idp.example", "idp.example", "https://idp.example/x?y=z", "https://", "https://*.example"]
    {
        let text = "Invalid Open ID Connect Provider URL";
        s.iam(ACTION, &[("Url", bad)]).await.refused("InvalidInput", text);
    }
    let long = format!("https://{}", "a".repeat(248));
    s.iam(ACTION, &[("Url", &long)]).await.refused("ValidationError", "'url'");
    let taken = format!("Provider with url {URL} already exists.");
    s.iam(ACTION, &[("Url", URL)]).await.refused("EntityAlreadyExists", &taken);
}

#[tokio::test]
async fn lists_have_their_limits() {
    let s = Scenario::start().await;
    let numbered = |list: &str, count: usize, value: &dyn Fn(usize) -> String| {
        let member = |n: usize| (format!("{list}.member.{n}"), value(n));
        (1..=count).map(member).collect::<Vec<_>>()
    };
    let create = async |list: Vec<(String, String)>| {
        let mut params = vec![("Url", URL)];
        params.extend(list.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        s.iam(ACTION, &params).await
    };
    let clients = |count| numbered("ClientIDList", count, &|n| format!("client-{n}"));
    create(clients(101)).await.refused("LimitExceeded", "ClientIdsPerOpenIdConnectProvider: 100");
    create(numbered("ThumbprintList", 6, &|n| format!("{n:040}")))
        .await
        .refused("InvalidInput", "Thumbprint list");
    create(numbered("ThumbprintList", 1, &|_| "z".repeat(40))).await.refused("InvalidInput", "hexadecimal");
    create(clients(100)).await.ok();
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    permission(&s, ACTION, &provider(), &[("Url", URL)]).await;
}
