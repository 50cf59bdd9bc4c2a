//! `rewrap`: which calls it makes, who can open afterwards, and what it refuses.

use super::Bench;
use super::fake_kms::{KEY_ARN, OTHER_ARN};
use super::many_files::Gate;
use serde_json::Value;
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

impl Bench {
    /// The operations and keys that were asked for since the last look.
    fn asked(&self) -> Vec<(String, String)> {
        let short = |(operation, _, body): (String, String, Value)| {
            (operation, body["KeyId"].as_str().unwrap_or_default().to_owned())
        };
        self.kms.take_calls().into_iter().map(short).collect()
    }

    /// The keys that the header of `doc.sealed` names.
    fn keys(&self) -> Vec<String> {
        let (_, out, _) = self.run_with(&mut self.command(&["inspect", "--json", "doc.sealed"]), b"");
        let facts: Value = serde_json::from_slice(&out).unwrap();
        let info = |key: &Value| key["info"].as_str().unwrap().to_owned();
        facts["encrypted_data_keys"].as_array().unwrap().iter().map(info).collect()
    }

    fn opens_to(&self, document: &[u8]) {
        let (code, text) = self.run(&["open", "--force", "-o", "back", "doc.sealed"]);
        assert_eq!(code, 0, "{text}");
        assert!(fs::read(self.path("back")).unwrap() == document);
    }
}

fn calls(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(operation, key)| ((*operation).to_owned(), (*key).to_owned())).collect()
}

#[test]
fn a_message_is_sealed_anew_for_another_key() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    fs::set_permissions(bench.path("doc.sealed"), fs::Permissions::from_mode(0o640)).unwrap();
    bench.kms.take_calls();
    let (code, text) = bench.run(&["rewrap", "--key-id", "alias/other", "doc.sealed"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(bench.asked(), calls(&[("Decrypt", KEY_ARN), ("GenerateDataKey", "alias/other")]));
    assert_eq!(bench.keys(), [OTHER_ARN]);
    let after = fs::read(bench.path("doc.sealed")).unwrap();
    assert_ne!(before[before.len() - 100..], after[after.len() - 100..], "the body is another one");
    assert_eq!(fs::metadata(bench.path("doc.sealed")).unwrap().mode() & 0o777, 0o640);
    bench.opens_to(&document);
    assert_eq!(bench.asked(), calls(&[("Decrypt", OTHER_ARN)]));
}

#[test]
fn keys_are_added_and_removed() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    bench.kms.take_calls();
    assert_eq!(bench.run(&["rewrap", "--add-key-id", "alias/other", "doc.sealed"]).0, 0);
    assert_eq!(
        bench.asked(),
        calls(&[("Decrypt", KEY_ARN), ("GenerateDataKey", KEY_ARN), ("Encrypt", "alias/other")])
    );
    assert_eq!(bench.keys(), [KEY_ARN, OTHER_ARN]);
    assert_eq!(bench.run(&["rewrap", "--remove-key-id", KEY_ARN, "doc.sealed"]).0, 0);
    assert_eq!(bench.keys(), [OTHER_ARN]);
    bench.opens_to(&document);
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    for (arguments, said) in [
        (["--remove-key-id", OTHER_ARN], "nobody could open"),
        (["--remove-key-id", KEY_ARN], "the message has no such key"),
    ] {
        let (code, text) = bench.run(&[&["rewrap"][..], &arguments, &["doc.sealed"]].concat());
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(said), "{text}");
    }
    assert!(fs::read(bench.path("doc.sealed")).unwrap() == before);
}

#[test]
fn what_a_recipient_who_is_taken_away_may_have_kept_is_said_once() {
    let bench = Bench::new();
    bench.seal_sample();
    let said = |arguments: &[&str]| {
        let (code, text) = bench.run(&[&["rewrap"][..], arguments, &["doc.sealed"]].concat());
        assert_eq!(code, 0, "{text}");
        text.matches("may have kept").count()
    };
    assert_eq!(said(&["--add-key-id", "alias/other"]), 0, "the control");
    assert_eq!(said(&["--remove-key-id", KEY_ARN]), 1);
    assert_eq!(said(&["--key-id", "alias/other"]), 0, "the same key by another name");
    assert_eq!(said(&["--quiet", "--key-id", KEY_ARN]), 0);
    assert_eq!(said(&["--header-only", "--key-id", OTHER_ARN]), 1);
    fs::copy(bench.path("doc.sealed"), bench.path("copy.sealed")).unwrap();
    assert_eq!(said(&["--key-id", KEY_ARN, "copy.sealed"]), 1, "of two files");
}

