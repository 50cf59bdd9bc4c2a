//! Retention of the audit log as the rounds of a service apply it: what it counts, and which clock it believes.

use crate::scenario::{Scenario, audit_settings};
use serde_json::json;
use strongroom_audit::{Disk, FilesBeside, Retention};
use strongroom_service::CheckpointWork;

#[tokio::test]
async fn what_lies_beside_the_segments_is_counted_though_nothing_goes() {
    let (s, log) = Scenario::start_with_log(audit_settings()).await;
    s.root("ListKeys", json!({})).await.succeeded();
    let mut work = CheckpointWork::default();
    let checkpoints = || s.disk.length("checkpoints").unwrap();
    while checkpoints() == 0 {
        s.service.checkpoint(&mut work).await;
    }
    let segments: u64 = s.disk.segments().unwrap().iter().map(|segment| segment.bytes).sum();
    let grown = segments + checkpoints();
    assert!(log.status().used_bytes < grown, "the control: at the start there were none");
    s.service.prune_log(Retention::default()).await;
    assert!(log.status().used_bytes >= grown, "{:?}: {grown}", log.status());
}
