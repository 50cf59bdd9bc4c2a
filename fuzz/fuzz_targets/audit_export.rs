//! What `audit verify --export` reads: a hostile folder that says of itself that a sink has received it.
//!
//! Input: a manifest, a newline, the JSON of its log file, a newline, then the file of checkpoints. Where the manifest has
//! the text SHA256 stands the digest of the log file, or no input would come past that check.

#![no_main]

use aws_lc_rs::digest::{SHA256, digest};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;
use strongroom_audit::LogKeys;
use strongroom_operator::audit_verify::DeliveredLog;

/// Keys that nothing was signed with.
static KEYS: LazyLock<LogKeys> =
    LazyLock::new(|| LogKeys::new("log/1", &POINT, &[0; 1_952]).expect("lengths"));

/// The public key of RFC 8032's first test.
const POINT: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e,
    0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];

/// One folder for this process, in memory where there is such a place; each input replaces its three files.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = parent.join(format!("strongroom-fuzz-export-{}", std::process::id()));
    fs::create_dir_all(folder.join("Strongroom-Manifests")).expect("a folder");
    folder
});

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (manifest, content, checkpoints) = (part(), part(), part());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory");
    let file = encoder.finish().expect("memory");
    let sha256: String = digest(&SHA256, &file).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = String::from_utf8_lossy(manifest).replace("SHA256", &sha256);
    let folder = FOLDER.as_path();
    let manifests = folder.join("Strongroom-Manifests");
    fs::write(folder.join("a.json.gz"), file).expect("a file");
    fs::write(manifests.join("00000000000000000001-00000000000000000002.json"), manifest).expect("a file");
    let notes = folder.join("checkpoints");
    fs::write(&notes, checkpoints).expect("a file");
    if let Ok(delivered) = DeliveredLog::open(folder, &notes) {
        let _ = delivered.signed();
        let _ = delivered.verify(&KEYS);
    }
});
