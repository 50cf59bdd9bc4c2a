//! Against a software TPM (Debian's `swtpm`), and against a recording of one: `vectors/exchange.txt`, commands (`>`) and answers
//! (`<`) of a sealing and an unsealing with random bytes that are all sevens. With
//! `STRONGROOM_RECORD` in the environment `listener_on_the_bus_does_not_see_the_key` makes it anew.

use crate::TpmError;
use crate::device::{Exchange, receive};
use crate::seal::Tpm;
use crate::sealed_key::SealedKey;
use crate::session::system_random;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const RECORDING: &str = include_str!("../vectors/exchange.txt");

/// The key of the recording.
const KEY: [u8; 32] = [0x5a; 32];

fn sevens(bytes: &mut [u8]) -> Result<(), TpmError> {
    bytes.fill(7);
    Ok(())
}

/// Commands and answers, in turn.
type Traffic = Arc<Mutex<Vec<Vec<u8>>>>;

/// What somebody on the bus makes of an answer.
type Alter = fn(&mut Vec<u8>);

/// A software TPM of its own, and what goes over the line to it.
struct Software {
    child: Child,
    line: UnixStream,
    traffic: Traffic,
    /// Changes the answer of the number.
    altered: Option<(usize, Alter)>,
}

impl Software {
    fn start(state: &Path) -> Self {
        // It listens already when the TPM is started, so that nobody has to wait for it.
        let socket = state.join("socket");
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).unwrap();
        let child = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
            .args(["--tpmstate", &format!("dir={}", state.display())])
            .args(["--server", "type=unixio,fd=0"])
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("swtpm is installed (.ci/run)");
        let line = UnixStream::connect(&socket).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { child, line, traffic: Traffic::default(), altered: None }
    }
}

impl Exchange for Software {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError> {
        self.line.write_all(command)?;
        let mut answer = receive(&mut self.line)?;
        let mut traffic = self.traffic.lock().unwrap();
        let number = traffic.len() / 2;
        traffic.extend([command.to_vec(), answer.clone()]);
        if let Some((_, alter)) = self.altered.filter(|(at, _)| *at == number) {
            alter(&mut answer);
        }
        Ok(answer)
    }
}

