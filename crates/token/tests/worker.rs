//! The real token worker, confined, with a real SoftHSM, through its control socket and its line: the test binary runs
//! itself as the worker.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test crate

mod softhsm;

use rustix::process::{Pid, Signal, kill_process};
use softhsm::{LABEL, MODULE, PIN, SoftHsm, WITHOUT_HMAC};
use std::fs::{self, DirEntry};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ExitCode, Stdio};
use std::thread;
use std::time::Duration;
use strongroom_control::{Channel, ChannelError, FromTokenWorker, StartTokenWorker, ToTokenWorker};
use strongroom_token_protocol::{KeyLabel, Login, TokenClient, TokenError, Variant, prepare_line};

const KEY: KeyLabel = KeyLabel::Key([7; 16]);
const ROOT: KeyLabel = KeyLabel::Root([1; 16]);

/// The body of the worker; as a test of its own it does nothing.
#[test]
fn worker_child() {
    if std::env::var_os("TOKEN_WORKER").is_none() {
        return;
    }
    let control: OwnedFd = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    let code = strongroom_token::run(control);
    std::process::exit(i32::from(code != ExitCode::SUCCESS));
}

struct Worker {
    child: Child,
    control: Channel,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    fn spawn(hsm: &SoftHsm) -> Self {
        let (control, theirs) = UnixStream::pair().unwrap();
        let mut command = hsm.child("worker_child");
        command.env("TOKEN_WORKER", "1").stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null());
        Self { child: command.spawn().unwrap(), control: Channel::new(control) }
    }

    /// Starts it and connects the client; gives what it says first.
    fn start(
        hsm: &SoftHsm,
        client: &TokenClient,
        pin: &str,
        settings: StartTokenWorker,
    ) -> (Self, FromTokenWorker) {
        let worker = Self::spawn(hsm);
        let (mut writer, reader) = UnixStream::pair().unwrap();
        writer.write_all(pin.as_bytes()).unwrap();
        drop(writer);
        let (here, there) = line();
        let start = ToTokenWorker::Start(settings);
        worker.control.send(&start, &[reader.as_fd(), there.as_fd()]).unwrap();
        client.connect(here);
        let said = worker.said();
        (worker, said)
    }

    /// One that serves.
    fn ready(hsm: &SoftHsm, client: &TokenClient) -> Self {
        let (worker, said) = Self::start(hsm, client, PIN, settings());
        let FromTokenWorker::Ready(text) = &said else { panic!("{said:?}") };
        for part in [
            LABEL,
            "SoftHSM",
            "no-capabilities",
            "no-new-privileges",
            "no-core-files",
            "not-dumpable",
            "descriptors-closed",
        ] {
            assert!(text.contains(part), "{part} missing in: {text}");
        }
        worker
    }

    fn said(&self) -> FromTokenWorker {
        self.control.receive().unwrap().0
    }

    fn connect(&self, client: &TokenClient) {
        let (here, there) = line();
        self.control.send(&ToTokenWorker::Line, &[there.as_fd()]).unwrap();
        client.connect(here);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// A signal that stops is not waited for by whoever sends it: a thread on another core goes on for a moment.
    fn stop(&self) {
        self.signal(Signal::STOP);
        let tasks = format!("/proc/{}/task", self.child.id());
        let stopped = |task: io::Result<DirEntry>| {
            let status = fs::read_to_string(task.unwrap().path().join("stat")).unwrap();
            status.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
        };
        while !fs::read_dir(&tasks).unwrap().all(stopped) {
            thread::yield_now();
        }
    }
}

fn line() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    prepare_line(&here).unwrap();
    (here, there)
}

fn settings() -> StartTokenWorker {
    StartTokenWorker {
        module: PathBuf::from(MODULE),
        token_label: LABEL.to_owned(),
        token_serial: None,
        sessions: 4,
        paths: Vec::new(),
    }
}

fn derived(client: &TokenClient, key: KeyLabel) -> Vec<u8> {
    client.hmac(key, b"info").unwrap().expose().to_vec()
}

