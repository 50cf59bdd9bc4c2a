//! Lists, page by page.

use crate::scenario::Scenario;

/// Pages of two are the list in one page; there are `count` items. `list` is the path of an item: `Users/member`.
pub(crate) async fn pages(s: &Scenario, action: &str, params: &[(&str, &str)], list: &str, count: usize) {
    let whole = s.iam(action, params).await.ok();
    assert_eq!(whole.get("IsTruncated"), "false");
    let (mut walked, mut marker) = (Vec::new(), None::<String>);
    loop {
        let mut page = params.to_vec();
        page.push(("MaxItems", "2"));
        if let Some(marker) = &marker {
            page.push(("Marker", marker));
        }
        let answer = s.iam(action, &page).await.ok();
        let items = answer.all(list);
        assert!(items.len() <= 2, "{items:?}");
        walked.extend(items);
        if answer.get("IsTruncated") == "false" {
            assert!(answer.all("Marker").is_empty(), "the last page has no marker");
            break;
        }
        marker = Some(answer.get("Marker"));
    }
    assert_eq!(walked, whole.all(list));
    assert_eq!(walked.len(), count);
    let mut changed = params.to_vec();
    changed.push(("Marker", "AAAA"));
    s.iam(action, &changed).await.refused("ValidationError", "The marker is not valid for this request.");
}