impl Drop for Software {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tpm(state: &Path) -> Tpm {
    Tpm::on(Box::new(Software::start(state)), system_random)
}

/// What makes the same random bytes each time, and the traffic.
fn recorded(state: &Path) -> (Tpm, Traffic) {
    let software = Software::start(state);
    let traffic = Arc::clone(&software.traffic);
    (Tpm::on(Box::new(software), sevens), traffic)
}

#[test]
fn sealed_key_comes_back_after_a_restart_and_from_no_other_tpm() {
    let (state, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = tpm(state.path());
    first.try_out().unwrap();
    let sealed = first.seal(&KEY).unwrap();
    // Nothing stays behind: there are three places for objects.
    for _ in 0..5 {
        assert_eq!(*first.unseal(&sealed).unwrap(), KEY);
    }
    drop(first);
    let sealed = SealedKey::parse(sealed.to_text().unwrap().as_bytes()).unwrap();
    assert_eq!(*tpm(state.path()).unseal(&sealed).unwrap(), KEY);
    let mut other = tpm(other.path());
    assert!(matches!(other.unseal(&sealed), Err(TpmError::Elsewhere)));
    // Whoever alters the file so that it names the other one does not get further.
    let foreign = other.seal(&[1; 32]).unwrap();
    let altered = SealedKey { storage_key: foreign.storage_key, ..sealed };
    assert!(matches!(other.unseal(&altered), Err(TpmError::Elsewhere)));
    assert_eq!(*other.unseal(&foreign).unwrap(), [1; 32]);
}

#[test]
fn listener_on_the_bus_does_not_see_the_key() {
    let state = tempfile::tempdir().unwrap();
    let (mut tpm, traffic) = recorded(state.path());
    let sealed = tpm.seal(&KEY).unwrap();
    tpm.unseal(&sealed).unwrap();
    let seen = |bytes: &[u8]| {
        traffic.lock().unwrap().iter().any(|one| one.windows(bytes.len()).any(|window| window == bytes))
    };
    assert!(seen(&sealed.private) && seen(&sealed.public), "positive control: what is not secret is seen");
    assert!(!seen(&KEY) && !seen(&KEY[..8]));
    if std::env::var_os("STRONGROOM_RECORD").is_some() {
        record(&traffic.lock().unwrap());
    }
}

fn record(traffic: &[Vec<u8>]) {
    let mut text = String::from(
        "# swtpm 0.7.1: one sealing (with its unsealing), one unsealing. See src/swtpm_tests.rs.\n",
    );
    for (number, bytes) in traffic.iter().enumerate() {
        let direction = if number % 2 == 0 { '>' } else { '<' };
        text.push_str(&format!("{direction} {}\n", const_hex::encode(bytes)));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/exchange.txt");
    std::fs::write(path, text).unwrap();
}

#[test]
fn answer_that_was_altered_on_the_bus_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let sealed = tpm(state.path()).seal(&KEY).unwrap();
    // CreatePrimary 0, StartAuthSession 1, Load 2, Unseal 3. The last byte is of the HMAC, byte 20 of what was unsealed.
    let last: Alter = |answer| {
        let last = answer.last_mut().unwrap();
        *last ^= 1;
    };
    let unsealed: Alter = |answer| answer[20] ^= 1;
    let nonce: Alter = |answer| answer[20] ^= 1;
    for (at, alter) in [(2, last), (3, last), (3, unsealed), (1, nonce)] {
        let mut software = Software::start(state.path());
        software.altered = Some((at, alter));
        let refused = Tpm::on(Box::new(software), system_random).unseal(&sealed).unwrap_err();
        // With another nonce both sides have another session key, and the TPM notices first.
        let found = matches!(refused, TpmError::NotAuthentic | TpmError::Refused { .. });
        assert!(found, "answer {at}: {refused}");
    }
    let mut software = Software::start(state.path());
    software.altered = Some((7, last));
    assert_eq!(*Tpm::on(Box::new(software), system_random).unseal(&sealed).unwrap(), KEY, "positive control");
}

/// Gives the answers of the recording to its commands, and to nothing else.
struct Replay(Vec<(Vec<u8>, Vec<u8>)>);

impl Replay {
    fn of_recording() -> Self {
        let lines = RECORDING.lines().filter(|line| !line.starts_with('#'));
        let bytes: Vec<_> = lines.map(|line| const_hex::decode(&line[2..]).unwrap()).collect();
        let mut turns: Vec<_> =
            bytes.chunks_exact(2).map(|turn| (turn[0].clone(), turn[1].clone())).collect();
        turns.reverse();
        Self(turns)
    }
}

impl Exchange for Replay {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, TpmError> {
        let (expected, answer) = self.0.pop().expect("no more was recorded");
        assert_eq!(const_hex::encode(command), const_hex::encode(expected));
        Ok(answer)
    }
}

#[test]
fn recorded_exchange_is_repeated_byte_by_byte() {
    let mut tpm = Tpm::on(Box::new(Replay::of_recording()), sevens);
    let sealed = tpm.seal(&KEY).unwrap();
    assert_eq!(*tpm.unseal(&sealed).unwrap(), KEY);
}

#[test]
fn recorded_answers_are_understood_whole_and_never_cut() {
    for (command, answer) in Replay::of_recording().0 {
        let code = u32::from_be_bytes(command[6..10].try_into().unwrap());
        let kind = crate::Command::ALL.into_iter().find(|kind| kind.code() == code).unwrap();
        assert!(crate::understands(kind, &answer), "{kind:?}");
        for end in 0..answer.len() {
            let mut cut = answer[..end].to_vec();
            assert!(!crate::understands(kind, &cut), "{kind:?} cut to {end}");
            if end >= 10 && kind != crate::Command::FlushContext {
                // The same with the size that it then has.
                cut[2..6].copy_from_slice(&u32::try_from(end).unwrap().to_be_bytes());
                assert!(!crate::understands(kind, &cut), "{kind:?} cut to {end}");
            }
        }
    }
}
