//! A large record as the log itself keeps it: started on, signed, sealed, started on again, and verified beside SHA-256 of
//! the same bytes.

use anyhow::{Result, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_audit::merkle::{Hash, Levels, root_at};
use strongroom_audit::verify::verify;
use strongroom_audit::{AuditLog, Disk, LogKeys, Opened, RealDisk, Settings, SignedNote, TreeHead};
use strongroom_vault_protocol::LogHead;

const ORIGIN: &str = "bench/log";

/// Records from one checkpoint to the next: a busy second.
const CHECKPOINT_EVERY: u64 = 10_000;

/// As many checkpoints have the long signature once, as the service has it once a minute.
const POST_QUANTUM_EVERY: usize = 60;

/// Signs as a vault does.
struct Signer {
    ed25519: Ed25519KeyPair,
    ml_dsa_65: PqdsaKeyPair,
    keys: LogKeys,
}

impl Signer {
    fn new() -> Result<Self> {
        let ed25519 = Ed25519KeyPair::generate()?;
        let ml_dsa_65 = PqdsaKeyPair::generate(&ML_DSA_65_SIGNING)?;
        let keys = LogKeys::new(ORIGIN, ed25519.public_key().as_ref(), ml_dsa_65.public_key().as_ref())?;
        Ok(Self { ed25519, ml_dsa_65, keys })
    }

    /// A checkpoint without the long signature, and with it.
    fn sign(&self, size: u64, root: Hash) -> Result<(SignedNote, SignedNote)> {
        let (vault, opened, after) = ([1; 16], false, None);
        let head = LogHead { vault, origin: ORIGIN, size, root, base: 0, closed: false, opened, after };
        let text = head.text(0, size)?;
        let mut post_quantum = vec![0; ML_DSA_65_SIGNING.signature_len()];
        self.ml_dsa_65.sign(text.as_bytes(), &mut post_quantum)?;
        let ed25519 = self.ed25519.sign(text.as_bytes());
        let note = |post_quantum| self.keys.note(&text, ed25519.as_ref(), post_quantum);
        Ok((note(None), note(Some(post_quantum.as_slice()))))
    }
}

/// Opens the record as a log, which seals and signs it, and tells how long everything takes.
pub(super) fn run(dir: &Path) -> Result<()> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(dir)?);
    let patient = Settings { answer_within: Duration::from_secs(3_600), ..Settings::default() };
    let (opened, took) = timed(|| AuditLog::open_whole(patient, Arc::clone(&disk)))?;
    println!("a start that reads all of it: {took:.1?}");
    let (signer, head) = (Signer::new()?, opened.log.tree_head());
    sign(&signer, &opened, &head, &disk)?;
    // The log ends when all but its last segment is sealed.
    let ((), took) = timed(|| {
        drop(opened);
        anyhow::Ok(())
    })?;
    println!("compressed, and compared with what it was, in {took:.1?} more");
    let (opened, took) = timed(|| AuditLog::open_whole(Settings::default(), Arc::clone(&disk)))?;
    println!("a start on what is sealed: {took:.1?}");
    ensure!(opened.log.tree_head() == head, "the log has another head after its restart");
    drop(opened);
    let (verified, took) = timed(|| verify(&*disk, &signer.keys))?;
    ensure!(verified.records == head.size && verified.tree, "not all of it was verified: {verified:?}");
    println!(
        "verified: {} records, {} checkpoints in {took:.1?}, {:.0} records a second",
        verified.records,
        verified.checkpoints,
        verified.records as f64 / took.as_secs_f64()
    );
    let (bytes, hashing) = hashed(&*disk)?;
    let ratio = took.as_secs_f64() / hashing.as_secs_f64();
    println!(
        "SHA-256 of its {} MiB in memory: {hashing:.1?}; verifying takes {ratio:.1} times that",
        bytes >> 20
    );
    Ok(())
}

fn sign(signer: &Signer, opened: &Opened, head: &TreeHead, disk: &Arc<dyn Disk>) -> Result<()> {
    let levels = Levels::reader(disk.clone());
    let every = usize::try_from(CHECKPOINT_EVERY)?;
    for (number, size) in (CHECKPOINT_EVERY..head.size).step_by(every).chain([head.size]).enumerate() {
        let (short, long) = signer.sign(size, root_at(&levels, size)?)?;
        let is_long = number.is_multiple_of(POST_QUANTUM_EVERY) || size == head.size;
        opened.log.keep_checkpoint(if is_long { &long } else { &short }, &long)?;
    }
    Ok(())
}

/// All lines hashed once, a segment at a time: their bytes, and how long the hashing alone took.
fn hashed(disk: &dyn Disk) -> Result<(u64, Duration)> {
    let (mut bytes, mut took) = (0, Duration::ZERO);
    for segment in disk.segments()? {
        let mut text = Vec::new();
        disk.read(segment.first)?.read_to_end(&mut text)?;
        bytes += text.len() as u64;
        let began = Instant::now();
        black_box(digest(&SHA256, &text));
        took += began.elapsed();
    }
    Ok((bytes, took))
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration)>
where
    anyhow::Error: From<E>,
{
    let began = Instant::now();
    let done = work()?;
    Ok((done, began.elapsed()))
}
