//! `column`: lines in, lines out, and how many calls that takes.

use super::Bench;
use std::fs;
use std::net::TcpListener;

const BOUND: [&str; 6] = ["--table", "notes", "--column", "body", "--tenant", "a"];

impl Bench {
    /// Runs a filter over lines; gives exit code, lines and standard error.
    fn filter(&self, how: &str, more: &[&str], lines: &[String]) -> (i32, Vec<String>, String) {
        let arguments = [&["column", how][..], &BOUND, more].concat();
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let (code, out, text) = self.run_with(&mut self.command(&arguments), input.as_bytes());
        (code, String::from_utf8(out).unwrap().lines().map(str::to_owned).collect(), text)
    }

    fn sealed(&self, more: &[&str], lines: &[String]) -> Vec<String> {
        let (code, sealed, text) =
            self.filter("seal", &[&["--key-id", "alias/docs"][..], more].concat(), lines);
        assert_eq!((code, sealed.len()), (0, lines.len()), "{text}");
        sealed
    }
}

fn rows(count: u32) -> Vec<String> {
    (0..count).map(|row| format!("{row}\t{:08x}", row * 7)).collect()
}

#[test]
fn three_thousand_values_take_one_call_each_way() {
    let bench = Bench::new();
    let rows = rows(3_000);
    let sealed = bench.sealed(&[], &rows);
    assert_eq!(bench.kms.take_calls().len(), 1);
    assert!(!sealed.concat().contains("6e6f746573"), "required pairs, here notes in hex, are not stored");
    let (code, opened, text) = bench.filter("open", &[], &sealed);
    assert_eq!(code, 0, "{text}");
    assert!(opened == rows);
    let calls = bench.kms.take_calls();
    assert_eq!(calls.len(), 1);
    let context = serde_json::json!({"table": "notes", "column": "body", "tenant": "a"});
    assert_eq!(calls[0].2["EncryptionContext"], context);
}

#[test]
fn a_value_in_another_row_is_found_and_the_others_are_opened() {
    let bench = Bench::new();
    let mut sealed = bench.sealed(&[], &rows(3));
    let (_, moved) = sealed[0].split_once('\t').unwrap();
    sealed[1] = format!("1\t{moved}");
    let (code, opened, text) = bench.filter("open", &[], &sealed);
    assert_eq!((code, opened), (4, vec![rows(3)[0].clone(), rows(3)[2].clone()]), "{text}");
    assert!(text.contains("line 2, row \"1\""), "{text}");
}

#[test]
fn a_row_bound_by_the_context_takes_a_call_each() {
    let bench = Bench::new();
    let sealed = bench.sealed(&["--bind-row"], &rows(3));
    let calls = bench.kms.take_calls();
    let mut asked: Vec<_> = calls.iter().map(|call| call.2["EncryptionContext"]["row"].to_string()).collect();
    asked.sort();
    assert_eq!(asked, ["\"0\"", "\"1\"", "\"2\""], "side by side, in any order");
    let (code, opened, text) = bench.filter("open", &["--bind-row"], &sealed);
    assert_eq!((code, opened), (0, rows(3)), "{text}");
    assert_eq!(bench.kms.take_calls().len(), 3);
    let (_, moved) = sealed[0].split_once('\t').unwrap();
    let (code, opened, text) = bench.filter("open", &["--bind-row"], &[format!("1\t{moved}")]);
    assert_eq!((code, opened.len()), (4, 0), "{text}");
}

#[test]
fn resealing_gives_old_and_new_and_leaves_out_what_is_done() {
    let bench = Bench::new();
    let sealed = bench.sealed(&[], &rows(3));
    let other = super::fake_kms::OTHER_ARN;
    let (code, pairs, text) = bench.filter("reseal", &["--key-id", other], &sealed);
    assert_eq!((code, pairs.len()), (0, 3), "{text}");
    let mut renewed = Vec::new();
    for (pair, old) in pairs.iter().zip(&sealed) {
        let [row, before, after] = pair.split('\t').collect::<Vec<_>>()[..] else { panic!("{pair}") };
        assert_eq!(format!("{row}\t{before}"), *old);
        renewed.push(format!("{row}\t{after}"));
    }
    assert_eq!(bench.filter("open", &[], &renewed).1, rows(3));
    let (code, pairs, text) = bench.filter("reseal", &["--key-id", other], &renewed);
    assert_eq!((code, pairs.len()), (0, 0), "{text}");
}

