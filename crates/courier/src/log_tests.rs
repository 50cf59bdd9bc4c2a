//! Segments of the tests' making: growing, torn, gone, shorter than they were.

use super::*;
use crate::line::tests::event;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use tempfile::TempDir;

struct Segments {
    folder: TempDir,
    log: FolderLog,
}

impl Segments {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = FolderLog::new(folder.path());
        Self { folder, log }
    }

    fn append(&self, segment: u64, text: &str) {
        let path = self.log.files.path(segment);
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn lines(&self, segment: u64, numbers: impl Iterator<Item = u64>) {
        numbers.for_each(|number| self.append(segment, &format!("{}\n", event(number).text())));
    }

    fn read(&self, from: Position) -> Chunk {
        self.log.read(from, &ALL).unwrap()
    }

    fn remove(&self, segment: u64) {
        fs::remove_file(self.log.files.path(segment)).unwrap();
    }
}

const ALL: Limits = Limits { lines: 1_000, bytes: 1 << 20, through: None };

fn numbers(chunk: &Chunk) -> Vec<u64> {
    chunk.lines.iter().map(|line| line.number).collect()
}

#[test]
fn lines_of_all_segments_come_in_order_and_what_follows_later() {
    let log = Segments::new();
    assert!(log.read(Position::default()).at_end, "an empty log");
    log.lines(1, 1..=3);
    log.lines(4, 4..=5);
    let chunk = log.read(Position::default());
    assert_eq!(numbers(&chunk), [1, 2, 3, 4, 5]);
    assert!(chunk.at_end && !chunk.missed && chunk.unreadable == 0);
    assert_eq!(numbers(&log.read(chunk.next)), [0; 0]);
    log.lines(4, 6..=6);
    log.lines(7, 7..=7);
    assert_eq!(numbers(&log.read(chunk.next)), [6, 7]);
}

#[test]
fn limits_of_lines_bytes_and_number_cut_it() {
    let log = Segments::new();
    log.lines(1, 1..=10);
    for (limits, wanted) in [
        (Limits { lines: 3, ..ALL }, 3),
        (Limits { bytes: 1, ..ALL }, 1),
        (Limits { through: Some(4), ..ALL }, 4),
    ] {
        let chunk = log.log.read(Position::default(), &limits).unwrap();
        assert_eq!(numbers(&chunk), (1..=wanted).collect::<Vec<u64>>());
        assert!(!chunk.at_end);
        assert_eq!(numbers(&log.read(chunk.next)), (wanted + 1..=10).collect::<Vec<u64>>());
    }
}

#[test]
fn a_line_that_is_being_written_is_left_and_a_torn_one_passed_over() {
    let log = Segments::new();
    log.lines(1, 1..=1);
    log.append(1, "{\"sequence\":2,\"ki");
    let chunk = log.read(Position::default());
    assert_eq!((numbers(&chunk), chunk.unreadable), (vec![1], 0));
    log.lines(3, 3..=3);
    let chunk = log.read(chunk.next);
    assert_eq!((numbers(&chunk), chunk.unreadable), (vec![3], 1));
}

#[test]
fn what_is_gone_is_told_and_the_rest_is_read() {
    let log = Segments::new();
    log.lines(1, 1..=2);
    log.lines(3, 3..=4);
    log.lines(5, 5..=6);
    let taken = log.log.read(Position::default(), &Limits { lines: 1, ..ALL }).unwrap().next;
    log.remove(1);
    let chunk = log.read(taken);
    assert_eq!((numbers(&chunk), chunk.missed), (vec![3, 4, 5, 6], true));
    assert!(!log.read(Position::default()).missed, "a new sink has missed nothing");
}

#[test]
fn an_older_copy_of_the_log_is_read_again_rather_than_passed_over() {
    let log = Segments::new();
    log.lines(1, 1..=4);
    let taken = log.read(Position::default()).next;
    log.remove(1);
    log.lines(1, 1..=2);
    let chunk = log.read(taken);
    assert_eq!((numbers(&chunk), chunk.missed), (vec![], true));
    log.append(
        1,
        &format!("{}\n", event(3).text().replace("Decrypt", "GenerateDataKeyPairWithoutPlaintext")),
    );
    log.lines(1, 4..=4);
    let chunk = log.read(chunk.next);
    assert_eq!(numbers(&chunk), [3, 4]);
    log.lines(1, 5..=5);
    assert_eq!(numbers(&log.read(taken)), [1, 2, 3, 4, 5], "an offset within a line");
    let gone = Position { segment: 9, offset: 3 };
    assert!(numbers(&log.read(gone)).len() == 5, "a segment of the future");
}

