//! Damaged messages of every suite: nothing under the final name, the file that was there stays, and a pipe gets whole
//! verified frames only.

use super::Bench;
use std::fs;
use std::ops::Range;

/// Every suite, and whether it signs.
const SUITES: [(&str, bool); 11] = [
    ("0014", false),
    ("0046", false),
    ("0078", false),
    ("0114", false),
    ("0146", false),
    ("0178", false),
    ("0214", true),
    ("0346", true),
    ("0378", true),
    ("0478", false),
    ("0578", true),
];

const MIB: usize = 1 << 20;
const KEY: [&str; 2] = ["--raw-aes-key", "ns:name:key"];
const READ_ALL: [&str; 2] = ["--commitment-policy", "require-encrypt-allow-decrypt"];

impl Bench {
    /// Two regular frames and a short final one; gives the message.
    fn seal_in_suite(&self, suite: &str) -> Vec<u8> {
        let policy = if matches!(suite, "0478" | "0578") {
            "require-encrypt-require-decrypt"
        } else {
            "forbid-encrypt-allow-decrypt"
        };
        let seal = ["seal", "-q", "--force", "--suite", suite, "--commitment-policy", policy, "doc"];
        let (code, text) = self.run(&[&seal[..], &KEY].concat());
        assert_eq!(code, 0, "{suite}: {text}");
        fs::read(self.path("doc.sealed")).unwrap()
    }

    /// Opens `message`; gives the exit code, standard output and what was said.
    fn open_message(&self, message: &[u8], arguments: &[&str]) -> (i32, Vec<u8>, String) {
        fs::write(self.path("m.sealed"), message).unwrap();
        let arguments = [&["open", "-q", "m.sealed"][..], &KEY, &READ_ALL, arguments].concat();
        self.run_with(&mut self.command(&arguments), b"")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Where the first frame begins: its number and its IV, which is the number again.
fn first_frame(message: &[u8]) -> usize {
    let start = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    message.windows(start.len()).position(|window| window == start).unwrap()
}

fn flipped(message: &[u8], at: usize) -> Vec<u8> {
    let mut message = message.to_vec();
    message[at] ^= 1;
    message
}

fn without(message: &[u8], range: Range<usize>) -> Vec<u8> {
    [&message[..range.start], &message[range.end..]].concat()
}

/// One of each kind; which frame is meant counts from one.
fn damaged(message: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let (first, frame, bytes) = (first_frame(message), MIB + 32, message.len());
    let (one, two) = (&message[first..first + frame], &message[first + frame..first + 2 * frame]);
    vec![
        ("message id flipped", flipped(message, 6)),
        ("header tag flipped", flipped(message, first - 1)),
        ("frame 1 flipped", flipped(message, first + 500)),
        ("frame 2 flipped", flipped(message, first + frame + 500)),
        ("last byte flipped", flipped(message, bytes - 1)),
        ("frame 1 dropped", without(message, first..first + frame)),
        ("frame 2 dropped", without(message, first + frame..first + 2 * frame)),
        ("final frame dropped", message[..first + 2 * frame].to_vec()),
        ("frame 1 twice", [&message[..first + frame], &message[first..]].concat()),
        ("frames swapped", [&message[..first], two, one, &message[first + 2 * frame..]].concat()),
        ("cut in the header", message[..first - 1].to_vec()),
        ("cut in frame 2", message[..first + frame + 9].to_vec()),
        ("cut at the end", message[..bytes - 1].to_vec()),
        ("a byte more", [message, &[0]].concat()),
    ]
}

#[test]
fn a_damaged_message_of_any_suite_leaves_no_output() {
    let bench = Bench::new();
    let document: Vec<u8> = (0..2 * MIB + 5).map(|i| (i >> 7) as u8).collect();
    fs::write(bench.path("doc"), &document).unwrap();
    fs::write(bench.path("key"), "07".repeat(32)).unwrap();
    fs::write(bench.path("kept"), "before").unwrap();
    for (suite, signs) in SUITES {
        let message = bench.seal_in_suite(suite);
        let (code, _, text) = bench.open_message(&message, &["-o", "back"]);
        assert_eq!(code, 0, "{suite}: {text}");
        assert!(fs::read(bench.path("back")).unwrap() == document, "{suite}");
        fs::remove_file(bench.path("back")).unwrap();
        let before = bench.names();
        for (what, message) in damaged(&message) {
            let (code, _, text) = bench.open_message(&message, &["-o", "out"]);
            assert_eq!((code, bench.names() == before), (4, true), "{suite}, {what}: {text}");
            let (code, _, _) = bench.open_message(&message, &["-o", "kept", "--force"]);
            assert_eq!((code, bench.names() == before), (4, true), "{suite}, {what}, --force");
            assert_eq!(fs::read(bench.path("kept")).unwrap(), b"before", "{suite}, {what}");
            let unverified: &[&str] = if signs { &["--release-unverified"] } else { &[] };
            let (code, out, _) = bench.open_message(&message, &[&["-o", "-"][..], unverified].concat());
            assert_eq!((code, out.len() % MIB), (4, 0), "{suite}, {what}: {} bytes came out", out.len());
            assert!(out.len() < document.len() && document.starts_with(&out), "{suite}, {what}");
        }
    }
    assert!(bench.kms.take_calls().is_empty());
}