/// Without an account in the environment nothing but the flag says what may open, and `--key-id` is the new key.
#[test]
fn the_old_key_is_said_by_a_flag_of_its_own() {
    let bench = Bench::new();
    let sealed = bench.sealed(&[], &rows(3)).iter().map(|line| format!("{line}\n")).collect::<String>();
    let (old, other) = (super::fake_kms::KEY_ARN, super::fake_kms::OTHER_ARN);
    let reseal = |more: &[&str]| {
        let arguments = [&["column", "reseal"][..], &BOUND, &["--key-id", other], more].concat();
        let mut command = bench.command(&arguments);
        let (code, out, text) = bench.run_with(command.env_remove("AWS_ACCOUNT_ID"), sealed.as_bytes());
        (code, String::from_utf8(out).unwrap().lines().count(), text)
    };
    let (code, lines, text) = reseal(&[]);
    assert_eq!((code, lines), (3, 0), "{text}");
    assert!(text.contains("--old-key-id"), "{text}");
    let (code, lines, text) = reseal(&["--old-key-id", other]);
    assert_eq!((code, lines), (3, 0), "{text}");
    let (code, lines, text) = reseal(&["--old-key-id", old]);
    assert_eq!((code, lines), (0, 3), "{text}");
}

/// The message is no value of the column, so it opens by neither flag: what differs is how far that comes.
#[test]
fn how_many_data_keys_a_value_may_have_is_said_by_the_flag_that_is_hinted_at() {
    let bench = Bench::new();
    fs::write(bench.path("doc"), b"x").unwrap();
    fs::write(bench.path("own"), "07".repeat(32)).unwrap();
    let seal = ["seal", "--key-id", "alias/docs", "--raw-aes-key", "ns:own:own", "doc"];
    assert_eq!(bench.run(&seal).0, 0);
    let message = fs::read(bench.path("doc.sealed")).unwrap();
    let digits: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = [format!("0\t{digits}")];
    for how in ["open", "reseal"] {
        let limited = |max: &str| {
            let flags = ["--key-id", super::fake_kms::OTHER_ARN, "--max-encrypted-data-keys", max];
            bench.filter(how, &flags, &lines)
        };
        let (code, _, text) = limited("1");
        assert_eq!(code, 4, "{text}");
        assert!(text.contains("--max-encrypted-data-keys 2 takes it"), "{text}");
        let (code, _, text) = limited("2");
        assert!(code != 0 && !text.contains("--max-encrypted-data-keys"), "{code} {text}");
    }
}

#[test]
fn an_alias_is_refused_to_reseal_to() {
    let bench = Bench::new();
    let sealed = bench.sealed(&[], &rows(1));
    bench.kms.take_calls();
    let (code, pairs, text) = bench.filter("reseal", &["--key-id", "alias/docs"], &sealed);
    assert_eq!((code, pairs.len(), bench.kms.take_calls().len()), (2, 0, 0), "{text}");
    assert!(text.contains("reseal needs the key's ARN or id"), "{text}");
}

#[test]
fn a_line_that_is_none_is_named_and_the_others_are_sealed() {
    let bench = Bench::new();
    let rows_of = |out: &[u8]| -> Vec<String> {
        let text = std::str::from_utf8(out).unwrap();
        text.lines().map(|line| line.split_once('\t').unwrap().0.to_owned()).collect()
    };
    let arguments = [&["column", "seal"][..], &BOUND, &["--key-id", "alias/docs"]].concat();
    let sealed = |input: &[u8]| bench.run_with(&mut bench.command(&arguments), input);
    let (code, out, text) = sealed(b"0\t00\nno tab\n1\t01\n\xff\t02\n2\t02\n");
    assert_eq!((code, rows_of(&out)), (2, vec!["0".to_owned(), "1".to_owned(), "2".to_owned()]), "{text}");
    assert!(text.contains("line 2 is not ROW, a tab, and a value in hex"), "{text}");
    assert!(text.contains("line 4 is not UTF-8"), "{text}");
    // As many as are read at a time, all of them none.
    let (code, out, text) = sealed(["no tab\n".repeat(1_024).as_str(), "7\t00\n"].concat().as_bytes());
    assert_eq!((code, rows_of(&out)), (2, vec!["7".to_owned()]), "{text}");
    let (code, out, text) = sealed(b"0\t00\n");
    assert_eq!((code, rows_of(&out), text.as_str()), (0, vec!["0".to_owned()], ""), "the control");
}

#[test]
fn a_kms_that_is_not_there_is_said_once() {
    let bench = Bench::new();
    let sealed = bench.sealed(&[], &rows(3)).join("\n");
    // A port that nobody listens on: bound, and given back.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = bench.command(&[&["column", "open"][..], &BOUND].concat());
    command.env("AWS_ENDPOINT_URL_KMS", format!("https://127.0.0.1:{port}"));
    let (code, out, text) = bench.run_with(&mut command, sealed.as_bytes());
    assert_eq!((code, out.len()), (3, 0), "{text}");
    assert!(text.contains("line 1, row \"0\": cannot call KMS Decrypt"), "{text}");
    assert_eq!(text.matches("cannot call KMS").count(), 1, "{text}");
}
