//! The same command once more, and commands that fail: what was done before is passed over, what was made for nothing goes away.

use super::Bench;
use super::many_files::SEAL;
use std::fs;
use std::time::{Duration, SystemTime};

#[test]
fn files_that_an_earlier_run_sealed_resumably_are_passed_over() {
    let bench = Bench::new();
    bench.files(&["docs/a", "docs/b"]);
    let resumable = [&SEAL[..], &["-r", "--resumable"]].concat();
    let (code, text) = bench.run(&[&resumable[..], &["docs"]].concat());
    assert_eq!(code, 0, "{text}");
    assert_eq!(bench.kms.take_calls().len(), 2);
    bench.files(&["docs/c"]);
    let before = ["docs/a.sealed", "docs/b.sealed"].map(|name| fs::read(bench.path(name)).unwrap());
    let (code, text) = bench.run(&[&resumable[..], &["docs"]].concat());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("sealed 1 of 1 files") && text.contains("2 were sealed before"), "{text}");
    assert_eq!(bench.kms.take_calls().len(), 1);
    let after = ["docs/a.sealed", "docs/b.sealed"].map(|name| fs::read(bench.path(name)).unwrap());
    assert!(before == after);
    let (code, told) = bench.json(&[&resumable[..], &["--json", "docs"]].concat());
    assert_eq!(code, 0);
    let told: Vec<_> = told.iter().map(|object| (&object["file"], &object["result"])).collect();
    assert!(told.len() == 3 && told.iter().all(|(_, result)| *result == "skipped"), "{told:?}");
    assert_eq!(told[0].0, "docs/a");
    let (code, text) = bench.run(&[&resumable[..], &["-q", "docs"]].concat());
    assert_eq!((code, text.as_str()), (0, ""));
}

/// Each of them would be left unsealed by a command that says that all is well.
#[test]
fn what_is_not_the_message_of_a_document_as_it_is_now_is_a_failure_as_ever() {
    let later = SystemTime::now() + Duration::from_secs(3600);
    type Change<'a> = (&'a str, &'a dyn Fn(&Bench));
    let changes: [Change<'_>; 5] = [
        ("longer", &|bench: &Bench| fs::write(bench.path("docs/a"), "another document").unwrap()),
        ("changed later", &|bench: &Bench| {
            let document = fs::File::options().write(true).open(bench.path("docs/a")).unwrap();
            document.set_modified(later).unwrap();
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
        bench.files(&["docs/a"]);
        let resumable = [&SEAL[..], &["-r", "--resumable", "docs"]].concat();
        assert_eq!(bench.run(&resumable).0, 0);
        assert_eq!(bench.run(&resumable).0, 0, "the control");
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
