//! No pair of derived key and nonce comes twice: `cargo run --release -p strongroom-crypto --example nonce_pairs` encrypts one
//! plaintext under one key in one context again and again, as the vault does, and compares every pair with every other
//! (`reference/threat-model.md`, T-13). `STRONGROOM_NONCE_PAIRS` says how many (a million).
//!
//! What stands for a pair is half of the blob's nonce and half of its commitment, which comes out of the same derivation as the
//! message's key: 16 bytes. They are parted by their first byte into files, and each file is sorted by itself, so that a hundred
//! million take seven megabytes of memory and 1.6 gigabytes of the temporary folder. Ends with 1 when a pair came twice; and
//! when a pair that was planted did not.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use strongroom_crypto::{
    BLOB_OVERHEAD, BlobKey, CryptoError, DrbgRandom, KEY_BYTES, MixedRandom, Random, hedged_nonce, seal_blob,
};
use tempfile::TempDir;

/// How many when nobody says.
const PAIRS_DEFAULT: u64 = 1_000_000;

/// Pairs of the control, one of which comes twice.
const CONTROL_PAIRS: u64 = 100_000;

/// Files that pairs are parted into.
const PARTS: usize = 256;

/// Encryptions for each draw from the kernel: a batch of the vault's lane.
const BATCH: u64 = 64;

const KEY: [u8; KEY_BYTES] = [0x42; KEY_BYTES];
const CONTEXT: &[u8] = &[0, 0];
const PLAINTEXT: &[u8] = &[7; 32];

/// Bytes that stand for a pair.
const PAIR_BYTES: usize = 16;
type Pair = [u8; PAIR_BYTES];

/// Where the commitment begins in a blob: behind it come as many bytes as the plaintext has, and the tag.
const COMMITMENT_AT: usize = BLOB_OVERHEAD - 32 - 16;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let wanted = std::env::var("STRONGROOM_NONCE_PAIRS").ok();
    let count = wanted.map_or(Ok(PAIRS_DEFAULT), |text| text.parse())?;
    let control = planted()?;
    println!("control: {control} of 1 planted pair found among {CONTROL_PAIRS}");
    let began = Instant::now();
    let repeated = distinct(count)?;
    println!("{count} encryptions: {repeated} pairs came twice ({:.0} s)", began.elapsed().as_secs_f64());
    Ok(if control == 1 && repeated == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many pairs of a planted one are found: 1 if the search is worth anything.
fn planted() -> Result<usize, Failure> {
    let parts = Parts::new()?;
    seal_many(CONTROL_PAIRS - 2, &parts)?;
    for _ in 0..2 {
        parts.add(&pair(&[9; 32])?)?;
    }
    parts.repeated()
}

/// Encrypts so many times on all cores; how many pairs came more than once.
fn distinct(count: u64) -> Result<usize, Failure> {
    let parts = Parts::new()?;
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    let share = |number| count / threads + u64::from(number < count % threads);
    let (shares, to) = ((0..threads).map(share).collect::<Vec<u64>>(), &parts);
    let outcomes: Vec<Result<(), Failure>> = thread::scope(|scope| {
        let running: Vec<_> =
            shares.into_iter().map(|share| scope.spawn(move || seal_many(share, to))).collect();
        let ended = |handle: thread::ScopedJoinHandle<'_, Result<(), Failure>>| {
            handle.join().unwrap_or_else(|_| Err("a thread panicked".into()))
        };
        running.into_iter().map(ended).collect()
    });
    for outcome in outcomes {
        outcome?;
    }
    parts.repeated()
}

/// Encrypts as a worker of the vault does, with random bytes of its own.
fn seal_many(count: u64, parts: &Parts) -> Result<(), Failure> {
    let mut random = MixedRandom::start(Kernel(File::open("/dev/urandom")?), DrbgRandom)?;
    for number in 0..count {
        if number.is_multiple_of(BATCH) {
            random.start_batch()?;
        }
        let mut seed = [0; 32];
        random.fill(&mut seed)?;
        parts.add(&pair(&seed)?)?;
    }
    Ok(())
}

/// What stands for the derived key and the nonce of one message.
fn pair(seed: &[u8; 32]) -> Result<Pair, CryptoError> {
    let nonce = hedged_nonce(&KEY, seed, CONTEXT, PLAINTEXT);
    let key = BlobKey { backing_key: &KEY, key_id: [1; 16], backing_id: [2; 16] };
    let blob = seal_blob(key, &nonce, CONTEXT, PLAINTEXT)?;
    let (mut pair, half) = ([0; PAIR_BYTES], PAIR_BYTES / 2);
    pair[..half].copy_from_slice(&nonce[..half]);
    pair[half..].copy_from_slice(&blob[COMMITMENT_AT..COMMITMENT_AT + half]);
    Ok(pair)
}

/// The kernel's random bytes.
struct Kernel(File);

impl Random for Kernel {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.read_exact(out).map_err(|_| CryptoError::RandomFailed)
    }
}

/// Pairs on the disk, parted by their first byte.
struct Parts {
    folder: TempDir,
    files: Vec<Mutex<BufWriter<File>>>,
}

impl Parts {
    fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let mut files = Vec::with_capacity(PARTS);
        for number in 0..PARTS {
            let file = File::create(folder.path().join(number.to_string()))?;
            files.push(Mutex::new(BufWriter::new(file)));
        }
        Ok(Self { folder, files })
    }

    fn add(&self, pair: &Pair) -> Result<(), Failure> {
        let file = &self.files[usize::from(pair[0])];
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(pair)?;
        Ok(())
    }

    /// How many pairs equal another one.
    fn repeated(self) -> Result<usize, Failure> {
        let Self { folder, files } = self;
        let mut repeated = 0;
        for (number, file) in files.into_iter().enumerate() {
            file.into_inner().unwrap_or_else(PoisonError::into_inner).flush()?;
            let bytes = std::fs::read(folder.path().join(number.to_string()))?;
            let (pairs, rest) = bytes.as_chunks::<PAIR_BYTES>();
            if !rest.is_empty() {
                return Err("a file of pairs was cut off".into());
            }
            let mut sorted = pairs.to_vec();
            sorted.sort_unstable();
            repeated += sorted.windows(2).filter(|two| two[0] == two[1]).count();
        }
        Ok(repeated)
    }
}
