//! Spans of sampled requests on their way to a collector: a thread gathers them for a moment and hands them to the courier,
//! which alone talks with others. Requests never wait for it: what it has no room for is dropped and counted.

use crate::figures::FrontFigures;
use crate::span_file::SpanFile;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use strongroom_control::ForCourier;
use strongroom_service::SpanSink;

/// Lines that wait at most.
const LINES_MAX: usize = 1_024;

/// How long the first line of a batch waits for others.
const GATHER: Duration = Duration::from_secs(1);

/// The most lines of a batch, and no further one once it has so many bytes: written as JSON texts they fit into a message.
const BATCH_LINES_MAX: usize = 256;
const BATCH_BYTES_MAX: usize = 256 << 10;

/// Where spans go: to a file, to a collector, or both.
pub(crate) struct SpanSinks {
    pub(crate) file: Option<SpanFile>,
    pub(crate) courier: Option<SpanCourier>,
}

impl SpanSink for SpanSinks {
    fn take(&self, line: Vec<u8>) {
        match (&self.file, &self.courier) {
            (Some(file), Some(courier)) => {
                courier.take(line.clone());
                file.take(line);
            }
            (Some(file), None) => file.take(line),
            (None, Some(courier)) => courier.take(line),
            (None, None) => {}
        }
    }
}

/// The requests' end of the way to the courier.
pub(crate) struct SpanCourier {
    lines: SyncSender<Vec<u8>>,
    figures: Arc<FrontFigures>,
}

impl SpanCourier {
    /// Starts the thread.
    pub(crate) fn start(figures: Arc<FrontFigures>) -> io::Result<Self> {
        let (lines, queue) = sync_channel(LINES_MAX);
        let counted = figures.clone();
        let hand_over = move || {
            let sinks = counted.sinks().clone();
            send(&queue, &counted, &|lines| sinks.tell_courier(&ForCourier::Spans { lines }));
        };
        thread::Builder::new().name("spans-out".to_owned()).spawn(hand_over)?;
        Ok(Self { lines, figures })
    }

    fn take(&self, line: Vec<u8>) {
        if self.lines.try_send(line).is_err() {
            self.figures.trace_dropped();
        }
    }
}

/// Until nobody sends any more.
fn send(queue: &Receiver<Vec<u8>>, figures: &FrontFigures, hand_over: &dyn Fn(Vec<String>) -> bool) {
    while let Ok(first) = queue.recv() {
        let lines = gather(first, queue);
        let count = lines.len();
        let sent = hand_over(lines);
        for _ in 0..count {
            if sent { figures.trace_sent() } else { figures.trace_dropped() }
        }
    }
}

/// A line, and what comes soon after it.
fn gather(first: Vec<u8>, queue: &Receiver<Vec<u8>>) -> Vec<String> {
    let text = |line: Vec<u8>| String::from_utf8_lossy(&line).trim_end().to_owned();
    let deadline = Instant::now() + GATHER;
    let mut bytes = first.len();
    let mut lines = vec![text(first)];
    while lines.len() < BATCH_LINES_MAX && bytes < BATCH_BYTES_MAX {
        let Ok(line) = queue.recv_timeout(deadline.saturating_duration_since(Instant::now())) else { break };
        bytes += line.len();
        lines.push(text(line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn lines_are_handed_over_together_and_counted() {
        let (lines, queue) = sync_channel(8);
        for line in ["one\n", "two\n", "three\n"] {
            lines.send(line.as_bytes().to_vec()).unwrap();
        }
        drop(lines);
        let (figures, taken) = (FrontFigures::default(), Mutex::new(Vec::new()));
        send(&queue, &figures, &|lines| {
            taken.lock().unwrap().extend(lines);
            true
        });
        assert_eq!(*taken.lock().unwrap(), ["one", "two", "three"]);
        assert_eq!((figures.traces_sent(), figures.traces()), (3, (0, 0)));
    }

    #[test]
    fn what_no_courier_takes_is_dropped_and_counted() {
        let (lines, queue) = sync_channel(8);
        lines.send(b"one\n".to_vec()).unwrap();
        drop(lines);
        let figures = FrontFigures::default();
        send(&queue, &figures, &|_| false);
        assert_eq!((figures.traces_sent(), figures.traces()), (0, (0, 1)));
    }
}
