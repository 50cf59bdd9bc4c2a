//! A compressed segment that can be read from any place: zstd in frames of 128 KiB of lines, with the table of zstd's
//! seekable format behind them. Every zstd decoder reads it as the lines; a reader that knows the table decompresses only
//! what it needs. (Seekable format: zstd's repository, contrib/seekable_format, version 0.1.0.)

use crate::segments::SegmentBytes;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use zstd::bulk::{Compressor, Decompressor};
use zstd::stream::read::Decoder;

/// Lines in one frame, in bytes.
const FRAME_BYTES: usize = 128 << 10;

/// The longest frame that is believed, compressed or not.
const FRAME_BYTES_MAX: u32 = 8 << 20;

/// The most frames of a table that is believed.
const FRAMES_MAX: u32 = 1 << 20;

/// The most lines of a segment without a table that are believed, in bytes: twice what the longest segment of a service has.
const WHOLE_BYTES_MAX: u64 = 128 << 20;

/// The furthest that a frame without a table may reach back, as a power of two: what every zstd decoder has to allow.
const WINDOW_LOG_MAX: u32 = 23;

const SKIPPABLE_MAGIC: u32 = 0x184D_2A5E;
const SEEKABLE_MAGIC: u32 = 0x8F92_EAB1;
const FOOTER_BYTES: usize = 9;
const ENTRY_BYTES: usize = 8;

/// In frames of this length the next levels take a third more time for lines of this kind, and more room too.
const LEVEL: i32 = 1;

/// Compresses lines. What is written is neither synced nor compared.
pub fn compress(mut lines: impl Read, mut out: impl Write) -> io::Result<()> {
    let mut compressor = Compressor::new(LEVEL)?;
    let (mut table, mut frames) = (Vec::new(), 0_u32);
    // Used again for every frame: there are a thousand in a segment.
    let mut frame = vec![0; FRAME_BYTES];
    let mut compressed = Vec::with_capacity(zstd::compress_bound(FRAME_BYTES));
    loop {
        let read = fill(&mut lines, &mut frame)?;
        let frame = &frame[..read];
        if frame.is_empty() {
            break;
        }
        compressed.clear();
        compressor.compress_to_buffer(frame, &mut compressed)?;
        out.write_all(&compressed)?;
        table.extend_from_slice(&(compressed.len() as u32).to_le_bytes());
        table.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        frames += 1;
    }
    out.write_all(&SKIPPABLE_MAGIC.to_le_bytes())?;
    out.write_all(&((table.len() + FOOTER_BYTES) as u32).to_le_bytes())?;
    out.write_all(&table)?;
    out.write_all(&frames.to_le_bytes())?;
    // No checksums: the record has better ones.
    out.write_all(&[0])?;
    out.write_all(&SEEKABLE_MAGIC.to_le_bytes())?;
    out.flush()
}

/// Reads until the buffer is full or the lines end, in as few reads as it takes.
fn fill(lines: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match lines.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(filled)
}

/// The lines of a compressed segment. One without a table is decompressed as a whole, if it is not longer than any that is
/// believed: a small file can give more than there is memory.
pub(crate) fn open(mut file: File) -> io::Result<Box<dyn SegmentBytes>> {
    let Some(frames) = table_of(&mut file)? else {
        file.seek(SeekFrom::Start(0))?;
        return Ok(Box::new(Cursor::new(whole(file, WHOLE_BYTES_MAX)?)));
    };
    let (decompressor, at, loaded) = (Decompressor::new()?, 0, None);
    Ok(Box::new(Frames { file, frames, at, loaded, compressed: Vec::new(), lines: Vec::new(), decompressor }))
}

/// All lines of a file, if they have no more bytes than this.
fn whole(file: File, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut decoder = Decoder::new(file)?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    let mut lines = Vec::new();
    decoder.take(bytes_max + 1).read_to_end(&mut lines)?;
    if lines.len() as u64 > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a compressed segment without a table has more than {bytes_max} bytes of lines"),
        ));
    }
    Ok(lines)
}

/// Where a frame lies, and which part of the lines is in it.
#[derive(Clone, Copy)]
struct Frame {
    offset: u64,
    compressed: u32,
    from: u64,
    bytes: u32,
}

/// The table at the end of a file; `None` if there is none.
fn table_of(file: &mut File) -> io::Result<Option<Vec<Frame>>> {
    let length = file.metadata()?.len();
    if length < FOOTER_BYTES as u64 {
        return Ok(None);
    }
    let mut footer = [0; FOOTER_BYTES];
    file.seek(SeekFrom::Start(length - FOOTER_BYTES as u64))?;
    file.read_exact(&mut footer)?;
    let [count @ .., descriptor, _, _, _, _] = footer;
    let count = u32::from_le_bytes(count);
    if footer[5..] != SEEKABLE_MAGIC.to_le_bytes() || descriptor != 0 || count > FRAMES_MAX {
        return Ok(None);
    }
    let table_bytes = count as usize * ENTRY_BYTES;
    let Some(start) = length.checked_sub((table_bytes + FOOTER_BYTES) as u64) else { return Ok(None) };
    let mut table = vec![0; table_bytes];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut table)?;
    let (entries, _) = table.as_chunks::<ENTRY_BYTES>();
    let (mut frames, mut offset, mut from) = (Vec::with_capacity(entries.len()), 0, 0);
    for [a, b, c, d, e, f, g, h] in entries.iter().copied() {
        let (compressed, bytes) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if bytes > FRAME_BYTES_MAX || bytes == 0 || compressed > FRAME_BYTES_MAX {
            return Ok(None);
        }
        frames.push(Frame { offset, compressed, from, bytes });
        offset += u64::from(compressed);
        from += u64::from(bytes);
    }
    Ok((offset <= start).then_some(frames))
}

