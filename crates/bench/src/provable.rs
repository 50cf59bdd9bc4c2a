//! What a provable audit log costs a GenerateDataKey. There is no switch that turns it off, so its work is weighed where it
//! is done: by the writer's thread, which hashes what it has written; by a thread of its own that makes the tree of it; by
//! another that compresses segments that have ended, when the core has nothing better to do; and once a second by two
//! signatures. The ratio is the service's CPU beside the same without all of that. What the log itself costs, written and
//! synced, is weighed beside it.

use crate::cpu::ProcessTree;
use crate::machine::{self, Cores};
use crate::one_key::{create_key, measure};
use crate::report;
use crate::service::Service;
use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use serde_json::json;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};
use strongroom_audit::{Disk, RealDisk, compress_lines};

/// The threads of the log, as the front names them.
const THREADS: [&str; 4] = ["audit-write", "audit-sync", "audit-tree", "audit-seal"];

/// Where those of them begin that make it provable and small.
const PROVABLE_FROM: usize = 2;

/// What that takes of a request: the work of those threads, and what is done in others.
const PARTS: [&str; 4] =
    ["audit-tree", "audit-seal", "hashing lines, in audit-write", "signatures, in the vault"];

/// How often a checkpoint is signed.
const CHECKPOINTS_PER_SECOND: f64 = 1.0;

/// Signatures of which the mean is told.
const SIGNATURES: u32 = 200;

/// As long as a checkpoint's text.
const CHECKPOINT_BYTES: usize = 250;

/// What one round took.
struct Round {
    /// Of the whole service for each request, in microseconds.
    cpu_us: f64,
    /// What part of it each thread had.
    parts: [f64; THREADS.len()],
    requests_per_second: f64,
}

/// What is too small to be seen in a thread's account, and so was weighed alone, in microseconds.
struct Alone {
    /// Hashing the records of a request.
    hashing_us: f64,
    /// The signatures of a checkpoint.
    signatures_us: f64,
}

impl Round {
    /// What each of [`PARTS`] takes of a request, in microseconds.
    fn provable_us(&self, alone: &Alone) -> [f64; PARTS.len()] {
        let of_thread = |at: usize| self.cpu_us * self.parts[at];
        let signatures = alone.signatures_us * CHECKPOINTS_PER_SECOND / self.requests_per_second;
        [of_thread(PROVABLE_FROM), of_thread(PROVABLE_FROM + 1), alone.hashing_us, signatures]
    }

    /// The service's CPU beside the same without those parts.
    fn ratio(&self, alone: &Alone) -> f64 {
        self.cpu_us / (self.cpu_us - self.provable_us(alone).iter().sum::<f64>())
    }
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cores = Cores::part()?;
    let service = cores.on_server_core(|| Service::start(binary, folder.path()))?;
    let key = create_key(&service, &json!({}))?;
    let rounds = (0..rounds).map(|_| round(&service, &key, seconds)).collect::<Result<Vec<_>>>()?;
    println!("machine: {}; {}", machine::description(), cores.text());
    println!(
        "GenerateDataKey over plain HTTP: CPU of the threads of the audit log, {} rounds of {seconds} s",
        rounds.len()
    );
    for (at, name) in THREADS.iter().enumerate() {
        let us = report::spread(rounds.iter().map(|round| round.cpu_us * round.parts[at]));
        let percent = report::spread(rounds.iter().map(|round| 100.0 * round.parts[at]));
        println!("{name:<12} {us:<20} us a request, {percent} % of the service");
    }
    let audit_dir = service.audit_dir();
    // Ended: its log grows no more.
    drop(service);
    let hashing_us = weigh_lines(&RealDisk::new(&audit_dir)?)?;
    let alone = Alone { hashing_us, signatures_us: weigh_signatures()? };
    print_cost(&rounds, &alone);
    Ok(())
}

/// The figure, and what it is made of.
fn print_cost(rounds: &[Round], alone: &Alone) {
    println!(
        "the cost of the provable log: the service's CPU is {} times what it is without",
        report::spread(rounds.iter().map(|round| round.ratio(alone)))
    );
    println!(
        "{:<33} {} us a request",
        "the service",
        report::spread(rounds.iter().map(|round| round.cpu_us))
    );
    for (at, name) in PARTS.iter().enumerate() {
        println!(
            "{:<33} {} us a request",
            format!("- {name}"),
            report::spread(rounds.iter().map(|round| round.provable_us(alone)[at]))
        );
    }
}

