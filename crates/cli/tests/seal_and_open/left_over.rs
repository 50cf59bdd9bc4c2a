//! The same command once more, and commands that fail: what was done before is passed over, what was made for nothing goes away.

use super::Bench;
use super::many_files::{Gate, SEAL};
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, SystemTime};

/// A run of three files that ends with one of them missing, as one that is ended before it got there: two are sealed.
fn interrupted(bench: &Bench) -> Vec<&'static str> {
    bench.files(&["docs/a", "docs/b"]);
    let resumable = [&SEAL[..], &["--resumable", "docs/a", "docs/b", "docs/c"]].concat();
    let (code, text) = bench.run(&resumable);
    assert_eq!(code, 5, "{text}");
    assert!(bench.path("docs/a.sealed").exists() && bench.path("docs/a.sealed.resume").exists());
    resumable
}

#[test]
fn files_that_an_earlier_run_sealed_resumably_are_passed_over_until_all_are_sealed() {
    let bench = Bench::new();
    let resumable = interrupted(&bench);
    assert_eq!(bench.kms.take_calls().len(), 2);
    let messages = || ["docs/a.sealed", "docs/b.sealed"].map(|name| fs::read(bench.path(name)).unwrap());
    let before = messages();
    let (code, told) = bench.json(&[&resumable[..], &["--json"]].concat());
    let told: Vec<_> = told.iter().map(|object| object["result"].as_str().unwrap()).collect();
    told.iter().take(2).for_each(|result| assert_eq!(*result, "skipped"));
    assert_eq!((code, told.len(), told[2]), (5, 3, "failed"));
    bench.files(&["docs/c"]);
    let (code, text) = bench.run(&resumable);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("sealed 1 of 1 files") && text.contains("2 were sealed before"), "{text}");
    assert_eq!(bench.kms.take_calls().len(), 1);
    assert!(before == messages());
    let names = ["docs/a", "docs/a.sealed", "docs/b", "docs/b.sealed", "docs/c", "docs/c.sealed"];
    assert_eq!(bench.tree(), names, "nothing is left when all are sealed");
    let (code, text) = bench.run(&resumable);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("docs/a.sealed exists already; --force replaces it"), "{text}");
}

/// Only one of two calls is answered: the run is killed when that file is sealed and the other one waits.
#[test]
fn a_run_that_was_killed_leaves_what_the_next_one_passes_over() {
    let bench = Bench::new();
    bench.files(&["docs/a", "docs/b"]);
    let resumable = [&SEAL[..], &["-r", "--resumable", "docs"]].concat();
    let gate = Gate::shut_after(1, bench.kms.url());
    let mut killed = bench.command(&resumable);
    killed.env("AWS_ENDPOINT_URL_KMS", &gate.url).stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = killed.spawn().unwrap();
    let is_sealed = || ["docs/a.sealed", "docs/b.sealed"].map(|name| bench.path(name).exists());
    while is_sealed() == [false, false] && child.try_wait().unwrap().is_none() {
        thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(is_sealed().into_iter().filter(|sealed| *sealed).count(), 1);
    let (code, text) = bench.run(&resumable);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("sealed 1 of 1 files") && text.contains("1 were sealed before"), "{text}");
    assert_eq!(bench.tree(), ["docs/a", "docs/a.sealed", "docs/b", "docs/b.sealed"]);
}

/// Each of them would be left as it is by a command that says that all is well.
#[test]
fn what_was_sealed_on_other_terms_is_a_failure_as_ever() {
    let other: [&[&str]; 5] = [
        &["seal", "--key-id", "alias/other"],
        &["seal", "--key-id", "alias/docs", "--key-id", "alias/other"],
        &["seal", "--key-id", "alias/docs", "--encryption-context", "a=b"],
        &["seal", "--key-id", "alias/docs", "--commitment-policy", "forbid-encrypt-allow-decrypt"],
        &[
            "seal",
            "--key-id",
            "alias/docs",
            "--encryption-context",
            "a=b",
            "--required-encryption-context",
            "a",
        ],
    ];
    for terms in other {
        let bench = Bench::new();
        let resumable = interrupted(&bench);
        bench.files(&["docs/c"]);
        let (code, text) = bench.run(&[terms, &resumable[SEAL.len()..]].concat());
        assert_eq!(code, 5, "{terms:?}: {text}");
        assert!(text.contains("docs/a.sealed exists already; --force replaces it"), "{terms:?}: {text}");
        assert!(text.contains("sealed 1 of 3 files") && !text.contains("skipped"), "{terms:?}: {text}");
        fs::remove_file(bench.path("docs/c.sealed")).unwrap();
        fs::remove_file(bench.path("docs/c.sealed.resume")).unwrap();
        assert_eq!(bench.run(&resumable).0, 0, "the control");
    }
}

