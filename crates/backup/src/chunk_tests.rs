//! Chunks of every length, and every way to damage a stream of them.

use super::*;
use crate::{ChunkWriter, samples};

const SEALED_BYTES: usize = LENGTH_BYTES + CHUNK_BYTES + TAG_BYTES;

fn key() -> FileKey {
    samples::key(&samples::header())
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

fn sealed(content: &[u8]) -> Vec<u8> {
    let mut writer = ChunkWriter::new(Vec::new(), &key()).unwrap();
    for part in content.chunks(10_007) {
        writer.write(part).unwrap();
    }
    writer.finish().unwrap()
}

fn opened(sealed: &[u8], buffer: &mut [u8]) -> Result<usize, BackupError> {
    ChunkReader::new(sealed, &key())?.read(buffer)
}

/// Reads to the end in one go.
fn verdict(sealed: &[u8]) -> Result<Vec<u8>, BackupError> {
    let mut buffer = vec![0; 4 * CHUNK_BYTES];
    let count = opened(sealed, &mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

#[test]
fn stream_of_every_edge_length_round_trips() {
    for (length, chunks) in
        [(0, 1), (1, 1), (65_535, 1), (65_536, 1), (65_537, 2), (131_072, 2), (131_073, 3)]
    {
        let content = content(length);
        let sealed = sealed(&content);
        assert_eq!(sealed.len(), length + chunks * (LENGTH_BYTES + TAG_BYTES), "{length}");
        assert_eq!(verdict(&sealed).unwrap(), content, "{length}");
        let mut reader = ChunkReader::new(&sealed[..], &key()).unwrap();
        let mut again = Vec::new();
        let mut buffer = [0; 9_973];
        loop {
            let count = reader.read(&mut buffer).unwrap();
            again.extend_from_slice(&buffer[..count]);
            if count < buffer.len() {
                break;
            }
        }
        assert_eq!(again, content, "{length} in parts");
    }
}

#[test]
fn nothing_of_a_damaged_chunk_is_given_out_and_nothing_behind_it() {
    let mut sealed = sealed(&content(3 * CHUNK_BYTES));
    sealed[2 * SEALED_BYTES - 1] ^= 1;
    let mut buffer = vec![0xaa; 3 * CHUNK_BYTES];
    let mut reader = ChunkReader::new(&sealed[..], &key()).unwrap();
    assert!(matches!(reader.read(&mut buffer), Err(BackupError::ChunkDamaged { chunk: 1 })));
    assert_eq!(buffer[..CHUNK_BYTES], content(CHUNK_BYTES));
    assert!(buffer[CHUNK_BYTES..].iter().all(|byte| *byte == 0xaa));
    assert!(reader.read(&mut buffer).is_err(), "what failed stays failed");
    assert!(buffer[CHUNK_BYTES..].iter().all(|byte| *byte == 0xaa));
}

#[test]
fn stream_cut_between_chunks_is_cut_off() {
    let sealed = sealed(&content(2 * CHUNK_BYTES + 5));
    for chunk in 0..3 {
        let cut = &sealed[..chunk * SEALED_BYTES];
        let expected = chunk as u64;
        assert!(matches!(verdict(cut), Err(BackupError::CutOff { chunk }) if chunk == expected), "{chunk}");
    }
}

#[test]
fn stream_cut_within_a_chunk_is_cut_off() {
    let sealed = sealed(&content(CHUNK_BYTES + 5));
    for length in [1, 3, 4, 5, 100, SEALED_BYTES - 1] {
        let verdict = verdict(&sealed[..length]);
        assert!(matches!(verdict, Err(BackupError::CutOff { chunk: 0 })), "{length}");
    }
    for length in [SEALED_BYTES + 1, SEALED_BYTES + 4, sealed.len() - 1] {
        let verdict = verdict(&sealed[..length]);
        assert!(matches!(verdict, Err(BackupError::CutOff { chunk: 1 })), "{length}");
    }
}

#[test]
fn swapped_doubled_and_missing_chunks_are_refused() {
    let sealed = sealed(&content(3 * CHUNK_BYTES + 5));
    let chunks: Vec<&[u8]> = sealed.chunks(SEALED_BYTES).collect();
    let order = |order: &[usize]| verdict(&order.iter().map(|at| chunks[*at]).collect::<Vec<_>>().concat());
    assert!(order(&[0, 1, 2, 3]).is_ok());
    assert!(matches!(order(&[1, 0, 2, 3]), Err(BackupError::ChunkDamaged { chunk: 0 })));
    assert!(matches!(order(&[0, 2, 1, 3]), Err(BackupError::ChunkDamaged { chunk: 1 })));
    assert!(matches!(order(&[0, 1, 1, 2, 3]), Err(BackupError::ChunkDamaged { chunk: 2 })));
    assert!(matches!(order(&[0, 2, 3]), Err(BackupError::ChunkDamaged { chunk: 1 })));
    assert!(matches!(order(&[0, 1, 3]), Err(BackupError::ChunkDamaged { chunk: 2 })));
    assert!(matches!(order(&[0, 1, 2, 3, 3]), Err(BackupError::TrailingBytes)));
}

#[test]
fn bytes_behind_the_last_chunk_are_trailing() {
    for length in [5, CHUNK_BYTES, CHUNK_BYTES + 5] {
        let sealed = sealed(&content(length));
        for more in [1, 4, 5, 100, SEALED_BYTES] {
            let longer = [&sealed[..], &vec![0; more]].concat();
            assert!(matches!(verdict(&longer), Err(BackupError::TrailingBytes)), "{length} and {more}");
        }
    }
}

#[test]
fn length_beyond_a_chunk_is_damage() {
    let mut sealed = sealed(&content(5));
    sealed[..LENGTH_BYTES].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(verdict(&sealed), Err(BackupError::ChunkDamaged { chunk: 0 })));
}

#[test]
fn key_of_another_file_opens_nothing() {
    let sealed = sealed(&content(5));
    let other = samples::key(&crate::Header { revision: 42, ..samples::header() });
    let mut reader = ChunkReader::new(&sealed[..], &other).unwrap();
    assert!(matches!(reader.read(&mut [0; 5]), Err(BackupError::ChunkDamaged { chunk: 0 })));
}

#[test]
fn positive_control_chunk_in_its_place_opens_from_any_stream_of_the_key() {
    // So it is the place in the nonce that refuses the swaps above.
    let (one, two) = (sealed(&content(CHUNK_BYTES + 5)), sealed(&vec![7; CHUNK_BYTES + 9]));
    let mixed = [&one[..SEALED_BYTES], &two[SEALED_BYTES..]].concat();
    assert_eq!(verdict(&mixed).unwrap(), [content(CHUNK_BYTES), vec![7; 9]].concat());
}
