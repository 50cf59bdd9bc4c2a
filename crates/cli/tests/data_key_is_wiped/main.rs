//! After sealing, the data key is nowhere in the process: not raw, not as the Base64 it came in, not derived or
//! expanded. The same scan finds it with the allocator's zeroing off, and while the key is in use.
//!
//! The parent plays KMS (it must know the key), runs itself again as the child, and tells the child what to look
//! for only in masked form, so that the search does not find itself. The child seals to standard output and
//! scans its own memory.

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
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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

/// Attempts at the control: what happens to lie in freed memory is not ours to decide.
const CONTROL_ATTEMPTS: u32 = 5;

fn main() {
    if std::env::var_os("STRONGROOM_TEST_CHILD").is_some() {
        return child::run();
    }
    let on = seal_and_scan(true);
    println!("zeroing on:  {on:?} (raw, Base64, derived, expanded)");
    assert!(on.answered[0] > 0, "the data key is held and must be found");
    assert!(on.sealing[2] > 0 && on.sealing[3] > 0, "the cipher is in use and must be found");
    assert_eq!(on.sealing[0], 0, "the data key is not needed any more when frames are sealed");
    assert_eq!(on.after, [0; 4], "the data key survived the sealing");
    for _ in 0..CONTROL_ATTEMPTS {
        let off = seal_and_scan(false);
        println!("zeroing off: {off:?}");
        if off.after[0] + off.after[1] > 0 {
            return;
        }
    }
    panic!("without zeroing the scan must find the data key");
}

/// The C library's allocator, so that it keeps freed memory as it is and does not use it again at once.
const KEEP_FREED_MEMORY: &str = "glibc.malloc.tcache_count=0:glibc.malloc.trim_threshold=4000000000";

fn start_child(zeroing: bool, url: &str, bundle: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .env("STRONGROOM_TEST_CHILD", if zeroing { "zeroing" } else { "plain" })
        .env("GLIBC_TUNABLES", KEEP_FREED_MEMORY)
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

fn seal_and_scan(zeroing: bool) -> Run {
    let mut data_key = [0; 32];
    aws_lc_rs::rand::fill(&mut data_key).unwrap();
    let base64 = STANDARD.encode(data_key);
    let (ca, tls) = fake_kms::tls();
    let mut bundle = tempfile::NamedTempFile::new().unwrap();
    bundle.write_all(ca.as_bytes()).unwrap();
    let kms = FakeKms::start(&data_key, tls);
    let mut child = start_child(zeroing, kms.url(), bundle.path());
    let mut stdin = child.stdin.take().unwrap();
    let mut send = |pattern: &[u8]| writeln!(stdin, "{}", scan::mask_to_hex(pattern)).unwrap();
    // The last two characters of the Base64 text depend on its padding; the scan does without.
    let known = [&data_key[..], &base64.as_bytes()[..42]];
    known.into_iter().for_each(&mut send);
    let mut message = child.stdout.take().unwrap();
    let mut start = [0; 35];
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
    let found = |label| parse(&answers, label);
    Run { answered: found("answered "), sealing: found("sealing "), after: found("after ") }
}

fn parse(answers: &[String], label: &str) -> Found {
    let line = answers.iter().find_map(|line| line.strip_prefix(label));
    let line = line.unwrap_or_else(|| panic!("{answers:?}"));
    let counts: Vec<u32> = line.split(' ').map(|count| count.parse().unwrap()).collect();
    counts.try_into().unwrap()
}
