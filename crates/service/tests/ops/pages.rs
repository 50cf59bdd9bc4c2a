//! Page by page: every item once, in one order, and markers that are good for nothing else.

use crate::scenario::{Caller, Scenario};
use serde_json::{Value, json};

/// Walks the pages of a list operation two by two; gives all items of the member.
pub(crate) async fn walk(s: &Scenario, operation: &str, input: &Value, member: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut input = input.clone();
    input["Limit"] = json!(2);
    loop {
        let mut page = s.root(operation, input.clone()).await.ok();
        let Value::Array(page_items) = page[member].take() else { panic!("no {member}: {page}") };
        assert!(page_items.len() <= 2, "{page_items:?}");
        items.extend(page_items);
        if page["Truncated"] == json!(false) {
            assert_eq!(page["NextMarker"], Value::Null, "the last page has no marker");
            return items;
        }
        assert_eq!(items.len() % 2, 0, "a page that is not the last is full");
        input["Marker"] = page["NextMarker"].take();
    }
}

/// Pages of two are the list in one page; there are `count` items and none twice.
pub(crate) async fn pages_are_the_whole(
    s: &Scenario,
    operation: &str,
    input: Value,
    member: &str,
    count: usize,
) {
    let walked = walk(s, operation, &input, member).await;
    let whole = s.root(operation, input).await.ok();
    assert_eq!(whole["Truncated"], false);
    assert_eq!(json!(walked), whole[member]);
    assert_eq!(walked.len(), count);
    let distinct: std::collections::BTreeSet<_> = walked.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), count);
}

/// The marker of the first page of two.
pub(crate) async fn marker(s: &Scenario, operation: &str, input: &Value) -> Value {
    let mut input = input.clone();
    input["Limit"] = json!(2);
    let mut page = s.root(operation, input).await.ok();
    assert_eq!(page["Truncated"], true);
    page["NextMarker"].take()
}

/// A marker continues the request it was made for, and none of the others; a changed one continues nothing.
pub(crate) async fn marker_is_bound(s: &Scenario, operation: &str, input: &Value, others: &[Value]) {
    let marker = marker(s, operation, input).await;
    let with = |caller: &Caller, input: &Value, marker: &Value| {
        let mut input = input.clone();
        input["Marker"] = marker.clone();
        let caller = caller.clone();
        async move { s.call(&caller, operation, input).await }
    };
    with(&s.root, input, &marker).await.succeeded();
    let refusal = "The marker is not valid for this request.";
    for other in others {
        with(&s.root, other, &marker).await.refused("InvalidMarkerException", refusal);
    }
    let text = marker.as_str().unwrap();
    let flipped = format!("{}{}", if text.starts_with('A') { 'B' } else { 'A' }, &text[1..]);
    for changed in [flipped.as_str(), &text[..text.len() - 1], "AAAA", "!"] {
        with(&s.root, input, &json!(changed)).await.refused("InvalidMarkerException", refusal);
    }
    with(&s.root, input, &json!("")).await.refused_with("ValidationException", "'marker'");
}