/// By default as many recipients as `open` takes by default; none is replaced by a message that it would refuse.
#[test]
fn a_recipient_too_many_changes_nothing_and_leaves_no_mark() {
    let bench = Bench::new();
    bench.seal_sample();
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    let add = ["--add-key-id", "alias/other", "--max-encrypted-data-keys"];
    for how in [&["rewrap"][..], &["rewrap", "--header-only"]] {
        let (code, text) = bench.run(&[how, &add, &["1", "doc.sealed"]].concat());
        assert_eq!(code, 4, "{text}");
        assert!(text.contains("--max-encrypted-data-keys 2 takes it"), "{text}");
        assert!(fs::read(bench.path("doc.sealed")).unwrap() == before);
    }
    let (code, text) = bench.run(&[&["rewrap", "--header-only"][..], &add, &["2", "doc.sealed"]].concat());
    assert_eq!(code, 0, "{text}");
    assert_eq!(bench.keys(), [KEY_ARN, OTHER_ARN]);
}

/// The same command again, as after an interruption in a folder: an alias does not say that its key is there already.
#[test]
fn a_key_that_is_there_already_is_not_added_twice() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    for how in [&["rewrap"][..], &["rewrap"], &["rewrap", "--header-only"]] {
        let (code, text) = bench.run(&[how, &["--add-key-id", "alias/other", "doc.sealed"]].concat());
        assert_eq!(code, 0, "{text}");
        assert_eq!(bench.keys(), [KEY_ARN, OTHER_ARN]);
        bench.opens_to(&document);
    }
}

#[test]
fn header_only_keeps_the_body_says_its_price_and_is_refused_twice() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    bench.kms.take_calls();
    let add = ["rewrap", "--header-only", "--add-key-id", "alias/other", "doc.sealed"];
    let (code, text) = bench.run(&add);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("can forge this message"), "{text}");
    assert_eq!(bench.asked(), calls(&[("Decrypt", KEY_ARN), ("Encrypt", "alias/other")]));
    assert_eq!(bench.keys(), [KEY_ARN, OTHER_ARN]);
    let after = fs::read(bench.path("doc.sealed")).unwrap();
    assert!(before[before.len() - 3_000_000..] == after[after.len() - 3_000_000..]);
    bench.opens_to(&document);
    let (code, text) = bench.run(&["rewrap", "--header-only", "--remove-key-id", KEY_ARN, "doc.sealed"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("--force"), "{text}");
    assert!(fs::read(bench.path("doc.sealed")).unwrap() == after);
    let forced = ["rewrap", "--header-only", "--force", "--remove-key-id", KEY_ARN, "doc.sealed"];
    assert_eq!(bench.run(&forced).0, 0);
    assert_eq!(bench.keys(), [OTHER_ARN]);
    bench.opens_to(&document);
}

/// The help and the manual have said the price; a script that asked for silence gets it, and the mark is set all the same.
#[test]
fn header_only_says_nothing_where_silence_was_asked_for() {
    let add = ["rewrap", "--header-only", "--add-key-id", "alias/other", "doc.sealed"];
    let bench = Bench::new();
    bench.seal_sample();
    assert_eq!(bench.run(&[&add[..], &["--quiet"]].concat()), (0, String::new()));
    let (code, text) = bench.run(&[&add[..], &["--quiet"]].concat());
    assert!(code == 2 && text.contains("was rewrapped before"), "{text}");
    let (code, text) = bench.run(&[&add[..], &["--force"]].concat());
    assert!(code == 0 && text.contains("can forge this message"), "the control: {text}");
}

/// A limit on file sizes stands for a full disk: the mark is set, and then the body is not copied.
#[test]
fn header_only_that_fails_is_not_counted() {
    let bench = Bench::new();
    let document = bench.seal_sample();
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    let add = ["rewrap", "--header-only", "--add-key-id", "alias/other", "doc.sealed"];
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"";
    let mut limited = Command::new("bash");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_strongroom")]).args(add);
    limited.current_dir(bench.folder.path()).env_clear();
    for (name, value) in bench.command(&[]).env("PATH", "/usr/bin:/bin").get_envs() {
        limited.env(name, value.unwrap());
    }
    let (code, _, text) = bench.run_with(&mut limited, b"");
    assert_eq!(code, 5, "{text}");
    assert!(fs::read(bench.path("doc.sealed")).unwrap() == before);
    let marks = bench.path(".local/state/strongroom/header-rewraps");
    assert_eq!(fs::read_dir(&marks).unwrap().count(), 0);
    let (code, text) = bench.run(&add);
    assert_eq!(code, 0, "{text}");
    assert_eq!(fs::read_dir(&marks).unwrap().count(), 1);
    bench.opens_to(&document);
}

/// The SDK prints the request of Encrypt, with the data key in it, into its error about the endpoint.
#[test]
fn an_endpoint_that_cannot_be_used_does_not_show_the_data_key() {
    let bench = Bench::new();
    fs::write(bench.path("doc"), b"x").unwrap();
    fs::write(bench.path("own"), "07".repeat(32)).unwrap();
    let own = ["--raw-aes-key", "ns:own:own"];
    assert_eq!(bench.run(&[&["seal"][..], &own, &["doc"]].concat()).0, 0);
    let rewrap = ["rewrap", "--header-only", "--add-key-id", "alias/other", "doc.sealed"];
    let mut command = bench.command(&[&rewrap[..], &own].concat());
    let (code, _, text) = bench.run_with(command.env("AWS_ENDPOINT_URL_KMS", "no-url"), b"");
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("Encrypt") && text.contains("no-url"), "{text}");
    assert!(!text.contains("Plaintext") && !text.contains("SdkBody"), "{text}");
}

