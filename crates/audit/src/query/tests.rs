//! Queries: what each part asks for, pages, and that an index changes nothing but the time.

use super::*;
use crate::index::IndexKeeper;
use crate::memory_source::{MemorySource, key_arn, line, user_arn};
use crate::view::LineView;
use proptest::prelude::*;
use serde_json::{Value, json};

const ALL: Bounds = Bounds { records: usize::MAX, bytes: usize::MAX, time: None };

fn sequences(lines: &[String]) -> Vec<u64> {
    lines.iter().map(|line| LineView::parse(line.as_bytes()).unwrap().sequence).collect()
}

/// The numbers of what is found.
fn found(source: &MemorySource, query: &Query) -> Vec<u64> {
    let page = page(source, query, None, &ALL).unwrap();
    assert!(page.done);
    sequences(&page.lines)
}

/// The same in pages of two records.
fn found_in_pages(source: &MemorySource, query: &Query) -> Vec<u64> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = page(source, query, from, &Bounds { records: 2, ..ALL }).unwrap();
        assert!(page.lines.len() <= 2);
        all.extend(sequences(&page.lines));
        if page.done {
            return all;
        }
        from = page.next;
    }
}

fn indexed(source: MemorySource) -> MemorySource {
    IndexKeeper::default().round(&source, || true).unwrap();
    source
}

/// One line with a session of a role on an alias and a key, denied.
fn denied_session() -> Value {
    let mut line = line(1, 1, 1, 0);
    let record = &mut line["record"];
    record["userIdentity"] = json!({
        "type": "AssumedRole", "principalId": "AROA1:job", "arn": "arn:aws:sts::444455556666:assumed-role/app/job",
        "accountId": "444455556666", "accessKeyId": "ASIA1",
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::444455556666:role/app"}},
    });
    record["resources"].as_array_mut().unwrap().push(json!({
        "accountId": "111122223333", "ARN": "arn:aws:kms:us-east-1:111122223333:alias/app/main",
    }));
    record["errorCode"] = "AccessDenied".into();
    record["recipientAccountId"] = "444455556666".into();
    record["requestParameters"] = json!({"encryptionContext": {"a": "1", "b": "2"}});
    line
}

#[test]
fn each_part_of_a_query_asks_for_what_it_says() {
    let source = MemorySource::of(&[denied_session()], 1);
    let key = key_arn(1);
    let some = |text: &str| Some(text.to_owned());
    let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let q = Query::default;
    let asked = [
        Query { key: some(&key), ..q() },
        Query { key: some("00000001-0000-0000-0000-000000000000"), ..q() },
        Query { key: some("alias/app/main"), ..q() },
        Query { principal: some("arn:aws:iam::444455556666:role/app"), ..q() },
        Query { principal: some("arn:aws:sts::444455556666:assumed-role/app/job"), ..q() },
        Query { principal: some("ASIA1"), ..q() },
        Query { operation: some("Decrypt"), ..q() },
        Query { outcome: Some(Outcome::new("denied")), ..q() },
        Query { outcome: Some(Outcome::new("AccessDenied")), ..q() },
        Query { context: pairs(&[("a", "1"), ("b", "2")]), ..q() },
        Query { request_id: some("request-1"), ..q() },
        Query { account: some("444455556666"), ..q() },
        Query { account: some("111122223333"), ..q() },
        Query { since: Some(1_767_225_600), until: Some(1_767_225_601), ..q() },
    ];
    for query in asked {
        assert_eq!(found(&source, &query), [1], "{query:?}");
    }
    let not_asked = [
        Query { key: some(&key_arn(2)), ..q() },
        Query { key: some("alias/app"), ..q() },
        Query { principal: some("arn:aws:iam::444455556666:role/ap"), ..q() },
        Query { principal: some(""), ..q() },
        Query { outcome: Some(Outcome::new("")), ..q() },
        Query { key: some("key/00000001-0000-0000-0000-000000000000"), ..q() },
        Query { operation: some("decrypt"), ..q() },
        Query { outcome: Some(Outcome::new("ok")), ..q() },
        Query { outcome: Some(Outcome::new("error")), ..q() },
        Query { context: pairs(&[("a", "1"), ("b", "1")]), ..q() },
        Query { request_id: some("request-2"), ..q() },
        Query { account: some("444455556667"), ..q() },
        Query { since: Some(1_767_225_601), ..q() },
        Query { until: Some(1_767_225_600), ..q() },
    ];
    for query in not_asked {
        assert_eq!(found(&source, &query), [0_u64; 0], "{query:?}");
    }
}

