//! Several files in one call, folders, JSON results, and the exit code of the worst.

use super::Bench;
use super::fake_kms::OTHER_ARN;
use serde_json::Value;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

impl Bench {
    /// Files with their names as content.
    pub(super) fn files(&self, names: &[&str]) {
        for name in names {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name.as_bytes()).unwrap();
        }
    }

    /// Every file below the bench's folder, but for the certificate.
    pub(super) fn tree(&self) -> Vec<String> {
        fn walk(folder: &std::path::Path, root: &std::path::Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), self.folder.path(), &mut found);
        found.retain(|name| name != "ca.pem");
        found.sort();
        found
    }

    /// Runs with `--json` and gives the objects of standard output.
    pub(super) fn json(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let (code, out, _) = self.run_with(&mut self.command(arguments), b"");
        let out = String::from_utf8(out).unwrap();
        (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }
}

pub(super) const SEAL: [&str; 3] = ["seal", "--key-id", "alias/docs"];

#[test]
fn several_files_are_sealed_and_opened_with_a_call_each() {
    let bench = Bench::new();
    bench.files(&["a", "b", "c"]);
    let (code, text) = bench.run(&[&SEAL[..], &["a", "b", "c"]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("sealed 3 of 3 files, 3 bytes"), "{text}");
    assert!(text.contains("a -> a.sealed"), "{text}");
    assert_eq!(bench.kms.take_calls().len(), 3);
    fs::create_dir(bench.path("out")).unwrap();
    let (code, text) = bench.run(&["open", "-o", "out", "a.sealed", "b.sealed", "c.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(fs::read(bench.path("out/b")).unwrap(), b"b");
    assert_eq!(bench.kms.take_calls().len(), 3);
}

#[test]
fn one_failure_does_not_stop_the_others_and_the_worst_code_counts() {
    let bench = Bench::new();
    bench.files(&["a", "b", "c", "a.sealed"]);
    let (code, text) = bench.run(&[&SEAL[..], &["a", "missing", "b", "c"]].concat());
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("a.sealed exists already; --force replaces it"), "{text}");
    assert!(text.contains("missing: cannot open the input"), "{text}");
    assert!(text.contains("sealed 2 of 4 files"), "{text}");
    assert_eq!(fs::read(bench.path("a.sealed")).unwrap(), b"a.sealed");
    fs::write(bench.path("b.sealed"), b"no message").unwrap();
    let (code, text) = bench.run(&["open", "--force", "b.sealed", "c.sealed"]);
    assert_eq!(code, 4, "{text}");
    assert_eq!(fs::read(bench.path("c")).unwrap(), b"c");
}

/// Whoever names a file in a folder writes to the terminal of who seals or checks the folder.
#[test]
fn names_of_files_do_not_steer_the_terminal() {
    let bench = Bench::new();
    bench.files(&["in/a\u{1b}[2Jb", "in/c\nstrongroom: all is well", "in/d.sealed"]);
    for arguments in [&[&SEAL[..], &["-r", "in"]].concat()[..], &["open", "--check", "-r", "in"]] {
        let (_, text) = bench.run(arguments);
        assert!(text.contains("in/a\u{fffd}[2Jb") && !text.contains('\u{1b}'), "{text}");
        assert!(text.contains("in/c\u{fffd}strongroom: all is well"), "{text}");
    }
    let (code, text) = bench.run(&[&SEAL[..], &["-r", "in"]].concat());
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("in/c\u{fffd}strongroom: all is well.sealed exists already"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("strongroom: all is well")), "{text}");
    let (code, text) = bench.run(&["open", "in/a\u{1b}[2Jb"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("in/a\u{fffd}[2Jb") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn folders_are_mirrored_and_what_is_sealed_is_passed_over() {
    let bench = Bench::new();
    bench.files(&["docs/a", "docs/in/b", "docs/c.sealed"]);
    let (code, text) = bench.run(&[&SEAL[..], &["docs"]].concat());
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("docs is a folder: -r"), "{text}");
    let (code, text) = bench.run(&[&SEAL[..], &["-r", "docs", "-o", "sealed"]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 others passed over"), "{text}");
    let (code, text) = bench.run(&["open", "-r", "sealed", "-o", "back"]);
    assert_eq!(code, 0, "{text}");
    let expected = [
        "back/a",
        "back/in/b",
        "docs/a",
        "docs/c.sealed",
        "docs/in/b",
        "sealed/a.sealed",
        "sealed/in/b.sealed",
    ];
    assert_eq!(bench.tree(), expected);
    assert_eq!(fs::read(bench.path("back/in/b")).unwrap(), b"docs/in/b");
}

#[test]
fn json_is_an_object_a_file() {
    let bench = Bench::new();
    bench.files(&["a", "b"]);
    let (code, objects) = bench.json(&[&SEAL[..], &["--json", "a", "missing", "b"]].concat());
    assert_eq!((code, objects.len()), (5, 3));
    let results: Vec<_> = objects.iter().map(|object| object["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["sealed", "failed", "sealed"]);
    assert_eq!(objects[0]["file"], "a");
    assert_eq!(objects[0]["output"], "a.sealed");
    assert_eq!(objects[0]["bytes"], 1);
    assert_eq!(objects[0]["message_id"].as_str().unwrap().len(), 64);
    assert_eq!(objects[1]["file"], "missing");
    assert_eq!(objects[1]["exit_code"], 5);
    let (code, objects) = bench.json(&["open", "--check", "--json", "a.sealed"]);
    assert_eq!(code, 0);
    assert_eq!(objects[0]["result"], "checked");
    let (code, text) = bench.run(&["open", "--json", "-o", "-", "a.sealed"]);
    assert_eq!(code, 2, "{text}");
}

#[test]
fn quiet_says_errors_only() {
    let bench = Bench::new();
    bench.files(&["a", "b"]);
    let (code, text) = bench.run(&[&SEAL[..], &["-q", "a", "b"]].concat());
    assert_eq!((code, text.as_str()), (0, ""));
    let (code, text) = bench.run(&["open", "-q", "a.sealed", "missing.sealed", "-o", "."]);
    assert_eq!(code, 5);
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn check_writes_nothing_and_finds_damage() {
    let bench = Bench::new();
    bench.seal_sample();
    let (code, text) = bench.run(&["open", "--check", "doc.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("whole and authentic (3000000 bytes)"), "{text}");
    let mut damaged = fs::read(bench.path("doc.sealed")).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(bench.path("damaged.sealed"), damaged).unwrap();
    let (code, text) = bench.run(&["open", "--check", "doc.sealed", "damaged.sealed"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("damaged.sealed: frame 2: not authentic"), "{text}");
    assert!(text.contains("checked 1 of 2 files"), "{text}");
    assert_eq!(bench.tree(), ["damaged.sealed", "doc", "doc.sealed"]);
}

#[test]
fn a_check_of_nothing_is_a_failure_and_other_work_on_nothing_is_told() {
    let bench = Bench::new();
    bench.files(&["docs/a", "docs/b"]);
    let (code, text) = bench.run(&["open", "--check", "-q", "-r", "docs"]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("nothing was checked: none of the 2 files there"), "{text}");
    let (code, text) = bench.run(&["open", "-r", "docs"]);
    assert!(code == 0 && text.contains("nothing was opened"), "{text}");
    assert_eq!(bench.run(&["open", "-q", "-r", "docs"]), (0, String::new()));
}

#[test]
fn more_small_files_than_threads_are_all_sealed_in_their_order() {
    let bench = Bench::new();
    let names: Vec<String> = (0..100).map(|number| format!("f{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    bench.files(&names);
    let (code, objects) = bench.json(&[&SEAL[..], &["--json"], &names].concat());
    assert_eq!(code, 0);
    assert_eq!(objects.iter().map(|object| object["file"].as_str().unwrap()).collect::<Vec<_>>(), names);
    assert_eq!(bench.kms.take_calls().len(), 100);
    let sealed: Vec<String> = names.iter().map(|name| format!("{name}.sealed")).collect();
    let sealed: Vec<&str> = sealed.iter().map(String::as_str).collect();
    let (code, text) = bench.run(&[&["open", "--check"][..], &sealed].concat());
    assert!(code == 0 && text.contains("checked 100 of 100 files"), "{text}");
}

/// A way to KMS that some connections wait on for ever: who made them gives up, and connects again.
pub(super) struct Gate {
    pub(super) url: String,
    connections: Arc<AtomicUsize>,
}

impl Gate {
    /// Lets connections through by twos: who makes one call after the other waits.
    fn by_twos(kms: &str) -> Self {
        Self::kept_by(kms, |listener, kms, counted| {
            loop {
                let two: Vec<TcpStream> = listener.incoming().take(2).map(|client| client.unwrap()).collect();
                counted.fetch_add(two.len(), Ordering::SeqCst);
                for client in two {
                    Self::carry(&client, &TcpStream::connect(kms).unwrap());
                }
            }
        })
    }

    /// Lets so many connections through, and then none.
    pub(super) fn shut_after(many: usize, kms: &str) -> Self {
        Self::kept_by(kms, move |listener, kms, counted| {
            let mut waiting = Vec::new();
            for client in listener.incoming() {
                let client = client.unwrap();
                if counted.fetch_add(1, Ordering::SeqCst) < many {
                    Self::carry(&client, &TcpStream::connect(kms).unwrap());
                } else {
                    waiting.push(client);
                }
            }
        })
    }

    /// Has `keeper` let connections through.
    pub(super) fn kept_by(
        kms: &str,
        keeper: impl FnOnce(&TcpListener, SocketAddr, &AtomicUsize) + Send + 'static,
    ) -> Self {
        let kms: SocketAddr = kms.strip_prefix("https://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || keeper(&listener, kms, &counted));
        Self { url, connections }
    }

    /// Carries both ways until KMS closes.
    pub(super) fn carry(client: &TcpStream, kms: &TcpStream) {
        let (mut from_client, mut to_kms) = (client.try_clone().unwrap(), kms.try_clone().unwrap());
        thread::spawn(move || {
            let _ = io::copy(&mut from_client, &mut to_kms);
            let _ = to_kms.shutdown(Shutdown::Write);
        });
        let (mut from_kms, mut to_client) = (kms, client);
        let _ = io::copy(&mut from_kms, &mut to_client);
        let _ = client.shutdown(Shutdown::Both);
    }
}

#[test]
fn small_files_are_rewrapped_side_by_side() {
    let bench = Bench::new();
    bench.files(&["a", "b"]);
    assert_eq!(bench.run(&[&SEAL[..], &["a", "b"]].concat()).0, 0);
    bench.kms.take_calls();
    let gate = Gate::by_twos(bench.kms.url());
    let mut rewrap = bench.command(&["rewrap", "--key-id", OTHER_ARN, "a.sealed", "b.sealed"]);
    let (code, _, text) = bench.run_with(rewrap.env("AWS_ENDPOINT_URL_KMS", &gate.url), b"");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("rewrapped 2 of 2 files"), "{text}");
    assert_eq!(bench.kms.take_calls().len(), 4, "a Decrypt and a GenerateDataKey each");
    assert_eq!(
        gate.connections.load(Ordering::SeqCst),
        4,
        "none was given up: two were always there together"
    );
}

#[test]
fn rewrapped_files_are_told_in_their_order_with_the_worst_code() {
    let bench = Bench::new();
    let names: Vec<String> = (0..30).map(|number| format!("f{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    bench.files(&names);
    assert_eq!(bench.run(&[&SEAL[..], &names].concat()).0, 0);
    fs::write(bench.path("f07.sealed"), b"no message").unwrap();
    let sealed: Vec<String> = names.iter().map(|name| format!("{name}.sealed")).collect();
    let sealed: Vec<&str> = sealed.iter().map(String::as_str).collect();
    let (code, told) = bench.json(&[&["rewrap", "--json", "--key-id", OTHER_ARN][..], &sealed].concat());
    assert_eq!(code, 4);
    assert_eq!(told.iter().map(|object| object["file"].as_str().unwrap()).collect::<Vec<_>>(), sealed);
    let failed: Vec<_> = told.iter().filter(|object| object["result"] != "rewrapped").collect();
    assert!(failed.len() == 1 && failed[0]["file"] == "f07.sealed", "{failed:?}");
    fs::remove_file(bench.path("f07.sealed")).unwrap();
    let (code, text) = bench.run(&["open", "--check", "--key-id", OTHER_ARN, "-r", "."]);
    assert!(code == 0 && text.contains("checked 29 of 29 files"), "{text}");
}

/// Side by side both look for the mark before either sets it.
#[test]
fn of_two_copies_of_a_message_one_has_its_header_rewrapped() {
    let bench = Bench::new();
    bench.files(&["a"]);
    assert_eq!(bench.run(&[&SEAL[..], &["a"]].concat()).0, 0);
    fs::copy(bench.path("a.sealed"), bench.path("b.sealed")).unwrap();
    let add = ["rewrap", "--json", "--header-only", "--add-key-id", OTHER_ARN, "a.sealed", "b.sealed"];
    let (code, told) = bench.json(&add);
    let results: Vec<_> = told.iter().map(|object| object["result"].as_str().unwrap()).collect();
    assert_eq!((code, results.iter().filter(|result| **result == "rewrapped").count()), (2, 1), "{told:?}");
    let refused = told.iter().find(|object| object["result"] == "failed").unwrap();
    assert!(refused["error"].as_str().unwrap().contains("was rewrapped before"), "{refused}");
}

/// Whoever ends the command early has been told of each file that has its new header.
#[test]
fn the_price_of_header_only_is_said_while_other_files_are_worked_on() {
    let bench = Bench::new();
    bench.files(&["a", "b"]);
    assert_eq!(bench.run(&[&SEAL[..], &["a", "b"]].concat()).0, 0);
    let names = ["a.sealed", "b.sealed"];
    let before = names.map(|name| fs::read(bench.path(name)).unwrap());
    // A Decrypt and an Encrypt each: the last call is never answered, and tried three times.
    let (answered, tries) = (3, 3);
    let gate = Gate::shut_after(answered, bench.kms.url());
    let add = ["rewrap", "--header-only", "--add-key-id", OTHER_ARN, "a.sealed", "b.sealed"];
    let mut rewrap = bench.command(&add);
    rewrap.env("AWS_ENDPOINT_URL_KMS", &gate.url).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = rewrap.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let connections = gate.connections.load(Ordering::SeqCst);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(connections < answered + tries, "the other file was given up before: {line}");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "the other file was still worked on");
    let is_new = |index: &usize| fs::read(bench.path(names[*index])).unwrap() != before[*index];
    let new: Vec<usize> = (0..names.len()).filter(is_new).collect();
    assert_eq!(new.len(), 1, "{line}");
    assert!(line.starts_with(&format!("strongroom: {}: who holds", names[new[0]])), "{line}");
}

#[test]
fn a_range_is_that_part_and_goes_to_standard_output() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    let range = |range: &str| {
        let (code, out, text) =
            bench.run_with(&mut bench.command(&["open", "doc.sealed", "--range", range]), b"");
        (code, out, text)
    };
    let (code, part, text) = range("1048570..1048590");
    assert_eq!((code, part.as_slice(), text.as_str()), (0, &document[1_048_570..1_048_590], ""));
    let to_file = ["open", "doc.sealed", "--range", "1048570..1048590", "-o", "part"];
    let (code, text) = bench.run(&to_file);
    assert_eq!((code, fs::read(bench.path("part")).unwrap()), (0, part), "{text}");
    assert!(
        text.contains("opened bytes 1048570 to 1048590 of doc.sealed (3000000 bytes) into part"),
        "{text}"
    );
    let (code, part, text) = range("2M..");
    assert!(code == 0 && part == document[2 << 20..], "{text}");
    let (code, part, text) = range("3000001..");
    assert_eq!((code, part.as_slice()), (2, &b""[..]), "{text}");
    assert_eq!(range("x").0, 2);
    let mut cut = fs::read(bench.path("doc.sealed")).unwrap();
    cut.truncate(2_100_000);
    fs::write(bench.path("cut.sealed"), cut).unwrap();
    let (code, out, text) =
        bench.run_with(&mut bench.command(&["open", "cut.sealed", "--range", "0..10"]), b"");
    assert_eq!((code, out.as_slice()), (4, &b""[..]), "{text}");
    assert!(text.contains("truncated"), "{text}");
}

#[test]
fn a_resumable_seal_leaves_only_the_message() {
    let bench = Bench::new();
    bench.files(&["doc"]);
    let (code, text) = bench.run(&[&SEAL[..], &["--resumable", "doc"]].concat());
    assert_eq!(code, 0, "{text}");
    assert_eq!(bench.tree(), ["doc", "doc.sealed"]);
    assert_eq!(bench.run(&["open", "-o", "back", "doc.sealed"]).0, 0);
    assert_eq!(fs::read(bench.path("back")).unwrap(), b"doc");
    let (code, text) = bench.run(&[&SEAL[..], &["--resumable", "-"]].concat());
    assert_eq!(code, 2, "{text}");
}

/// A limit on file sizes stands for a full disk: both fail in the middle of a write.
#[test]
fn a_write_that_fails_leaves_the_original_and_no_litter() {
    let bench = Bench::new();
    bench.seal_sample();
    fs::write(bench.path("old"), b"old").unwrap();
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"";
    let sealed = fs::read(bench.path("doc.sealed")).unwrap();
    for arguments in [
        &["open", "--force", "-o", "old", "doc.sealed"][..],
        &["seal", "--key-id", "k", "--force", "-o", "old", "doc"],
        &["rewrap", "--key-id", "alias/other", "doc.sealed"],
    ] {
        let binary = env!("CARGO_BIN_EXE_strongroom");
        let mut command = bench.command(&[]);
        let mut limited = std::process::Command::new("bash");
        limited.args(["-c", script, binary]).args(arguments).current_dir(bench.folder.path()).env_clear();
        for (name, value) in command.env("PATH", "/usr/bin:/bin").get_envs() {
            limited.env(name, value.unwrap());
        }
        let (code, _, text) = bench.run_with(&mut limited, b"");
        assert_eq!(code, 5, "{text}");
        assert!(text.contains("cannot write the output"), "{text}");
        assert_eq!(fs::read(bench.path("old")).unwrap(), b"old");
        assert!(fs::read(bench.path("doc.sealed")).unwrap() == sealed, "{arguments:?}");
        assert_eq!(bench.tree(), ["doc", "doc.sealed", "old"]);
    }
}

/// macOS refuses such names itself.
#[test]
#[cfg(target_os = "linux")]
fn names_that_are_no_utf_8_come_back_as_they_were() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new();
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::create_dir_all(bench.folder.path().join("in")).unwrap();
    fs::write(bench.folder.path().join("in").join(name), b"document").unwrap();
    let (code, sealed) = bench.json(&[&SEAL[..], &["-r", "--json", "-o", "out", "in"]].concat());
    assert_eq!((code, sealed[0]["file"].as_str()), (0, Some("in/caf\u{fffd}")), "{sealed:?}");
    assert_eq!(sealed[0]["file_bytes"], "696e2f636166e9");
    assert_eq!(sealed[0]["output_bytes"], "6f75742f636166e92e7365616c6564");
    let (code, text) = bench.run(&["open", "-r", "-o", "back", "out"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(fs::read(bench.folder.path().join("back").join(name)).unwrap(), b"document");
    let sealed = bench.folder.path().join("out").join(OsStr::from_bytes(b"caf\xe9.sealed"));
    let mut open = bench.command(&["open", "--json"]);
    let (code, out, text) = bench.run_with(open.arg(&sealed), b"");
    assert_eq!(code, 0, "{text}");
    assert!(String::from_utf8(out).unwrap().contains("\"output_bytes\""));
    assert_eq!(fs::read(sealed.with_file_name(name)).unwrap(), b"document");
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, text) = bench.run_with(&mut bench.command(&["completions", shell]), b"");
        assert_eq!(code, 0, "{text}");
        let script = String::from_utf8(script).unwrap();
        assert!(script.contains("inspect") && script.contains("encryption-context"), "{shell}");
        assert!(!script.contains("-process"), "hidden commands are not offered: {shell}");
    }
    assert_eq!(bench.run(&["man", "--out-dir", "man"]).0, 0);
    let page = fs::read_to_string(bench.path("man/strongroom-seal.1")).unwrap();
    assert!(page.contains("resumable"));
    assert!(bench.path("man/strongroom.1").exists());
    assert!(!bench.path("man/strongroom-vault-process.1").exists(), "hidden commands have no page");
}
