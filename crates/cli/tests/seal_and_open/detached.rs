//! `--detached-recipients`: the recipients in a small message beside the large one.

use super::Bench;
use super::fake_kms::{KEY_ARN, OTHER_ARN};
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

impl Bench {
    fn seal_detached(&self) -> Vec<u8> {
        let document: Vec<u8> = (0..3_000_000u32).map(|i| (i >> 7) as u8).collect();
        fs::write(self.path("doc"), &document).unwrap();
        let seal =
            ["seal", "--key-id", "alias/docs", "--encryption-context", "a=b", "--detached-recipients", "doc"];
        let (code, text) = self.run(&seal);
        assert_eq!(code, 0, "{text}");
        document
    }
}

#[test]
fn a_message_opens_with_the_key_beside_it() {
    let bench = Bench::new();
    let document = bench.seal_detached();
    assert_eq!(bench.kms.take_calls().len(), 1);
    let (code, text) = bench.run(&["open", "--encryption-context", "a=b", "-o", "back", "doc.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert!(fs::read(bench.path("back")).unwrap() == document);
    assert_eq!(bench.kms.take_calls().len(), 1);
    let (code, _, text) = bench.run_with(&mut bench.command(&["open", "--range", "5..9", "doc.sealed"]), b"");
    assert_eq!(code, 0, "{text}");
    fs::remove_file(bench.path("doc.sealed.recipients")).unwrap();
    let (code, text) = bench.run(&["open", "--force", "-o", "back", "doc.sealed"]);
    assert_ne!(code, 0);
    assert!(text.contains("doc.sealed.recipients"), "{text}");
}

#[test]
fn through_a_pipe_the_file_beside_it_is_named() {
    let bench = Bench::new();
    bench.seal_detached();
    let message = fs::read(bench.path("doc.sealed")).unwrap();
    let (code, out, text) = bench.run_with(&mut bench.command(&["open", "-"]), &message);
    assert_eq!((code, out.len()), (3, 0), "{text}");
    assert!(text.contains("FILE.recipients"), "{text}");
}

#[test]
fn a_file_with_the_name_of_standard_input_is_left_alone() {
    let bench = Bench::new();
    for there in [false, true] {
        if there {
            fs::write(bench.path("-"), b"another file").unwrap();
        }
        let mut seal = bench.command(&["seal", "--key-id", "alias/docs", "-"]);
        let (code, message, text) = bench.run_with(&mut seal, b"document");
        assert_eq!(code, 0, "{text}");
        let (code, back, text) = bench.run_with(&mut bench.command(&["open", "-"]), &message);
        assert_eq!((code, back.as_slice()), (0, &b"document"[..]), "{there}: {text}");
    }
    assert_eq!(fs::read(bench.path("-")).unwrap(), b"another file");
}

/// What is wrong with the small message is not said of the large one.
#[test]
fn a_small_message_that_is_damaged_or_anothers_is_named() {
    let bench = Bench::new();
    bench.seal_detached();
    let small = bench.path("doc.sealed.recipients");
    let whole = fs::read(&small).unwrap();
    fs::write(&small, &whole[..whole.len() - 1]).unwrap();
    let (code, text) = bench.run(&["open", "-o", "back", "doc.sealed"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("doc.sealed.recipients: truncated"), "{text}");
    fs::write(bench.path("other"), b"x").unwrap();
    let (code, text) = bench.run(&["seal", "--key-id", "alias/docs", "--detached-recipients", "other"]);
    assert_eq!(code, 0, "{text}");
    fs::copy(bench.path("other.sealed.recipients"), &small).unwrap();
    for arguments in [&["open", "-o", "back", "doc.sealed"][..], &["rewrap", "doc.sealed"]] {
        let (code, text) = bench.run(arguments);
        assert_eq!(code, 4, "{text}");
        assert!(text.contains("doc.sealed.recipients: encryption context"), "{text}");
    }
    assert!(!bench.path("back").exists());
}

#[test]
fn rewrapping_writes_the_small_message_only() {
    let bench = Bench::new();
    let document = bench.seal_detached();
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    bench.kms.take_calls();
    let (code, text) = bench.run(&["rewrap", "--key-id", "alias/other", "doc.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert!(fs::read(bench.path("doc.sealed")).unwrap() == before);
    let asked: Vec<_> =
        bench.kms.take_calls().into_iter().map(|(operation, _, body)| (operation, body)).collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].0, "Decrypt");
    assert_eq!(asked[0].1["KeyId"], KEY_ARN);
    assert_eq!(asked[1].0, "GenerateDataKey");
    let (code, text) = bench.run(&["open", "--key-id", OTHER_ARN, "-o", "back", "doc.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert!(fs::read(bench.path("back")).unwrap() == document);
    let (code, text) = bench.run(&["open", "--key-id", KEY_ARN, "-o", "x", "doc.sealed"]);
    assert_eq!(code, 3, "{text}");
}

#[test]
fn a_refused_key_and_an_existing_small_message_leave_nothing() {
    let bench = Bench::new();
    fs::write(bench.path("doc"), b"x").unwrap();
    let (code, text) = bench.run(&["seal", "--key-id", "alias/denied", "--detached-recipients", "doc"]);
    assert_eq!(code, 3, "{text}");
    assert!(!bench.path("doc.sealed").exists() && !bench.path("doc.sealed.recipients").exists());
    fs::write(bench.path("doc.sealed.recipients"), b"somebody's key").unwrap();
    let (code, text) = bench.run(&["seal", "--key-id", "alias/docs", "--detached-recipients", "doc"]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("take it away first") && !text.contains("--force"), "{text}");
    assert_eq!(fs::read(bench.path("doc.sealed.recipients")).unwrap(), b"somebody's key");
    assert!(!bench.path("doc.sealed").exists());
}

/// More than the pipe holds has been read when the kill comes: the large message is being sealed.
#[test]
fn a_kill_in_the_middle_leaves_neither_message() {
    let bench = Bench::new();
    let arguments = ["seal", "--key-id", "alias/docs", "--detached-recipients", "-o", "out.sealed", "-"];
    let mut command = bench.command(&arguments);
    let mut running = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let document = vec![7; 8 << 20];
    running.stdin.as_mut().unwrap().write_all(&document).unwrap();
    running.kill().unwrap();
    running.wait().unwrap();
    let names = fs::read_dir(bench.folder.path()).unwrap();
    let named = |name: &str| name.starts_with("out");
    assert_eq!(names.filter(|entry| named(entry.as_ref().unwrap().file_name().to_str().unwrap())).count(), 0);
    let (code, _, text) = bench.run_with(&mut bench.command(&arguments), &document);
    assert_eq!(code, 0, "{text}");
    let (code, text) = bench.run(&["open", "-o", "back", "out.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert!(fs::read(bench.path("back")).unwrap() == document);
}
