//! TagOpenIDConnectProvider.

use crate::iam::permission::permission;
use crate::iam::provider::{get, named, provider, tag, unknown, with_provider};
use serde_json::json;

const ACTION: &str = "TagOpenIDConnectProvider";

#[tokio::test]
async fn tags_are_added_and_replaced_whatever_their_case() {
    let s = with_provider().await;
    tag(&s, "team", "red").await.ok();
    tag(&s, "Team", "blue").await.ok();
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["readOnly"]), (&json!(ACTION), &json!(false)));
    let shown = get(&s).await;
    assert_eq!(
        (shown.all("Tags/member/Key"), shown.get("Tags/member/Value")),
        (vec!["Team".to_owned()], "blue".to_owned())
    );
    assert_eq!(shown.all("ClientIDList/member"), ["one"], "the rest stays");
    tag(&s, "aws:x", "").await.refused("InvalidInput", "System tags");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_provider().await;
    let provider = provider();
    let params = [named(&provider), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    permission(&s, ACTION, &provider, &params).await;
    unknown(&s, ACTION, &params[1..]).await;
}

/// Condition keys read the tags of the request and those of the provider.
#[tokio::test]
async fn conditions_on_tags_decide() {
    let s = with_provider().await;
    let provider = provider();
    let statement = json!({
        "Effect": "Allow", "Action": "iam:TagOpenIDConnectProvider", "Resource": provider,
        "Condition": { "StringEquals": { "aws:RequestTag/team": "red" } },
    });
    let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let policy = [("UserName", "alice"), ("PolicyName", "tags"), ("PolicyDocument", document.as_str())];
    s.iam("PutUserPolicy", &policy).await.ok();
    let with = |value: &'static str| {
        [named(&provider), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", value)]
    };
    s.query(&s.alice, "iam", ACTION, &with("blue")).await.refused("AccessDenied", ACTION);
    s.query(&s.alice, "iam", ACTION, &with("red")).await.ok();
}