#[test]
fn worker_serves_many_callers_and_ends_with_its_supervisor() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let mut worker = Worker::ready(&hsm, &client);
    client.health().unwrap();
    assert_eq!(client.probe(ROOT).unwrap().variant, Variant::Derive);
    let root = derived(&client, ROOT);
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || (0..50).map(|_| derived(&client, ROOT)).collect::<Vec<_>>())
        })
        .collect();
    for call in calls {
        assert!(call.join().unwrap().iter().all(|blocks| *blocks == root));
    }

    client.generate_key(KEY).unwrap();
    assert_eq!(client.random(1_024).unwrap().len(), 1_024);
    assert_ne!(client.random(32).unwrap().expose(), client.random(32).unwrap().expose());
    assert_eq!(client.random(0).err(), Some(TokenError::BadRequest));
    assert_ne!(derived(&client, KEY), root);
    client.destroy_key(KEY).unwrap();
    for _ in 0..8 {
        assert_eq!(client.find_key(KEY), Err(TokenError::KeyNotFound));
    }
    let status = client.status().unwrap();
    assert_eq!((status.login, status.label.as_str(), status.sessions), (Login::In, LABEL, 4));
    assert!(status.mechanisms.iter().any(|name| name == "CKM_SHA256_HMAC"), "{status:?}");
    assert!(status.slots.iter().any(|slot| slot.serial == status.serial));

    // The vault was started again.
    worker.connect(&client);
    assert_eq!(derived(&client, ROOT), root);

    let (closed, _) = UnixStream::pair().unwrap();
    worker.control = Channel::new(closed);
    assert!(worker.child.wait().unwrap().success());
    assert_eq!(client.health(), Err(TokenError::Unavailable));
}

#[test]
fn key_destroyed_by_another_process_is_not_found() {
    let hsm = SoftHsm::new("");
    let (client, other) = (TokenClient::new(), TokenClient::new());
    let _worker = Worker::ready(&hsm, &client);
    client.generate_key(KEY).unwrap();
    let blocks = derived(&client, KEY);
    let _other_worker = Worker::ready(&hsm, &other);
    assert_eq!(derived(&other, KEY), blocks);
    other.destroy_key(KEY).unwrap();
    for _ in 0..8 {
        assert!(matches!(client.hmac(KEY, b"info"), Err(TokenError::KeyNotFound)));
    }
    client.health().unwrap();
}

#[test]
fn stopped_worker_times_out_once_then_fails_at_once_and_heals_by_a_new_line() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let worker = Worker::ready(&hsm, &client);
    client.generate_key(KEY).unwrap();
    let blocks = derived(&client, KEY);

    let impatient = TokenClient::with_deadline(Duration::from_millis(100));
    worker.connect(&impatient);
    worker.stop();
    assert_eq!(impatient.health(), Err(TokenError::TimedOut));
    assert_eq!(impatient.health(), Err(TokenError::Unavailable));
    assert!(!impatient.is_connected());

    // It was hung, not dead: going on, it takes a new line.
    worker.signal(Signal::CONT);
    worker.connect(&client);
    assert_eq!(derived(&client, KEY), blocks);

    // Killed while it hangs, and started again.
    worker.stop();
    drop(worker);
    assert_eq!(client.health(), Err(TokenError::Unavailable));
    let _worker = Worker::ready(&hsm, &client);
    assert_eq!(derived(&client, KEY), blocks);
}

#[test]
fn killed_worker_fails_every_call_in_flight_and_its_successor_finds_the_keys() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let mut worker = Worker::ready(&hsm, &client);
    client.generate_key(KEY).unwrap();
    let blocks = derived(&client, KEY);
    for _ in 0..3 {
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let (client, blocks) = (client.clone(), blocks.clone());
                thread::spawn(move || {
                    loop {
                        match client.hmac(KEY, b"info") {
                            Ok(answer) => assert_eq!(answer.expose()[..], blocks[..]),
                            Err(error) => return error,
                        }
                    }
                })
            })
            .collect();
        worker.signal(Signal::KILL);
        for call in calls {
            assert_eq!(call.join().unwrap(), TokenError::Unavailable);
        }
        assert_eq!(client.health(), Err(TokenError::Unavailable));
        worker = Worker::ready(&hsm, &client);
        assert_eq!(derived(&client, KEY), blocks);
    }
}