#[test]
fn query_survives_its_json_and_unknown_members_are_refused() {
    let query =
        Query { key: Some("k".to_owned()), outcome: Some(Outcome::new("denied")), ..Query::default() };
    let text = serde_json::to_string(&query).unwrap();
    assert_eq!(text, r#"{"key":"k","outcome":"denied"}"#);
    assert_eq!(serde_json::from_str::<Query>(&text).unwrap(), query);
    assert!(serde_json::from_str::<Query>(r#"{"kye":"k"}"#).is_err());
}

#[test]
fn what_is_written_later_is_on_the_page_after_the_last() {
    let lines: Vec<Value> = (1..=3).map(|n| line(n, 1, 1, n)).collect();
    let source = MemorySource::of(&lines, 2);
    let first = page(&source, &Query::default(), None, &ALL).unwrap();
    assert_eq!((sequences(&first.lines), first.done), (vec![1, 2, 3], true));
    let half = format!("{}", line(4, 1, 1, 4));
    source.segments().get_mut(&3).unwrap().extend_from_slice(half.as_bytes());
    let second = page(&source, &Query::default(), first.next, &ALL).unwrap();
    assert_eq!((second.lines.len(), second.next), (0, first.next), "half a line is none");
    source.segments().get_mut(&3).unwrap().push(b'\n');
    source.segments().insert(5, format!("{}\n", line(5, 1, 1, 5)).into_bytes());
    let third = page(&source, &Query::default(), second.next, &ALL).unwrap();
    assert_eq!(sequences(&third.lines), [4, 5]);
}

#[test]
fn newest_first_passes_over_a_line_that_is_being_written() {
    let lines: Vec<Value> = (1..=3).map(|n| line(n, 1, 1, n)).collect();
    let source = MemorySource::of(&lines, 3);
    source.segments().get_mut(&1).unwrap().extend_from_slice(b"{\"sequence\":4,");
    let query = Query { reverse: true, ..Query::default() };
    assert_eq!(found(&source, &query), [3, 2, 1]);
    assert_eq!(found_in_pages(&source, &query), [3, 2, 1]);
}

#[test]
fn segment_that_was_archived_between_two_pages_is_passed_over() {
    let lines: Vec<Value> = (1..=6).map(|n| line(n, 1, 1, n)).collect();
    let source = MemorySource::of(&lines, 2);
    let first = page(&source, &Query::default(), None, &Bounds { records: 1, ..ALL }).unwrap();
    source.segments().remove(&1);
    let second = page(&source, &Query::default(), first.next, &ALL).unwrap();
    assert_eq!(sequences(&second.lines), [3, 4, 5, 6]);
}

#[test]
fn page_is_bounded_in_bytes_but_holds_one_line() {
    let lines: Vec<Value> = (1..=4).map(|n| line(n, 1, 1, n)).collect();
    let source = MemorySource::of(&lines, 4);
    let one = page(&source, &Query::default(), None, &Bounds { bytes: 1, ..ALL }).unwrap();
    assert_eq!((sequences(&one.lines), one.done), (vec![1], false));
    let two = page(&source, &Query::default(), one.next, &Bounds { bytes: 2_000, ..ALL }).unwrap();
    assert!(two.lines.len() > 1 && two.lines.iter().map(String::len).sum::<usize>() <= 2_000);
}

#[test]
fn page_without_time_still_comes_to_an_end() {
    let lines: Vec<Value> = (1..=400).map(|n| line(n, (n % 2) as u8, 1, n)).collect();
    for source in [MemorySource::of(&lines, 150), indexed(MemorySource::of(&lines, 150))] {
        for reverse in [false, true] {
            let query = Query { key: Some(key_arn(1)), reverse, ..Query::default() };
            let bounds = Bounds { time: Some(std::time::Duration::ZERO), ..ALL };
            let (mut from, mut count) = (None, 0);
            loop {
                let page = page(&source, &query, from, &bounds).unwrap();
                count += page.lines.len();
                if page.done {
                    break;
                }
                assert_ne!(page.next, from, "no step forward");
                from = page.next;
            }
            assert_eq!(count, 200);
        }
    }
}

/// A log in which everything repeats, and times go back now and then.
fn logs() -> impl Strategy<Value = (Vec<Value>, usize)> {
    let one = (0..4_u8, 0..4_u8, 0..50_u64, 0..8_u8);
    (prop::collection::vec(one, 1..60), 1..20_usize).prop_map(|(ones, per_segment)| {
        let lines = ones.iter().enumerate().map(|(at, (key, user, second, what))| {
            let mut line = line(at as u64 + 1, *key, *user, at as u64 * 10 + second);
            match what {
                0 => line["record"]["errorCode"] = "AccessDenied".into(),
                1 => line["record"]["errorCode"] = "DisabledException".into(),
                2 => line["record"]["eventName"] = "Encrypt".into(),
                3 => line["kind"] = "correction".into(),
                4 => line["kind"] = "gap".into(),
                5 => line["record"]["eventTime"] = "yesterday".into(),
                _ => {}
            }
            line
        });
        (lines.collect(), per_segment)
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let text = |texts: Vec<String>| prop::option::weighted(0.3, prop::sample::select(texts));
    let time = || prop::option::weighted(0.4, (0..700_u64).prop_map(|second| 1_767_225_600 + second));
    let outcome = text(["ok", "denied", "error", "DisabledException"].map(str::to_owned).to_vec());
    let parts = (
        text((0..4).map(key_arn).chain(["00000002-0000-0000-0000-000000000000".to_owned()]).collect()),
        text((0..4).map(user_arn).chain(["AKIA1".to_owned()]).collect()),
        text(vec!["Encrypt".to_owned(), "Decrypt".to_owned()]),
        outcome,
        text((0..4).map(|user| format!("t{user}")).collect()),
        text(vec!["request-7".to_owned(), "request-8".to_owned()]),
    );
    (parts, time(), time(), any::<bool>()).prop_map(|(parts, since, until, reverse)| {
        let (key, principal, operation, outcome, tenant, request_id) = parts;
        Query {
            key,
            principal,
            operation,
            outcome: outcome.map(|outcome| Outcome::new(&outcome)),
            context: tenant.map(|tenant| ("tenant".to_owned(), tenant)).into_iter().collect(),
            request_id,
            account: None,
            since,
            until,
            reverse,
        }
    })
}

/// The plainest way to answer a query.
fn filtered(lines: &[Value], query: &Query) -> Vec<u64> {
    let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
    let views = texts.iter().map(|text| LineView::parse(text.as_bytes()).unwrap());
    let mut all: Vec<u64> = views
        .filter(|view| view.is_record() && query.matches(&view.record))
        .map(|view| view.sequence)
        .collect();
    if query.reverse {
        all.reverse();
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn index_and_scan_and_pages_find_the_same((lines, per_segment) in logs(), query in queries(), torn in 0..400_usize) {
        let expected = filtered(&lines, &query);
        let plain = MemorySource::of(&lines, per_segment);
        let text = line(99, 0, 0, 0).to_string();
        plain.segments().values_mut().for_each(|bytes| bytes.extend(text.bytes().take(torn)));
        prop_assert_eq!(found(&plain, &query), expected.clone());
        prop_assert_eq!(found_in_pages(&plain, &query), expected.clone());
        let indexed = indexed(plain);
        prop_assert_eq!(found(&indexed, &query), expected.clone());
        prop_assert_eq!(found_in_pages(&indexed, &query), expected);
    }

    #[test]
    fn damaged_index_changes_no_answer((lines, per_segment) in logs(), query in queries(), at: prop::sample::Index, bit in 0..8_u32) {
        let source = indexed(MemorySource::of(&lines, per_segment));
        for index in source.indexes().values_mut() {
            let at = at.index(index.len());
            index[at] ^= 1 << bit;
        }
        prop_assert_eq!(found(&source, &query), filtered(&lines, &query));
    }

    #[test]
    fn hostile_positions_do_no_harm((lines, per_segment) in logs(), query in queries(), segment in 0..70_u64, offset: u64) {
        let source = indexed(MemorySource::of(&lines, per_segment));
        for offset in [offset, offset % 5_000] {
            let _ = page(&source, &query, Some(Position { segment, offset }), &ALL);
        }
    }
}
