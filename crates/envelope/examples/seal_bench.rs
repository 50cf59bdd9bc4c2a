//! Sealing and opening beside a plain copy through the same pipeline, and beside AES-256-GCM in memory.
//!
//! `cargo run --release -p strongroom-envelope --example seal_bench -- [MIB] [ROUNDS] [FOLDER]`. All rows take turns
//! in one run, and each round begins with another row, because the page cache and the neighbours change from minute
//! to minute. Printed are medians, the fastest and the slowest run, and ratios of medians.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use strongroom_envelope::keyring::{DataKeySource, KeyRequest, KeyringError, NewDataKey};
use strongroom_envelope::message::{Context, DataKey, EncryptedDataKey};
use strongroom_envelope::{Input, OpenOptions, Output, SealOptions, copy, default_threads, open, seal};

/// A data key that costs no call.
struct FixedKey;

impl DataKeySource for FixedKey {
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        let entry = EncryptedDataKey { provider: "bench".into(), info: vec![], blob: vec![0; 184] };
        Ok(NewDataKey { plaintext: self.decrypt(&[], request)?, encrypted: vec![entry] })
    }

    fn decrypt(&self, _: &[EncryptedDataKey], _: KeyRequest<'_>) -> Result<DataKey, KeyringError> {
        DataKey::from_vec(vec![7; 32]).ok_or(KeyringError::NoSealingKey)
    }
}

struct Bench {
    folder: tempfile::TempDir,
    bytes: u64,
    context: Context,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn seal(&self, input: &Path, output: &Path) {
        let options = SealOptions::new(&self.context);
        seal(Input::from_path(input).unwrap(), Output::to_path(output, true).unwrap(), &FixedKey, options)
            .unwrap();
    }

    fn open(&self, input: &Path, output: &Path) {
        let options = OpenOptions::new(&self.context);
        open(Input::from_path(input).unwrap(), Output::to_path(output, true).unwrap(), &FixedKey, options)
            .unwrap();
    }

    fn copy(&self, output: &Path) {
        let input = Input::from_path(&self.path("plain")).unwrap();
        copy(&input, Output::to_path(output, true).unwrap(), default_threads()).unwrap();
    }

    /// Writes and removes a file of the same size, untimed. A virtual machine may give idle memory back to its
    /// host; without this the first row that writes after a pause pays for getting it again, which made a plain
    /// copy look half as fast as sealing.
    fn touch_memory(&self) {
        let scratch = self.path("scratch");
        self.copy(&scratch);
        fs::remove_file(scratch).unwrap();
    }

    /// The same number of bytes through the cipher alone, 1 MiB at a time, one buffer to another.
    fn cipher(&self, threads: usize) {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
        let frames = self.bytes >> 20;
        std::thread::scope(|scope| {
            for thread in 0..threads as u64 {
                let key = &key;
                scope.spawn(move || {
                    let (plain, mut sealed, mut tag) = (vec![1; 1 << 20], vec![0; 1 << 20], [0; 16]);
                    for frame in (thread..frames).step_by(threads) {
                        let mut iv = [0; 12];
                        iv[4..].copy_from_slice(&frame.to_be_bytes());
                        let nonce = Nonce::assume_unique_for_key(iv);
                        key.seal_out_of_place_scatter(
                            nonce,
                            Aad::empty(),
                            &plain,
                            &mut sealed,
                            &[],
                            &mut tag,
                        )
                        .unwrap();
                    }
                });
            }
        });
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise| arguments.get(at).map_or(otherwise, |text| text.parse().unwrap());
    let (mib, rounds) = (number(0, 1024), number(1, 7));
    let parent = arguments.get(2).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(&parent).unwrap();
    let bench = Bench { folder, bytes: mib << 20, context: Context::default() };
    let block: Vec<u8> = (0..1u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(bench.path("plain"), block.repeat(mib as usize)).unwrap();
    bench.seal(&bench.path("plain"), &bench.path("sealed"));
    println!("{mib} MiB, {rounds} rounds, {} threads, in {}; GB/s", default_threads(), parent.display());
    report(&run(&bench, rounds), bench.bytes);
}

type Row = (&'static str, Vec<f64>);

/// Times each row once a round, beginning with another one each time; every output file is new.
fn run(bench: &Bench, rounds: u64) -> Vec<Row> {
    let (plain, sealed, out) = (bench.path("plain"), bench.path("sealed"), bench.path("out"));
    let nowhere = Path::new("/dev/null");
    let works: [(&str, &dyn Fn()); 7] = [
        ("copy into a file", &|| bench.copy(&out)),
        ("seal into a file", &|| bench.seal(&plain, &out)),
        ("open into a file", &|| bench.open(&sealed, &out)),
        ("seal, output discarded", &|| bench.seal(&plain, nowhere)),
        ("open, output discarded", &|| bench.open(&sealed, nowhere)),
        ("AES-256-GCM in memory, 1 thread", &|| bench.cipher(1)),
        ("AES-256-GCM in memory, all threads", &|| bench.cipher(default_threads())),
    ];
    let mut rows: Vec<Row> = works.iter().map(|(name, _)| (*name, Vec::new())).collect();
    for round in 0..rounds as usize {
        for place in 0..works.len() {
            let row = (round + place) % works.len();
            bench.touch_memory();
            let start = Instant::now();
            (works[row].1)();
            rows[row].1.push(start.elapsed().as_secs_f64());
            let _ = fs::remove_file(&out);
        }
    }
    rows
}

fn report(rows: &[Row], bytes: u64) {
    let sorted = |seconds: &[f64]| {
        let mut sorted = seconds.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let median = |seconds: &[f64]| sorted(seconds)[seconds.len() / 2];
    let speed = |seconds: f64| bytes as f64 / seconds / 1e9;
    let (copy, cipher) = (median(&rows[0].1), median(&rows[6].1));
    println!("{:<36} {:>7} {:>7} {:>7} {:>8} {:>7}", "", "median", "slowest", "fastest", "of copy", "of AES");
    for (name, seconds) in rows {
        let (time, sorted) = (median(seconds), sorted(seconds));
        let (slowest, fastest) = (speed(sorted[sorted.len() - 1]), speed(sorted[0]));
        let (of_copy, of_cipher) = (copy / time, cipher / time);
        println!(
            "{name:<36} {:>7.2} {slowest:>7.2} {fastest:>7.2} {of_copy:>8.2} {of_cipher:>7.2}",
            speed(time)
        );
    }
}