#[test]
fn token_that_goes_is_told_and_a_successor_serves_when_it_is_back() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let worker = Worker::ready(&hsm, &client);
    client.generate_key(KEY).unwrap();
    let blocks = derived(&client, KEY);

    hsm.take_away();
    assert!(matches!(client.hmac(KEY, b"info"), Err(TokenError::NotPresent)));
    assert!(matches!(worker.said(), FromTokenWorker::RestartNeeded(_)));
    assert_eq!(client.find_key(KEY), Err(TokenError::NotPresent));
    assert_eq!(client.status().unwrap().login, Login::Gone);
    drop(worker);

    // Started while it is away: this library does not even start then.
    let (mut worker, said) = Worker::start(&hsm, &client, PIN, settings());
    assert!(matches!(said, FromTokenWorker::Failed(_)), "{said:?}");
    assert!(!worker.child.wait().unwrap().success());
    assert_eq!(client.health(), Err(TokenError::Unavailable));
    hsm.bring_back();
    assert_eq!(client.health(), Err(TokenError::Unavailable));
    drop(worker);

    let _worker = Worker::ready(&hsm, &client);
    assert_eq!(derived(&client, KEY), blocks);
}

#[test]
fn wrong_pin_is_told_and_only_the_status_is_served() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let (worker, said) = Worker::start(&hsm, &client, "wrong-pin1", settings());
    assert!(matches!(said, FromTokenWorker::PinRefused(_)), "{said:?}");
    for _ in 0..8 {
        assert_eq!(client.health(), Err(TokenError::PinIncorrect));
    }
    let status = client.status().unwrap();
    assert!(status.login == Login::PinIncorrect && status.pin.count_low, "{status:?}");
    drop(worker);

    // The right one, with a line end behind it as from a file.
    let (_worker, said) = Worker::start(&hsm, &client, &format!("{PIN}\n"), settings());
    assert!(matches!(said, FromTokenWorker::Ready(_)), "{said:?}");
    client.health().unwrap();
    assert!(!client.status().unwrap().pin.count_low);
}

#[test]
fn token_of_another_label_or_serial_number_is_not_taken() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let worker = Worker::ready(&hsm, &client);
    let serial = client.status().unwrap().serial;
    drop(worker);
    let other_label = StartTokenWorker { token_label: "other".to_owned(), ..settings() };
    let other_serial = StartTokenWorker { token_serial: Some("0123456789abcdef".to_owned()), ..settings() };
    for other in [other_label, other_serial] {
        let (_worker, said) = Worker::start(&hsm, &client, PIN, other);
        assert!(matches!(said, FromTokenWorker::RestartNeeded(_)), "{said:?}");
        assert_eq!(client.health(), Err(TokenError::NotPresent));
        let status = client.status().unwrap();
        assert!(status.login == Login::Gone && status.slots.iter().any(|slot| slot.serial == serial));
    }
    let right = StartTokenWorker { token_serial: Some(serial), ..settings() };
    let (_worker, said) = Worker::start(&hsm, &client, PIN, right);
    assert!(matches!(said, FromTokenWorker::Ready(_)), "{said:?}");
}

#[test]
fn one_of_two_tokens_of_a_label_is_taken_by_its_serial_number_only() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let worker = Worker::ready(&hsm, &client);
    let first = client.status().unwrap().serial;
    drop(worker);
    hsm.add_token();
    let (_worker, said) = Worker::start(&hsm, &client, PIN, settings());
    let FromTokenWorker::Failed(text) = &said else { panic!("{said:?}") };
    assert!(text.contains(LABEL) && text.contains("--pkcs11-serial") && text.contains(&first), "{text}");
    let (_, serials) = text.split_once("serial numbers ").unwrap();
    let (serials, _) = serials.split_once(':').unwrap();
    let serials: Vec<&str> = serials.split(", ").collect();
    assert_eq!(serials.len(), 2, "{text}");
    for serial in serials {
        let wanted = StartTokenWorker { token_serial: Some(serial.to_owned()), ..settings() };
        let (_worker, said) = Worker::start(&hsm, &client, PIN, wanted);
        assert!(matches!(said, FromTokenWorker::Ready(_)), "{said:?}");
        assert_eq!(client.status().unwrap().serial, serial);
    }
}