fn round(service: &Service, key: &str, seconds: u64) -> Result<Round> {
    let tree = ProcessTree::new(service.pid());
    let threads = || THREADS.map(|name| tree.used_by_threads(name));
    let (before, of_all) = (threads(), tree.used());
    let measured = measure(service, key, seconds)?;
    let (after, of_all) = (threads(), tree.used().since(&of_all));
    let part = |at: usize| after[at].since(&before[at]).as_secs_f64() / of_all.as_secs_f64();
    Ok(Round {
        cpu_us: measured.cpu_us,
        parts: std::array::from_fn(part),
        requests_per_second: measured.requests_per_second,
    })
}

/// Hashing and compressing the lines of one segment of the log, alone; what hashing those of a request takes.
fn weigh_lines(disk: &RealDisk) -> Result<f64> {
    let segment = disk.segments()?.first().copied().context("no segment")?;
    let mut text = Vec::new();
    disk.read(segment.first)?.read_to_end(&mut text)?;
    let newlines: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
    let lines = newlines.len();
    let requests = requests_among(&text);
    ensure!(requests > 0, "the log's first segment has no GenerateDataKey");
    let a_line = |took: Duration| took.as_secs_f64() * 1e6 / lines as f64;
    let began = Instant::now();
    hash_lines(&text, &newlines);
    let hashing = a_line(began.elapsed());
    let began = Instant::now();
    compress_lines(text.as_slice(), io::sink())?;
    let compressing = a_line(began.elapsed());
    let records = lines as f64 / requests as f64;
    println!(
        "alone, {lines} lines of {} bytes, {records:.2} a request: hashing {hashing:.2} us a line, compressing \
         {compressing:.2} us",
        text.len() / lines
    );
    Ok(hashing * records)
}

/// How many of these lines are the record of such a request.
fn requests_among(text: &[u8]) -> usize {
    let name = br#""eventName":"GenerateDataKey""#;
    let is_one = |line: &&[u8]| line.windows(name.len()).any(|part| part == name);
    text.split(|byte| *byte == b'\n').filter(is_one).count()
}

/// As the writer hashes lines: each in one call, with the byte before it, which it makes the mark of a leaf.
fn hash_lines(text: &[u8], newlines: &[usize]) {
    let mut mark = 0;
    for newline in newlines {
        black_box(digest(&SHA256, &text[mark..*newline]));
        mark = *newline;
    }
}

/// The two signatures of a checkpoint, which are made once a second; what they take.
fn weigh_signatures() -> Result<f64> {
    let ed25519 = Ed25519KeyPair::generate()?;
    let ml_dsa_65 = PqdsaKeyPair::generate(&ML_DSA_65_SIGNING)?;
    let text = [b'a'; CHECKPOINT_BYTES];
    let mut signature = vec![0; ML_DSA_65_SIGNING.signature_len()];
    let began = Instant::now();
    for _ in 0..SIGNATURES {
        black_box(ed25519.sign(&text));
        ml_dsa_65.sign(&text, &mut signature)?;
    }
    let us = (began.elapsed() / SIGNATURES).as_secs_f64() * 1e6;
    println!("signatures of a checkpoint, once a second: {us:.0} us");
    Ok(us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_has_the_work_that_other_threads_do_for_the_provable_log() {
        let round = Round { cpu_us: 20.0, parts: [0.1, 0.1, 0.05, 0.025], requests_per_second: 1_000.0 };
        let alone = Alone { hashing_us: 1.5, signatures_us: 1_000.0 };
        assert_eq!(round.provable_us(&alone), [1.0, 0.5, 1.5, 1.0]);
        assert_eq!(round.ratio(&alone), 1.25);
        let nothing = Alone { hashing_us: 0.0, signatures_us: 0.0 };
        assert!(round.ratio(&nothing) < 1.1, "the control: its own threads alone");
    }

    #[test]
    fn requests_are_told_from_other_records() {
        let line = |name: &str| format!("{{\"record\":{{\"eventName\":\"{name}\"}}}}\n");
        let text =
            ["CreateKey", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKey"].map(line).concat();
        assert_eq!(requests_among(text.as_bytes()), 2);
    }
}