/// A reader of frames: one of them is decompressed at a time.
struct Frames {
    file: File,
    frames: Vec<Frame>,
    at: u64,
    /// The number of the frame whose lines are there.
    loaded: Option<usize>,
    compressed: Vec<u8>,
    lines: Vec<u8>,
    decompressor: Decompressor<'static>,
}

impl Frames {
    fn length(&self) -> u64 {
        self.frames.last().map_or(0, |last| last.from + u64::from(last.bytes))
    }

    /// What is left of the frame in which the reader stands.
    fn rest(&mut self) -> io::Result<&[u8]> {
        let Some(number) = self.frames.partition_point(|frame| frame.from <= self.at).checked_sub(1) else {
            return Ok(&[]);
        };
        let frame = self.frames[number];
        if self.loaded != Some(number) {
            self.loaded = None;
            self.load(frame)?;
            self.loaded = Some(number);
        }
        let within = usize::try_from(self.at - frame.from).unwrap_or(usize::MAX);
        Ok(self.lines.get(within..).unwrap_or_default())
    }

    fn load(&mut self, frame: Frame) -> io::Result<()> {
        self.compressed.resize(frame.compressed as usize, 0);
        self.file.seek(SeekFrom::Start(frame.offset))?;
        self.file.read_exact(&mut self.compressed)?;
        self.lines.clear();
        self.lines.reserve(frame.bytes as usize);
        let bytes = self.decompressor.decompress_to_buffer(&self.compressed, &mut self.lines)?;
        if bytes != frame.bytes as usize {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame has another length than the table says",
            ));
        }
        Ok(())
    }
}

impl Read for Frames {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest()?;
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Frames {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(distance) => self.at.checked_add_signed(distance),
            SeekFrom::End(distance) => self.length().checked_add_signed(distance),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn sealed(lines: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        compress(lines, &mut out).unwrap();
        out
    }

    /// Lines that are not all alike.
    fn lines(bytes: usize) -> Vec<u8> {
        let mut text = Vec::new();
        for number in 0_u64.. {
            text.extend_from_slice(
                format!("{{\"sequence\":{number},\"x\":{}}}\n", number * 7_919 % 1_000).as_bytes(),
            );
            if text.len() >= bytes {
                break;
            }
        }
        text
    }

    #[test]
    fn every_zstd_decoder_gives_the_lines_back() {
        for bytes in [0, 1, 1_000, 300_000] {
            let lines = if bytes == 0 { Vec::new() } else { lines(bytes) };
            assert_eq!(zstd::stream::decode_all(&sealed(&lines)[..]).unwrap(), lines);
        }
    }

    #[test]
    fn segment_of_one_frame_without_a_table_is_read_too() {
        let lines = lines(200_000);
        let file = file_of(&zstd::stream::encode_all(&lines[..], 3).unwrap());
        let mut read = Vec::new();
        open(file).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, lines);
    }

    #[test]
    fn segment_without_a_table_that_gives_more_than_is_believed_is_a_fault() {
        let bomb = zstd::stream::encode_all(io::repeat(b'x').take(1_000_000), 3).unwrap();
        assert!(bomb.len() < 1_000, "little becomes much");
        let fault = whole(file_of(&bomb), 999_999).unwrap_err();
        assert_eq!(fault.kind(), io::ErrorKind::InvalidData, "{fault}");
        assert_eq!(whole(file_of(&bomb), 1_000_000).unwrap().len(), 1_000_000, "the control");
    }

    #[test]
    fn frame_that_reaches_back_further_than_decoders_have_to_allow_is_a_fault() {
        let reaching = |log: u32| {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
            encoder.window_log(log).unwrap();
            encoder.write_all(&lines(200_000)).unwrap();
            whole(file_of(&encoder.finish().unwrap()), 1 << 20)
        };
        assert!(reaching(WINDOW_LOG_MAX + 1).is_err());
        assert_eq!(reaching(WINDOW_LOG_MAX).unwrap(), lines(200_000), "the control");
    }

    #[test]
    fn table_that_lies_is_a_fault_or_changes_nothing() {
        let lines = lines(200_000);
        let good = sealed(&lines);
        let entry = good.len() - FOOTER_BYTES - ENTRY_BYTES;
        for at in entry..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x11;
            let mut read = Vec::new();
            let outcome = open(file_of(&bad)).and_then(|mut reader| reader.read_to_end(&mut read));
            assert!(outcome.is_err() || read == lines, "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn any_part_is_read_as_it_was(start in 0_usize..250_000, length in 0_usize..150_000) {
            let lines = lines(200_000);
            let mut reader = open(file_of(&sealed(&lines))).unwrap();
            reader.seek(SeekFrom::Start(start as u64)).unwrap();
            let mut part = Vec::new();
            reader.take(length as u64).read_to_end(&mut part).unwrap();
            let start = start.min(lines.len());
            let end = (start + length).min(lines.len());
            prop_assert_eq!(&part[..], &lines[start..end]);
        }
    }
}