#[test]
fn a_raw_key_that_only_opens_does_not_open_the_new_message() {
    for how in [&["rewrap"][..], &["rewrap", "--header-only"]] {
        let bench = Bench::new();
        fs::write(bench.path("doc"), b"x").unwrap();
        fs::write(bench.path("own"), "07".repeat(32)).unwrap();
        fs::write(bench.path("new"), "08".repeat(32)).unwrap();
        let (own, new) = (["--raw-aes-key", "ns:own:own"], ["--raw-aes-key", "ns:new:new"]);
        let opening = |key: &[&str]| bench.run(&[&["open", "--check", "doc.sealed"][..], key].concat()).0;
        assert_eq!(bench.run(&[&["seal", "--key-id", "alias/docs"][..], &own, &["doc"]].concat()).0, 0);
        assert_eq!(opening(&own), 0, "the control");
        let change = ["--old-raw-aes-key", "ns:own:own", "--add-key-id", "alias/other", "doc.sealed"];
        let (code, text) = bench.run(&[how, &change, &new].concat());
        assert_eq!(code, 0, "{text}");
        assert_eq!(opening(&own), 3, "it is taken away");
        assert_eq!((opening(&new), opening(&["--key-id", OTHER_ARN])), (0, 0));
        let (code, text) = bench.run(&[how, &change].concat());
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("ns:own: the message has no such key"), "{text}");
    }
}

#[test]
fn a_new_message_may_have_its_header_rewrapped_once_more() {
    let bench = Bench::new();
    bench.seal_sample();
    let header_only = ["rewrap", "--header-only", "--add-key-id", "alias/other", "doc.sealed"];
    assert_eq!(bench.run(&header_only).0, 0);
    assert_eq!(bench.run(&["rewrap", "--key-id", KEY_ARN, "doc.sealed"]).0, 0);
    assert_eq!(bench.run(&header_only).0, 0);
}

#[test]
fn a_denied_key_changes_nothing_and_leaves_no_mark() {
    let bench = Bench::new();
    bench.seal_sample();
    let before = fs::read(bench.path("doc.sealed")).unwrap();
    for how in [&["rewrap"][..], &["rewrap", "--header-only"]] {
        let (code, text) = bench.run(&[how, &["--add-key-id", "alias/denied", "doc.sealed"]].concat());
        assert_eq!(code, 3, "{text}");
        assert!(fs::read(bench.path("doc.sealed")).unwrap() == before);
    }
    let (code, text) = bench.run(&["rewrap", "--header-only", "--add-key-id", "alias/other", "doc.sealed"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn nothing_to_change_and_pipes_are_usage_errors() {
    let bench = Bench::new();
    bench.seal_sample();
    for arguments in [&["rewrap", "--header-only", "doc.sealed"][..], &["rewrap", "-"]] {
        assert_eq!(bench.run(arguments).0, 2, "{arguments:?}");
    }
}

/// When KMS is asked, the message was read and is not yet replaced.
#[test]
fn a_newer_document_that_took_the_place_of_the_message_meanwhile_stays() {
    let bench = Bench::new();
    bench.seal_sample();
    let [message, newer] = ["doc.sealed", "newer"].map(|name| bench.path(name));
    let sealed = fs::read(&message).unwrap();
    for how in [&["rewrap"][..], &["rewrap", "--header-only"]] {
        for meanwhile in [true, false] {
            fs::write(&message, &sealed).unwrap();
            fs::write(&newer, b"newer").unwrap();
            let (from, to) = (newer.clone(), message.clone());
            let gate = Gate::kept_by(bench.kms.url(), move |listener, kms, _| {
                for client in listener.incoming() {
                    if meanwhile {
                        let _ = fs::rename(&from, &to);
                    }
                    Gate::carry(&client.unwrap(), &TcpStream::connect(kms).unwrap());
                }
            });
            let mut rewrap = bench.command(&[how, &["--add-key-id", "alias/other", "doc.sealed"]].concat());
            // A mark of the first try, which did nothing, would be in the way of the control.
            rewrap.env("AWS_ENDPOINT_URL_KMS", &gate.url).env("HOME", bench.path(&meanwhile.to_string()));
            let (code, _, text) = bench.run_with(&mut rewrap, b"");
            assert_eq!(code, if meanwhile { 5 } else { 0 }, "{text}");
            assert_eq!(
                text.contains("doc.sealed was replaced or changed by somebody else"),
                meanwhile,
                "{text}"
            );
            assert_eq!(fs::read(&message).unwrap() == b"newer", meanwhile);
            let litter = fs::read_dir(bench.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
            assert_eq!(litter.filter(|name| name.to_string_lossy().starts_with(".strongroom-")).count(), 0);
        }
    }
}