#[test]
fn a_segment_that_is_sealed_meanwhile_goes_on_where_it_was() {
    let log = Segments::new();
    log.lines(1, 1..=4);
    log.lines(5, 5..=6);
    let taken = log.log.read(Position::default(), &Limits { lines: 2, ..ALL }).unwrap().next;
    let files = &log.log.files;
    let sealed = zstd::stream::encode_all(fs::File::open(files.path(1)).unwrap(), 3).unwrap();
    fs::write(files.sealed_path(1), sealed).unwrap();
    log.remove(1);
    let chunk = log.read(taken);
    assert_eq!((numbers(&chunk), chunk.missed), (vec![3, 4, 5, 6], false));
    log.remove(5);
    assert_eq!(log.log.end().unwrap().last, 4, "the end of a sealed one");
}

#[test]
fn other_files_are_not_looked_at() {
    let log = Segments::new();
    log.lines(2, 2..=2);
    for name in ["checkpoints", "2.jsonl", "00000000000000000001.idx", "00000000000000000003.jsonl.zst.new"] {
        fs::write(log.folder.path().join(name), "x").unwrap();
    }
    assert_eq!(numbers(&log.read(Position::default())), [2]);
}

#[test]
fn the_end_is_the_last_whole_line_however_long() {
    let log = Segments::new();
    assert_eq!(log.log.end().unwrap(), End::default());
    log.lines(1, 1..=3);
    let long = format!("{{\"sequence\":4,\"kind\":\"event\",\"record\":\"{}\"}}\n", "x".repeat(200_000));
    log.append(1, &long);
    log.append(1, "{\"seq");
    let end = log.log.end().unwrap();
    assert_eq!(end.last, 4);
    let bytes = end.segments[0].1;
    assert_eq!(end.bytes_behind(Position { segment: 1, offset: 10 }), bytes - 10);
    assert_eq!(end.bytes_behind(Position::default()), bytes);
    log.append(5, "");
    assert_eq!(log.log.end().unwrap().last, 4, "the newest segment is empty");
}

/// What happens to a log while it is read.
#[derive(Clone, Debug)]
enum Happens {
    /// So many lines more.
    Lines(u64),
    /// A new segment; the one before ends torn or whole.
    Segment { torn: bool },
    /// The oldest segment that is not sealed and not the newest is sealed.
    Seal,
    /// So many lines are read at most.
    Read(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let one = prop_oneof![
        4 => (1..6u64).prop_map(Happens::Lines),
        2 => any::<bool>().prop_map(|torn| Happens::Segment { torn }),
        1 => Just(Happens::Seal),
        3 => (1..8usize).prop_map(Happens::Read),
    ];
    prop::collection::vec(one, 0..40)
}

/// A log that things happen to, and what a reader has got of it.
struct Story {
    segments: Segments,
    newest: u64,
    sealed: u64,
    next: u64,
    at: Position,
    got: Vec<u64>,
}

impl Story {
    fn go_on(&mut self, happens: Happens) {
        match happens {
            Happens::Lines(count) => {
                self.segments.lines(self.newest, self.next..self.next + count);
                self.next += count;
            }
            Happens::Segment { torn } => {
                if torn {
                    self.segments.append(self.newest, "{\"sequence\":1,\"kind\":\"ev");
                }
                // Not one line: the name is taken, so the number is given up.
                self.next += u64::from(self.next == self.newest);
                self.newest = self.next;
                self.segments.append(self.newest, "");
            }
            Happens::Seal => self.seal(),
            Happens::Read(lines) => self.read(&Limits { lines, ..ALL }),
        }
    }

    fn seal(&mut self) {
        let files = &self.segments.log.files;
        let listed = files.list().unwrap();
        let Some((segment, _)) = listed.iter().find(|(segment, _)| *segment > self.sealed) else { return };
        if *segment < self.newest {
            let lines = fs::read(files.path(*segment)).unwrap();
            fs::write(files.sealed_path(*segment), zstd::stream::encode_all(&lines[..], 1).unwrap()).unwrap();
            fs::remove_file(files.path(*segment)).unwrap();
            self.sealed = *segment;
        }
    }

    fn read(&mut self, limits: &Limits) {
        let chunk = self.segments.log.read(self.at, limits).unwrap();
        assert!(!chunk.missed);
        self.got.extend(numbers(&chunk));
        self.at = chunk.next;
    }

    /// Whether a segment has this name and not one line.
    fn is_given_up(&self, number: u64) -> bool {
        let Ok(mut lines) = self.segments.log.files.open(number) else { return false };
        let mut text = String::new();
        lines.read_to_string(&mut text).unwrap();
        !text.contains('\n')
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_line_is_read_once_whatever_becomes_of_its_segment(happenings in happenings()) {
        let segments = Segments::new();
        segments.append(1, "");
        let mut story = Story { segments, newest: 1, sealed: 0, next: 1, at: Position::default(), got: Vec::new() };
        for happens in happenings {
            story.go_on(happens);
        }
        story.read(&ALL);
        // No line has the number of a segment without one.
        let written: Vec<u64> = (1..story.next).filter(|number| !story.is_given_up(*number)).collect();
        prop_assert_eq!(story.got, written);
    }
}
