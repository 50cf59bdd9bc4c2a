//! After sealing, the data key is nowhere in the process: not raw, not as the Base64 it came in, not derived or
//! expanded. With the allocator's zeroing off the same scan finds what it came in, and every other form while that is in use:
//! those have owners that wipe them, whatever the allocator does.
//!
//! The parent plays KMS (it must know the key), runs itself again as the child, and tells the child what to look
//! for only in masked form, so that the search does not find itself. The child seals a stream to standard output, or a
//! file of several MiB into a file, and scans its own memory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod child;
mod expand;
#[path = "../fake_kms/mod.rs"]
mod fake_kms;
mod scan;
#[path = "../../src/zeroing_allocator.rs"]
mod zeroing_allocator;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fake_kms::FakeKms;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: zeroing_allocator::ZeroingAllocator = zeroing_allocator::ZeroingAllocator;

/// How often each form was found: raw, Base64, derived, second half of the expanded key.
type Found = [u32; 4];

/// What one run of the child found, at three moments.
#[derive(Debug)]
struct Run {
    /// KMS has answered, the data key is held.
    answered: Found,
    /// Frames are being sealed, the cipher is held.
    sealing: Found,
    /// Everything is over.
    after: Found,
}

/// What the child seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sealed {
    /// A hundred bytes of a stream, in order.
    Stream,
    /// A file of several frames into a file: two threads, by position.
    File,
}

/// Attempts at the control: what happens to lie in freed memory is not ours to decide.
const CONTROL_ATTEMPTS: u32 = 5;
/// More than both threads take at a time, and a last frame that is not whole.
const FILE_BYTES: usize = (5 << 20) + 3;
/// The child's folder, where it seals a file: with the document, and a folder for what comes of it.
const FOLDER_VARIABLE: &str = "STRONGROOM_TEST_FOLDER";
const DOCUMENT: &str = "document";
const OUTPUTS: &str = "outputs";
/// Version, suite and message id: what the parent needs of a message.
const START_BYTES: usize = 35;

fn main() {
    if std::env::var_os("STRONGROOM_TEST_CHILD").is_some() {
        return child::run();
    }
    for sealed in [Sealed::Stream, Sealed::File] {
        nothing_is_left_behind(sealed);
    }
}

fn nothing_is_left_behind(sealed: Sealed) {
    let on = seal_and_scan(true, sealed);
    println!("{sealed:?}, zeroing on:  {on:?} (raw, Base64, derived, expanded)");
    assert!(on.answered[0] > 0, "the data key is held and must be found");
    assert!(on.sealing[2] > 0 && on.sealing[3] > 0, "the cipher is in use and must be found");
    assert_eq!(on.sealing[0], 0, "the data key is not needed any more when frames are sealed");
    assert_eq!(on.after, [0; 4], "the data key survived the sealing");
    for _ in 0..CONTROL_ATTEMPTS {
        let off = seal_and_scan(false, sealed);
        println!("{sealed:?}, zeroing off: {off:?}");
        let is_ever_found = |form: usize| off.answered[form] + off.sealing[form] + off.after[form] > 0;
        if off.after[0] + off.after[1] > 0 && (0..4).all(is_ever_found) {
            return;
        }
    }
    panic!("without zeroing the scan must find every form, and the data key when all is over");
}

/// A folder as the child wants it.
fn folder_with_document() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(DOCUMENT), vec![7; FILE_BYTES]).unwrap();
    fs::create_dir(folder.path().join(OUTPUTS)).unwrap();
    folder
}

fn start_child(zeroing: bool, folder: Option<&Path>, url: &str, bundle: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    if let Some(folder) = folder {
        // As the system names it, which is how the child finds its output.
        child.env(FOLDER_VARIABLE, fs::canonicalize(folder).unwrap());
    }
    child
        .env("STRONGROOM_TEST_CHILD", if zeroing { "zeroing" } else { "plain" })
        // The allocator keeps freed memory, and does not give it back to the system after a second.
        .env("MIMALLOC_PURGE_DELAY", "-1")
        .env("AWS_ENDPOINT_URL_KMS", url)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_CA_BUNDLE", bundle)
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn seal_and_scan(zeroing: bool, sealed: Sealed) -> Run {
    let mut data_key = [0; 32];
    aws_lc_rs::rand::fill(&mut data_key).unwrap();
    let base64 = STANDARD.encode(data_key);
    let (ca, tls) = fake_kms::tls();
    let mut bundle = tempfile::NamedTempFile::new().unwrap();
    bundle.write_all(ca.as_bytes()).unwrap();
    let kms = FakeKms::start(&data_key, tls);
    let folder = (sealed == Sealed::File).then(folder_with_document);
    let mut child = start_child(zeroing, folder.as_ref().map(TempDir::path), kms.url(), bundle.path());
    let mut stdin = child.stdin.take().unwrap();
    let mut send = |pattern: &[u8]| writeln!(stdin, "{}", scan::mask_to_hex(pattern)).unwrap();
    // The last two characters of the Base64 text depend on its padding; the scan does without.
    let known = [&data_key[..], &base64.as_bytes()[..42]];
    known.into_iter().for_each(&mut send);
    let mut message = child.stdout.take().unwrap();
    let mut start = [0; START_BYTES];
    message.read_exact(&mut start).unwrap();
    let derived = expand::message_key(&data_key, &start[3..]);
    let expanded = expand::aes_256_round_keys_2_and_3(&derived);
    known.into_iter().chain([&derived[..], &expanded]).for_each(&mut send);
    std::io::copy(&mut message, &mut std::io::sink()).unwrap();
    let answers: Vec<String> =
        BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{answers:?}");
    let calls: Vec<String> = kms.take_calls().into_iter().map(|(operation, ..)| operation).collect();
    assert_eq!(calls, ["GenerateDataKey"], "sealing is exactly one GenerateDataKey");
    if let Some(folder) = folder {
        let written = fs::metadata(folder.path().join(OUTPUTS).join("sealed")).unwrap();
        assert!(written.len() > FILE_BYTES as u64, "{} bytes", written.len());
    }
    let found = |label| parse(&answers, label);
    Run { answered: found("answered "), sealing: found("sealing "), after: found("after ") }
}

fn parse(answers: &[String], label: &str) -> Found {
    let line = answers.iter().find_map(|line| line.strip_prefix(label));
    let line = line.unwrap_or_else(|| panic!("{answers:?}"));
    let counts: Vec<u32> = line.split(' ').map(|count| count.parse().unwrap()).collect();
    counts.try_into().unwrap()
}
