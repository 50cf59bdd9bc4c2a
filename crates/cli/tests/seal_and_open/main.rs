//! The binary from outside: `seal`, `open` and `inspect` against a KMS over TLS 1.3 whose certificate only
//! `AWS_CA_BUNDLE` vouches for; calls, outputs and exit codes.

#![allow(clippy::unwrap_used)]

mod column;
mod damaged;
mod detached;
#[path = "../fake_kms/mod.rs"]
mod fake_kms;
mod left_over;
mod many_files;
mod rewrap;

use fake_kms::{FakeKms, KEY_ARN};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A KMS, a folder, and the environment for the binary.
struct Bench {
    kms: FakeKms,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let (ca, config) = fake_kms::tls();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), ca).unwrap();
        Self { kms: FakeKms::start(&[9; 32], config), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL_KMS", self.kms.url())
            .env("AWS_CA_BUNDLE", self.path("ca.pem"))
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCOUNT_ID", "111122223333");
        command
    }

    /// Runs with an input; gives exit code, standard output, standard error.
    fn run_with(&self, command: &mut Command, input: &[u8]) -> (i32, Vec<u8>, String) {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        (status.code().unwrap(), stdout, String::from_utf8(stderr).unwrap())
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let (code, _, stderr) = self.run_with(&mut self.command(arguments), b"");
        (code, stderr)
    }

    fn seal_sample(&self) -> Vec<u8> {
        let document: Vec<u8> = (0..3_000_000u32).map(|i| (i >> 7) as u8).collect();
        fs::write(self.path("doc"), &document).unwrap();
        assert_eq!(self.run(&["seal", "--key-id", "alias/docs", "--encryption-context", "a=b", "doc"]).0, 0);
        document
    }
}

#[test]
fn a_document_comes_back_with_one_call_each_way() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    let calls = bench.kms.take_calls();
    let asked = json!({"KeyId": "alias/docs", "NumberOfBytes": 32, "EncryptionContext": {"a": "b"}});
    assert_eq!(calls, [("GenerateDataKey".to_owned(), "us-east-1".to_owned(), asked)]);
    let (code, text) = bench.run(&["open", "doc.sealed", "-o", "back", "--encryption-context", "a=b"]);
    assert_eq!(code, 0, "{text}");
    assert!(fs::read(bench.path("back")).unwrap() == document);
    let calls = bench.kms.take_calls();
    let asked = json!({"KeyId": KEY_ARN, "CiphertextBlob": "YSB3cmFwcGVkIGRhdGEga2V5", "EncryptionContext": {"a": "b"}});
    assert_eq!(calls, [("Decrypt".to_owned(), "eu-west-1".to_owned(), asked)]);
}

#[test]
fn pipes_work_in_both_directions() {
    let bench = Bench::new();
    let seal = ["seal", "--key-id", "alias/docs", "-"];
    let document = vec![7; 5 << 20];
    let (code, message, text) = bench.run_with(&mut bench.command(&seal), &document);
    assert_eq!((code, text.as_str()), (0, ""));
    let (code, back, text) = bench.run_with(&mut bench.command(&["open", "-"]), &message);
    assert_eq!((code, text.as_str()), (0, ""));
    assert!(back == document);
}