#[test]
fn second_rung_serves_through_the_line() {
    let (hsm, client) = (SoftHsm::new(WITHOUT_HMAC), TokenClient::new());
    let _worker = Worker::ready(&hsm, &client);
    assert_eq!(client.probe(ROOT).unwrap().variant, Variant::Gcm);
    let sealed = client.encrypt(ROOT, b"aad", b"secret").unwrap();
    assert_eq!(client.decrypt(ROOT, &sealed, b"aad").unwrap().expose(), b"secret");
    assert!(matches!(client.decrypt(ROOT, &sealed, b"other"), Err(TokenError::Tampered)));
    client.health().unwrap();
}

#[test]
fn confined_library_opens_its_own_paths_and_nothing_else() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let own = StartTokenWorker { paths: vec![hsm.directory().to_owned()], ..settings() };
    let (worker, said) = Worker::start(&hsm, &client, PIN, own);
    let FromTokenWorker::Ready(text) = &said else { panic!("{said:?}") };
    assert!(text.contains("landlock") && !text.contains("landlock (no paths"), "{text}");
    client.generate_key(KEY).unwrap();
    // Of the child's threads only the test harness's own is older than the worker.
    let threads = std::fs::read_dir(format!("/proc/{}/task", worker.child.id())).unwrap();
    let statuses =
        threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap());
    let (confined, open): (Vec<_>, Vec<_>) = statuses.partition(|status| status.contains("NoNewPrivs:\t1"));
    assert!(confined.len() > 1 && open.len() == 1, "{open:?}");
    drop(worker);

    // The token's folder is not among them: the same library finds no token.
    let elsewhere = tempfile::tempdir().unwrap();
    let paths = vec![elsewhere.path().to_owned(), hsm.configuration()];
    let (_worker, said) = Worker::start(&hsm, &client, PIN, StartTokenWorker { paths, ..settings() });
    assert!(!matches!(said, FromTokenWorker::Ready(_)), "{said:?}");
}

#[test]
fn bad_frame_closes_the_line_and_the_next_line_is_served() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let worker = Worker::ready(&hsm, &client);
    // Too long, too short, and a request of a command that is none.
    let no_command = [&12u32.to_le_bytes()[..], &[1, 99, 0, 0], &[0; 8]].concat();
    for bad in [&[0xff; 16][..], &[0; 16][..], &no_command[..]] {
        let (mut here, there) = UnixStream::pair().unwrap();
        worker.control.send(&ToTokenWorker::Line, &[there.as_fd()]).unwrap();
        drop(there);
        here.write_all(bad).unwrap();
        assert!(matches!(here.read(&mut [0]), Ok(0) | Err(_)));
    }
    worker.connect(&client);
    client.health().unwrap();
}

#[test]
fn library_that_is_none_and_a_bad_start_end_the_process() {
    let (hsm, client) = (SoftHsm::new(""), TokenClient::new());
    let missing = StartTokenWorker { module: hsm.directory().join("none.so"), ..settings() };
    let not_a_library = StartTokenWorker { module: hsm.configuration(), ..settings() };
    let no_sessions = StartTokenWorker { sessions: 0, ..settings() };
    for (start, why) in
        [(missing, "cannot be read"), (not_a_library, "does not start"), (no_sessions, "sessions")]
    {
        let (mut worker, said) = Worker::start(&hsm, &client, PIN, start);
        let FromTokenWorker::Failed(text) = &said else { panic!("{said:?}") };
        assert!(text.contains(why), "{text}");
        assert!(!worker.child.wait().unwrap().success());
    }
    let (mut worker, said) = Worker::start(&hsm, &client, "", settings());
    assert!(matches!(said, FromTokenWorker::Failed(_)), "{said:?}");
    assert!(!worker.child.wait().unwrap().success());

    // No line, no PIN.
    let worker = Worker::spawn(&hsm);
    worker.control.send(&ToTokenWorker::Start(settings()), &[]).unwrap();
    assert!(matches!(worker.said(), FromTokenWorker::Failed(_)));
    assert!(matches!(worker.control.receive::<FromTokenWorker>(), Err(ChannelError::Closed)));
}
