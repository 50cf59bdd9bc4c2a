//! Who seals what, and in which order.

use super::*;
use crate::disk::RealDisk;
use crate::log::Settings;
use crate::scan::scan;
use crate::state::seals;
use std::thread;

/// A folder with so many segments of one line that wait.
struct Bench {
    dir: tempfile::TempDir,
    sealing: Sealing,
}

impl Bench {
    fn new(segments: u64, settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(dir.path()).unwrap());
        let shared = Arc::new(Shared::new(settings, &scan(&disk, None).unwrap()));
        let bench = Self { sealing: Sealing::new(shared, disk), dir };
        bench.end_segments(1, segments);
        bench
    }

    fn end_segments(&self, from: u64, to: u64) {
        let ended = |first: u64| {
            let line = format!("{{\"sequence\":{first}}}\n");
            self.sealing.disk.create(first).unwrap().append(line.as_bytes()).unwrap();
            let segment = SegmentInfo { first, bytes: line.len() as u64, sealed: false };
            (segment, LogState { next: first + 1, ..LogState::new() })
        };
        self.sealing.add((from..=to).map(ended));
    }

    /// Segments that are compressed.
    fn packed(&self) -> Vec<u64> {
        let segments = RealDisk::new(self.dir.path()).unwrap().segments().unwrap();
        segments.iter().filter(|segment| segment.sealed).map(|segment| segment.first).collect()
    }

    /// Segments that have a seal.
    fn sealed(&self) -> Vec<u64> {
        seals(&*self.sealing.disk).unwrap().iter().map(|seal| seal.first).collect()
    }
}

#[test]
fn seals_are_kept_in_order_whoever_is_done_first() {
    let bench = Bench::new(3, Settings::default());
    let first = bench.sealing.take().unwrap();
    bench.sealing.seal_next(&|| true).unwrap();
    bench.sealing.seal_next(&|| true).unwrap();
    assert_eq!((bench.packed(), bench.sealed()), (vec![2, 3], vec![]));
    bench.sealing.pack(first, &|| true).unwrap();
    bench.sealing.put_back(first.first, true);
    bench.sealing.seal_next(&|| true).unwrap();
    assert_eq!((bench.packed(), bench.sealed()), (vec![1, 2, 3], vec![1, 2, 3]));
}

#[test]
fn segment_that_is_given_up_is_whole_and_sealed_by_who_ends() {
    let bench = Bench::new(1, Settings::default());
    assert!(bench.sealing.seal_next(&|| false).is_err());
    assert_eq!((bench.packed(), bench.sealed()), (vec![], vec![]));
    assert_eq!(bench.sealing.shared.status().unproved, None, "giving up is no fault");
    bench.sealing.end(Duration::from_secs(600));
    assert_eq!((bench.packed(), bench.sealed()), (vec![1], vec![1]));
}

#[test]
fn who_ends_without_time_leaves_what_waits_to_the_next_start() {
    let bench = Bench::new(2, Settings::default());
    bench.sealing.end(Duration::ZERO);
    assert_eq!((bench.packed(), bench.sealed()), (vec![], vec![]));
}

#[test]
fn thread_seals_everything_and_ends() {
    let bench = Bench::new(20, Settings::default());
    thread::scope(|scope| {
        scope.spawn(|| bench.sealing.run());
        bench.end_segments(21, 30);
        bench.sealing.end(Duration::from_secs(600));
    });
    let all: Vec<u64> = (1..=30).collect();
    assert_eq!((bench.packed(), bench.sealed()), (all.clone(), all));
}

#[test]
fn who_adds_helps_only_when_too_much_waits() {
    let bench = Bench::new(WAITING_MAX as u64, Settings::default());
    bench.sealing.help();
    assert!(bench.packed().is_empty());
    bench.end_segments(9, 9);
    bench.sealing.help();
    bench.sealing.help();
    assert_eq!(bench.packed(), [1]);
    let tight = Bench::new(1, Settings { budget_bytes: 100, ..Settings::default() });
    tight.sealing.help();
    assert_eq!(tight.packed(), [1], "a sixteenth of the budget");
}

#[test]
fn fault_is_told_until_the_segment_is_sealed() {
    let bench = Bench::new(1, Settings::default());
    let lines = bench.dir.path().join(format!("{:020}.jsonl", 1));
    let hidden = bench.dir.path().join("hidden");
    std::fs::rename(&lines, &hidden).unwrap();
    assert!(bench.sealing.seal_next(&|| true).is_err());
    assert!(bench.sealing.shared.status().unproved.is_some());
    std::fs::rename(&hidden, &lines).unwrap();
    bench.sealing.seal_next(&|| true).unwrap();
    assert_eq!((bench.sealing.shared.status().unproved, bench.sealed()), (None, vec![1]));
}
