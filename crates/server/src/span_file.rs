//! The file of traces: a thread that appends lines to a descriptor which the supervisor opened. Requests never wait for it:
//! what it has no room for is dropped and counted.

use crate::figures::FrontFigures;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use strongroom_service::SpanSink;

/// Lines that wait at most.
const LINES_MAX: usize = 1_024;

/// The file is begun anew before it is longer, in bytes: whoever reads it follows it.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// The requests' end of it.
pub(crate) struct SpanFile {
    lines: SyncSender<Vec<u8>>,
    figures: Arc<FrontFigures>,
}

impl SpanFile {
    /// Starts the thread; `file` is open for appending.
    pub(crate) fn start(file: File, figures: Arc<FrontFigures>) -> io::Result<Self> {
        let (lines, queue) = sync_channel(LINES_MAX);
        let counted = figures.clone();
        let write = move || write(file, &queue, &counted, FILE_BYTES_MAX);
        thread::Builder::new().name("spans".to_owned()).spawn(write)?;
        Ok(Self { lines, figures })
    }
}

impl SpanSink for SpanFile {
    fn take(&self, line: Vec<u8>) {
        if self.lines.try_send(line).is_err() {
            self.figures.trace_dropped();
        }
    }
}

/// Until nobody sends any more.
fn write(mut file: File, queue: &Receiver<Vec<u8>>, figures: &FrontFigures, bytes_max: u64) {
    let mut bytes = file.metadata().map_or(0, |found| found.len());
    while let Ok(line) = queue.recv() {
        let length = line.len() as u64;
        if bytes + length > bytes_max && file.set_len(0).is_ok() {
            bytes = 0;
        }
        if file.write_all(&line).is_ok() {
            bytes += length;
            figures.trace_written();
        } else {
            // Half a line would spoil the next one.
            let _ = file.set_len(bytes);
            figures.trace_dropped();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{OpenOptions, read_to_string};
    use std::path::Path;

    fn appending(path: &Path) -> File {
        OpenOptions::new().append(true).create(true).open(path).unwrap()
    }

    /// Writes these lines to a file that may have so many bytes.
    fn write_all(file: File, lines: &[&str], bytes_max: u64) -> FrontFigures {
        let (sender, queue) = sync_channel(lines.len());
        for line in lines {
            sender.send(line.as_bytes().to_vec()).unwrap();
        }
        drop(sender);
        let figures = FrontFigures::default();
        write(file, &queue, &figures, bytes_max);
        figures
    }

    #[test]
    fn file_is_begun_anew_before_it_is_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traces");
        std::fs::write(&path, "before\n").unwrap();
        write_all(appending(&path), &["one\n"], 16);
        assert_eq!(read_to_string(&path).unwrap(), "before\none\n");
        let figures = write_all(appending(&path), &["two\n", "three\n"], 16);
        assert_eq!(read_to_string(&path).unwrap(), "three\n");
        assert_eq!(figures.traces(), (2, 0));
    }

    #[test]
    fn what_cannot_be_written_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traces");
        drop(appending(&path));
        let figures = write_all(File::open(&path).unwrap(), &["one\n", "two\n"], 16);
        assert_eq!(figures.traces(), (0, 2));
    }
}
