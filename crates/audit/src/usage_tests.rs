//! Uses are counted once, by who used, and not where the answer was withdrawn.

use super::*;
use crate::memory_source::{MemorySource, key_arn, line, user_arn};
use serde_json::Value;

fn gathered(source: &MemorySource, key: u8) -> Usage {
    let mut usage = Usage::default();
    let query = Query { key: Some(key_arn(key)), ..Query::default() };
    assert!(usage.gather(source, &query, None, None).unwrap().done);
    usage
}

/// Uses of two keys by two users, a denial, an Encrypt, and a Decrypt that was withdrawn.
fn lines() -> Vec<Value> {
    let mut lines: Vec<Value> = (1..=8).map(|n| line(n, (n % 2) as u8, (n % 3) as u8, n)).collect();
    lines[0]["record"]["errorCode"] = "AccessDenied".into();
    lines[2]["record"]["eventName"] = "Encrypt".into();
    lines[4]["record"]["eventName"] = "DescribeKey".into();
    let mut withdrawn = lines[6].clone();
    withdrawn["sequence"] = 9.into();
    withdrawn["kind"] = "correction".into();
    withdrawn["record"]["errorCode"] = "AccessDenied".into();
    lines.push(withdrawn);
    lines
}

#[test]
fn uses_are_counted_by_principal_and_operation() {
    let usage = gathered(&MemorySource::of(&lines(), 4), 0);
    let at = |usage: &Option<Use>| usage.as_ref().map(|one| one.event_id.clone());
    assert_eq!((at(&usage.first), at(&usage.last)), (Some("event-2".to_owned()), Some("event-8".to_owned())));
    assert_eq!(usage.count, 4);
    assert_eq!(usage.by[&user_arn(2)]["Decrypt"].count, 2, "events 2 and 8");
    assert_eq!(usage.by.values().flat_map(BTreeMap::values).map(|count| count.count).sum::<u64>(), 4);
}

#[test]
fn denied_withdrawn_and_managing_calls_are_no_uses() {
    let usage = gathered(&MemorySource::of(&lines(), 4), 1);
    assert_eq!(usage.count, 1);
    assert_eq!(usage.last.as_ref().unwrap().operation, "Encrypt");
    assert!(usage.corrected.is_empty(), "its first record was met");
    let all_but_the_correction = &lines()[..8];
    assert_eq!(gathered(&MemorySource::of(all_but_the_correction, 4), 1).count, 2, "the control");
}

#[test]
fn parts_add_up_to_the_whole() {
    let source = MemorySource::of(&lines(), 1);
    let query = Query { key: Some(key_arn(1)), ..Query::default() };
    let (mut sum, mut from) = (Usage::default(), None);
    loop {
        let mut part = Usage { corrected: sum.corrected.clone(), ..Usage::default() };
        // One segment at a time: the walk ends where the part does.
        let reversed = Query { reverse: true, ..query.clone() };
        let stop = visit(&source, &reversed, from, None, &mut |hit| {
            part.take(hit);
            Flow::Stop
        });
        let stop = stop.unwrap();
        sum.add_older(part);
        if stop.done {
            break;
        }
        from = stop.position;
    }
    assert_eq!(sum, gathered(&source, 1));
}

#[test]
fn principals_beyond_a_thousand_are_counted_together() {
    let lines: Vec<Value> = (0..1_005_u64)
        .map(|n| {
            let mut line = line(n + 1, 1, 1, n);
            line["record"]["userIdentity"]["arn"] = format!("arn:aws:iam::111122223333:user/u{n}").into();
            line
        })
        .collect();
    let usage = gathered(&MemorySource::of(&lines, 2_000), 1);
    assert_eq!((usage.by.len(), usage.others["Decrypt"].count, usage.count), (1_000, 5, 1_005));
}
