//! What a provable audit log costs a GenerateDataKey. There is no switch that turns it off, so its work is weighed where it
//! is done: by the writer's thread, which hashes what it has written; by a thread of its own that makes the tree of it; by another that compresses segments that have ended, when the
//! core has nothing better to do; and once a second by two signatures. What the log itself costs, written and synced, is weighed beside it.

use crate::cpu::ProcessTree;
use crate::machine::{self, Cores};
use crate::one_key::{create_key, measure};
use crate::report;
use crate::service::Service;
use anyhow::{Context, Result};
use aws_lc_rs::signature::{Ed25519KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use serde_json::json;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};
use strongroom_audit::merkle::{Frontier, leaf_hash};
use strongroom_audit::{Disk, RealDisk, compress_lines};

/// The threads of the log, as the front names them.
const THREADS: [&str; 4] = ["audit-write", "audit-sync", "audit-tree", "audit-seal"];

/// Those of them, from here on, that make it provable and small.
const PROVABLE_FROM: usize = 2;

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
    let ratio = rounds.iter().map(|round| 1.0 / (1.0 - round.parts[PROVABLE_FROM..].iter().sum::<f64>()));
    println!(
        "CPU of the service beside the same without its audit-tree and audit-seal (audit-write hashes the lines, see below): {}",
        report::spread(ratio)
    );
    let audit_dir = service.audit_dir();
    // Ended: its log grows no more.
    drop(service);
    weigh_lines(&RealDisk::new(&audit_dir)?)?;
    weigh_signatures()
}

fn round(service: &Service, key: &str, seconds: u64) -> Result<Round> {
    let tree = ProcessTree::new(service.pid());
    let threads = || THREADS.map(|name| tree.used_by_threads(name));
    let (before, of_all) = (threads(), tree.used());
    let measured = measure(service, key, seconds)?;
    let (after, of_all) = (threads(), tree.used().since(&of_all));
    let part = |at: usize| after[at].since(&before[at]).as_secs_f64() / of_all.as_secs_f64();
    Ok(Round { cpu_us: measured.cpu_us, parts: std::array::from_fn(part) })
}

/// Hashing and compressing the lines of one segment of the log, alone.
fn weigh_lines(disk: &RealDisk) -> Result<()> {
    let segment = disk.segments()?.first().copied().context("no segment")?;
    let mut text = Vec::new();
    disk.read(segment.first)?.read_to_end(&mut text)?;
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let a_line = |took: Duration| took.as_secs_f64() * 1e6 / lines.len() as f64;
    let began = Instant::now();
    let mut tree = Frontier::default();
    for line in &lines {
        tree.push(leaf_hash(line.strip_suffix(b"\n").unwrap_or(line)));
    }
    black_box(tree.root());
    let hashing = a_line(began.elapsed());
    let began = Instant::now();
    compress_lines(text.as_slice(), io::sink())?;
    let compressing = a_line(began.elapsed());
    println!(
        "alone, {} lines of {} bytes: hashing {hashing:.2} us a line, compressing {compressing:.2} us",
        lines.len(),
        text.len() / lines.len().max(1)
    );
    Ok(())
}

/// The two signatures of a checkpoint, which are made once a second.
fn weigh_signatures() -> Result<()> {
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
    Ok(())
}