#[test]
fn inspect_asks_nobody_and_says_that_nothing_is_verified() {
    let bench = Bench::new();
    bench.seal_sample();
    bench.kms.take_calls();
    let (code, text, _) = bench.run_with(&mut bench.command(&["inspect", "doc.sealed"]), b"");
    let text = String::from_utf8(text).unwrap();
    assert_eq!(code, 0);
    for fact in ["not verified", "0478", KEY_ARN, "\"a\" = \"b\"", "1048576 bytes"] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    let (_, json, _) = bench.run_with(&mut bench.command(&["inspect", "--json", "doc.sealed"]), b"");
    let facts: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(facts["verified"], false);
    let key = json!({"provider": "aws-kms", "info": KEY_ARN, "bytes": 18, "region": "eu-west-1",
        "account": "111122223333", "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"});
    assert_eq!(facts["encrypted_data_keys"][0], key);
    assert_eq!((&facts["frames"], &facts["document_bytes"]), (&json!(3), &json!(3_000_000)));
    assert!(bench.kms.take_calls().is_empty());
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let bench = Bench::new();
    bench.seal_sample();
    let mut damaged = fs::read(bench.path("doc.sealed")).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(bench.path("damaged.sealed"), damaged).unwrap();
    let other = "arn:aws:kms:eu-west-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab";
    for (arguments, code, text) in [
        (&["seal", "doc"][..], 2, "--key-id"),
        (&["seal", "--key-id", "k", "--encryption-context", "x", "doc"], 2, "has no '='"),
        (&["seal", "--key-id", "", "doc", "-o", "x"], 2, "--key-id"),
        (&["rewrap", "--remove-key-id", "", "doc.sealed"], 2, "--remove-key-id"),
        (&["column", "seal", "--table", "", "--column", "c", "--key-id", "alias/docs"], 2, "--table"),
        (&["inspect", "s3://bucket/key"], 2, "not for objects in S3"),
        (&["open", "--max-encrypted-data-keys", "1", "s3://bucket/key"], 2, "has one data key"),
        (&["rewrap", "--max-encrypted-data-keys", "1", "s3://bucket/key"], 2, "has one data key"),
        (&["seal", "--max-encrypted-data-keys", "1", "doc", "s3://bucket/key"], 2, "has one data key"),
        (&["open", "doc"], 2, "give -o"),
        (&["seal", "--key-id", "alias/denied", "doc", "-o", "x"], 3, "AccessDeniedException: not for you"),
        (&["seal", "--key-id", "alias/denied", "doc", "-o", "x"], 3, "strongroom explain 5f1c0e7e-0000"),
        (&["open", "--key-id", other, "doc.sealed", "-o", "x"], 3, "no matching key"),
        (&["open", "damaged.sealed", "-o", "x"], 4, "frame 3: not authentic"),
        (&["open", "doc", "-o", "x"], 4, "version"),
        (&["open", "--encryption-context", "a=c", "doc.sealed", "-o", "x"], 4, "encryption context"),
        (&["open", "doc.sealed"], 5, "exists already"),
        (&["open", "missing.sealed"], 5, "cannot open the input"),
    ] {
        let (found, said) = bench.run(arguments);
        assert_eq!(found, code, "{arguments:?}: {said}");
        assert!(said.contains(text), "{arguments:?}: {said}");
        assert!(!bench.path("x").exists());
    }
    let mut names: Vec<_> =
        fs::read_dir(bench.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["ca.pem", "damaged.sealed", "doc", "doc.sealed"]);
}

#[test]
fn the_key_comes_from_environment_or_configuration() {
    let bench = Bench::new();
    fs::write(bench.path("doc"), b"x").unwrap();
    let mut command = bench.command(&["seal", "doc", "-o", "one"]);
    assert_eq!(bench.run_with(command.env("STRONGROOM_KEY_ID", "alias/one"), b"").0, 0);
    fs::write(bench.path("strongroom.toml"), "key_id = 'alias/two'").unwrap();
    assert_eq!(bench.run(&["seal", "doc", "-o", "two"]).0, 0);
    let keys: Vec<Value> =
        bench.kms.take_calls().into_iter().map(|(_, _, body)| body["KeyId"].clone()).collect();
    assert_eq!(keys, ["alias/one", "alias/two"]);
}

#[test]
fn without_key_or_account_a_message_does_not_choose_its_key() {
    let bench = Bench::new();
    bench.seal_sample();
    bench.kms.take_calls();
    let mut command = bench.command(&["open", "doc.sealed", "-o", "x"]);
    let (code, _, text) = bench.run_with(command.env_remove("AWS_ACCOUNT_ID"), b"");
    assert_eq!(code, 3);
    assert!(text.contains("--key-id"), "{text}");
    assert!(bench.kms.take_calls().is_empty());
}

#[test]
fn a_certificate_outside_the_bundle_is_refused() {
    let bench = Bench::new();
    fs::write(bench.path("doc"), b"x").unwrap();
    let (other_ca, _) = fake_kms::tls();
    fs::write(bench.path("ca.pem"), other_ca).unwrap();
    let (code, text) = bench.run(&["seal", "--key-id", "alias/docs", "doc"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("certificate"), "{text}");
    assert!(bench.kms.take_calls().is_empty() && !bench.path("doc.sealed").exists());
}

#[test]
fn a_kill_leaves_nothing_behind() {
    let bench = Bench::new();
    let mut command = bench.command(&["seal", "--key-id", "alias/docs", "-o", "out", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A pipe holds 1 MiB at most: when this returns, the output is being written.
    stdin.write_all(&vec![7; 8 << 20]).unwrap();
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    let names: Vec<_> = fs::read_dir(bench.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["ca.pem"]);
}
