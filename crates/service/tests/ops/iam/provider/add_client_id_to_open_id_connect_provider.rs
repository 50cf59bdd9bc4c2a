//! AddClientIDToOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{get, named, provider, unknown, with_provider};

const ACTION: &str = "AddClientIDToOpenIDConnectProvider";

#[tokio::test]
async fn client_id_is_added_once() {
    let s = with_provider().await;
    for id in ["two", "two", "one"] {
        s.iam(ACTION, &[named(&provider()), ("ClientID", id)]).await.ok();
    }
    assert_eq!(get(&s).await.all("ClientIDList/member"), ["one", "two"]);
    unknown(&s, ACTION, &[("ClientID", "x")]).await;
    permission(&s, ACTION, &provider(), &[named(&provider()), ("ClientID", "x")]).await;
}

#[tokio::test]
async fn client_ids_are_a_hundred_at_most() {
    let s = with_provider().await;
    let add = async |n: usize| s.iam(ACTION, &[named(&provider()), ("ClientID", &format!("c{n}"))]).await;
    for n in 1..100 {
        add(n).await.ok();
    }
    add(100).await.refused("LimitExceeded", "ClientIdsPerOpenIdConnectProvider: 100");
}