#[test]
fn what_is_not_the_message_of_a_document_as_it_is_now_is_a_failure_as_ever() {
    type Change<'a> = (&'a str, &'a dyn Fn(&Bench));
    let changes: [Change<'_>; 6] = [
        ("longer", &|bench: &Bench| fs::write(bench.path("docs/a"), "another document").unwrap()),
        ("as long, written before", &|bench: &Bench| {
            fs::rename(bench.path("docs/old"), bench.path("docs/a")).unwrap();
        }),
        ("changed later", &|bench: &Bench| {
            let document = fs::File::options().write(true).open(bench.path("docs/a")).unwrap();
            document.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
        }),
        ("no message", &|bench: &Bench| fs::write(bench.path("docs/a.sealed"), "no message").unwrap()),
        ("cut", &|bench: &Bench| {
            let message = fs::read(bench.path("docs/a.sealed")).unwrap();
            fs::write(bench.path("docs/a.sealed"), &message[..message.len() - 1]).unwrap();
        }),
        ("begun again", &|bench: &Bench| fs::write(bench.path("docs/a.sealed.partial"), "").unwrap()),
    ];
    for (what, change) in changes {
        let bench = Bench::new();
        fs::create_dir(bench.path("docs")).unwrap();
        fs::write(bench.path("docs/old"), "docs/x").unwrap();
        let resumable = interrupted(&bench);
        let (_, text) = bench.run(&resumable);
        assert!(!text.contains("docs/a.sealed exists already"), "the control: {text}");
        change(&bench);
        let (code, text) = bench.run(&resumable);
        assert_eq!(code, 5, "{what}: {text}");
        assert!(text.contains("docs/a.sealed exists already; --force replaces it"), "{what}: {text}");
    }
    let bench = Bench::new();
    bench.files(&["docs/a"]);
    let seal = [&SEAL[..], &["-r", "docs"]].concat();
    assert_eq!((bench.run(&seal).0, bench.run(&seal).0), (0, 5), "without --resumable");
}

/// A folder of today in the place of yesterday's: the same names, other files.
#[test]
fn a_folder_that_was_swapped_is_not_taken_for_sealed() {
    let bench = Bench::new();
    bench.files(&["new/a", "old/a"]);
    std::os::unix::fs::symlink("old", bench.path("docs")).unwrap();
    let resumable = [&SEAL[..], &["--resumable", "-r", "-o", "out", "docs/a", "docs/b"]].concat();
    assert_eq!(bench.run(&resumable).0, 5);
    let (code, text) = bench.run(&resumable);
    assert!(code == 5 && !text.contains("exists already"), "the control: {text}");
    fs::remove_file(bench.path("docs")).unwrap();
    std::os::unix::fs::symlink("new", bench.path("docs")).unwrap();
    let (code, text) = bench.run(&resumable);
    assert!(code == 5 && text.contains("out/a.sealed exists already"), "{text}");
}

#[test]
fn resumable_seals_have_their_folders_made() {
    let bench = Bench::new();
    bench.files(&["docs/a", "docs/in/b"]);
    let (code, text) = bench.run(&[&SEAL[..], &["-r", "--resumable", "-o", "new", "docs"]].concat());
    assert_eq!(code, 0, "{text}");
    assert_eq!(bench.tree(), ["docs/a", "docs/in/b", "new/a.sealed", "new/in/b.sealed"]);
}

#[test]
fn folders_that_were_made_for_nothing_go_away() {
    let bench = Bench::new();
    bench.files(&["docs/a", "docs/in/b"]);
    fs::create_dir(bench.path("there")).unwrap();
    let denied = ["seal", "--key-id", "alias/denied", "-r"];
    for out in ["new", "new/far/below", "there", "there/new"] {
        let (code, text) = bench.run(&[&denied[..], &["-o", out, "docs"]].concat());
        assert_eq!(code, 3, "{text}");
        assert!(!bench.path("new").exists() && !bench.path("there/new").exists(), "{out}");
        assert!(bench.path("there").is_dir(), "it was there");
    }
    let (code, text) = bench.run(&[&SEAL[..], &["-r", "-o", "new", "docs"]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(bench.path("new/in/b.sealed").exists(), "the control");
}
