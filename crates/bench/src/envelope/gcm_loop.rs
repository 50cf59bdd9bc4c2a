//! The yardstick: AES-256-GCM over frames of 1 MiB by all cores, with the reads and writes that `seal` and `open` do between
//! two files, and nothing else: no header, no derivation, no additional data, no temporary name.

use super::Way;
use anyhow::{Result, anyhow};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use strongroom_envelope::default_threads;

const FRAME_BYTES: u64 = 1 << 20;
const TAG_BYTES: u64 = 16;

/// One run of the loop.
#[derive(clap::Args)]
pub(crate) struct Settings {
    #[arg(value_enum)]
    way: Way,
    input: PathBuf,
    output: PathBuf,
}

/// Runs the loop, until the output is on the disk.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let (input, output) = (File::open(&settings.input)?, File::create(&settings.output)?);
    let bytes = input.metadata()?.len();
    let frame = match settings.way {
        Way::Seal => FRAME_BYTES,
        Way::Open => FRAME_BYTES + TAG_BYTES,
    };
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map(LessSafeKey::new).map_err(refused)?;
    let next = AtomicU64::new(0);
    let work = || -> Result<()> {
        let (mut from, mut to) = (vec![0; frame as usize], vec![0; (FRAME_BYTES + TAG_BYTES) as usize]);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let at = number * frame;
            if at >= bytes {
                return Ok(());
            }
            let read = &mut from[..(bytes - at).min(frame) as usize];
            input.read_exact_at(read, at)?;
            match settings.way {
                Way::Seal => {
                    let sealed = seal(&key, number, read, &mut to).map_err(refused)?;
                    output.write_all_at(sealed, number * (FRAME_BYTES + TAG_BYTES))?;
                }
                Way::Open => {
                    let opened = open(&key, number, read, &mut to).map_err(refused)?;
                    output.write_all_at(opened, number * FRAME_BYTES)?;
                }
            }
        }
    };
    on_threads(default_threads(), &work)?;
    Ok(output.sync_all()?)
}

/// So many frames through the cipher alone, each from the same buffer into the same other one.
pub(super) fn in_memory(frames: u64, threads: usize) -> Result<()> {
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map(LessSafeKey::new).map_err(refused)?;
    let next = AtomicU64::new(0);
    let work = || -> Result<()> {
        let (from, mut to) = (vec![1; FRAME_BYTES as usize], vec![0; (FRAME_BYTES + TAG_BYTES) as usize]);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= frames {
                return Ok(());
            }
            black_box(seal(&key, number, &from, &mut to).map_err(refused)?);
        }
    };
    on_threads(threads, &work)
}

/// Does the same on so many threads, until all have ended.
fn on_threads(threads: usize, work: &(impl Fn() -> Result<()> + Sync)) -> Result<()> {
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut ended = workers.into_iter().map(|worker| worker.join());
        ended.try_for_each(|result| result.unwrap_or_else(|_| Err(anyhow!("a thread was lost"))))
    })
}

fn refused(_: Unspecified) -> anyhow::Error {
    anyhow!("AES-256-GCM refused")
}

fn nonce(number: u64) -> Nonce {
    let mut iv = [0; 12];
    iv[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(iv)
}

/// The frame and its tag in `out`.
fn seal<'a>(
    key: &LessSafeKey,
    number: u64,
    frame: &[u8],
    out: &'a mut [u8],
) -> Result<&'a [u8], Unspecified> {
    let out = &mut out[..frame.len() + TAG_BYTES as usize];
    let (ciphertext, tag) = out.split_at_mut(frame.len());
    key.seal_out_of_place_scatter(nonce(number), Aad::empty(), frame, ciphertext, &[], tag)?;
    Ok(out)
}

/// The plaintext in `out`.
fn open<'a>(
    key: &LessSafeKey,
    number: u64,
    frame: &[u8],
    out: &'a mut [u8],
) -> Result<&'a [u8], Unspecified> {
    let length = frame.len().checked_sub(TAG_BYTES as usize).ok_or(Unspecified)?;
    let (ciphertext, tag) = frame.split_at(length);
    let out = &mut out[..length];
    key.open_separate_gather(nonce(number), Aad::empty(), ciphertext, tag, out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for bytes in [0, 1, FRAME_BYTES as usize, 3 * FRAME_BYTES as usize + 5] {
            let plain: Vec<u8> = (0..bytes).map(|i| (i >> 7) as u8).collect();
            std::fs::write(path("plain"), &plain).unwrap();
            run(&Settings { way: Way::Seal, input: path("plain"), output: path("sealed") }).unwrap();
            run(&Settings { way: Way::Open, input: path("sealed"), output: path("opened") }).unwrap();
            assert!(std::fs::read(path("opened")).unwrap() == plain, "{bytes}");
            assert!(std::fs::read(path("sealed")).unwrap().len() >= bytes + usize::from(bytes > 0) * 16);
        }
    }
}
