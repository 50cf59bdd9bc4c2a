//! The client against scripted vaults.

use super::*;
use crate::{
    Command, HEADER_BYTES, LENGTH_BYTES, MemoryKind, RootRecord, decode_request, encode_reply, split_frame,
};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::io::{Read, Write};
use std::thread;

const HEALTH: Health = Health {
    opened: true,
    random_ok: true,
    memory: MemoryKind::Locked,
    cached_keys: 0,
    pkcs11: crate::Pkcs11State::NotConfigured,
    pkcs11_pin: crate::TokenPin { count_low: false, final_try: false, locked: false, to_be_changed: false },
};

/// Reads one request and gives its id.
fn read_request(socket: &mut UnixStream) -> Option<(u64, Command)> {
    let mut length = [0; LENGTH_BYTES];
    socket.read_exact(&mut length).ok()?;
    let mut content = vec![0; u32::from_le_bytes(length) as usize];
    socket.read_exact(&mut content).ok()?;
    let frame = decode_request(&content).unwrap();
    Some((frame.id, frame.request.command()))
}

fn answer(id: u64, command: Command) -> Vec<u8> {
    let reply = match command {
        Command::Health => Reply::Health(HEALTH),
        Command::Open => Reply::Done,
        _ => Reply::Blob(Vec::new()),
    };
    let mut out = Vec::new();
    encode_reply(&mut out, id, command, &Ok(reply)).unwrap();
    out
}

/// Answers every request.
fn serve(mut socket: UnixStream) {
    while let Some((id, command)) = read_request(&mut socket) {
        socket.write_all(&answer(id, command)).unwrap();
    }
}

async fn connected(client: &VaultClient) -> UnixStream {
    let (fast, vault) = UnixStream::pair().unwrap();
    let (slow, _) = UnixStream::pair().unwrap();
    client.connect(fast, slow, None).await.unwrap();
    vault
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_vault_is_unavailable_at_once() {
    assert_eq!(VaultClient::new().health().await, Err(VaultError::Unavailable));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_each_get_an_answer() {
    let client = VaultClient::new();
    let vault = connected(&client).await;
    let server = thread::spawn(|| serve(vault));
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.health().await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(HEALTH));
    }
    drop(client);
    server.join().unwrap();
}

/// Sockets by which the other end sees what is written apart: one read takes what one write sent, and loses what it has no
/// room for.
fn pair_of_messages() -> (UnixStream, UnixStream) {
    let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    let (near, far) = socketpair(family, kind, SocketFlags::CLOEXEC, None).unwrap();
    (near.into(), far.into())
}

/// Answers everything that one read gives with one write; how often that was.
fn serve_together(mut socket: UnixStream) -> usize {
    let (mut bytes, mut reads) = (vec![0; 1 << 17], 0);
    while let Ok(count @ 1..) = socket.read(&mut bytes) {
        reads += 1;
        let (mut rest, mut answers) = (&bytes[..count], Vec::new());
        while let Some((content, after)) = split_frame(rest).unwrap() {
            let frame = decode_request(content).unwrap();
            answers.extend(answer(frame.id, frame.request.command()));
            rest = after;
        }
        assert!(rest.is_empty(), "a write of the client has whole frames only");
        socket.write_all(&answers).unwrap();
    }
    reads
}

/// How often the client writes for so many calls, and reads too: all of them at once, or one after the other.
async fn writes_of(calls: usize, at_once: bool) -> usize {
    let client = VaultClient::new();
    let (fast, vault) = pair_of_messages();
    let (slow, _slow) = UnixStream::pair().unwrap();
    client.connect(fast, slow, None).await.unwrap();
    let server = thread::spawn(move || serve_together(vault));
    let mut waiting = Vec::new();
    for _ in 0..calls {
        let client = client.clone();
        let call = tokio::spawn(async move { client.health().await });
        if at_once {
            waiting.push(call);
        } else {
            assert_eq!(call.await.unwrap(), Ok(HEALTH));
        }
    }
    for call in waiting {
        assert_eq!(call.await.unwrap(), Ok(HEALTH));
    }
    drop(client);
    // The lane's tasks end on this thread, so it must not be blocked.
    tokio::task::spawn_blocking(move || server.join().unwrap()).await.unwrap()
}

/// On one thread, where everybody has a turn before anybody has another.
#[tokio::test]
async fn calls_at_once_are_written_and_read_together() {
    assert_eq!(writes_of(20, false).await, 20, "the control");
    let writes = writes_of(1000, true).await;
    assert!(writes < 10, "{writes}");
}

#[tokio::test(start_paused = true)]
async fn more_than_the_limit_in_flight_is_busy() {
    let client = VaultClient::new();
    let vault = connected(&client).await;
    let calls = (0..FAST_IN_FLIGHT_MAX).map(|_| client.health());
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await, Err(VaultError::TimedOut));
    }
    assert_eq!(client.health().await, Err(VaultError::Busy));
    assert_eq!(client.in_flight(), InFlight { fast: FAST_IN_FLIGHT_MAX, slow: 0 });
    drop(vault);
}

#[tokio::test(start_paused = true)]
async fn call_fails_after_its_deadline_and_before_an_eighth_more() {
    let deadline = Duration::from_secs(8);
    let client = VaultClient::with_deadline(deadline);
    let vault = connected(&client).await;
    for _ in 0..3 {
        let start = tokio::time::Instant::now();
        assert_eq!(client.health().await, Err(VaultError::TimedOut));
        let took = start.elapsed();
        assert!(deadline <= took && took <= deadline * 9 / 8 + Duration::from_millis(20), "{took:?}");
    }
    drop(vault);
}

#[tokio::test(start_paused = true)]
async fn late_answer_is_not_a_forgery() {
    let client = VaultClient::new();
    let mut vault = connected(&client).await;
    assert_eq!(client.health().await, Err(VaultError::TimedOut));
    tokio::time::resume();
    let (id, command) = read_request(&mut vault).unwrap();
    vault.write_all(&answer(id, command)).unwrap();
    let server = thread::spawn(|| serve(vault));
    assert_eq!(client.health().await, Ok(HEALTH));
    drop(client);
    // The lane's tasks end on this thread, so it must not be blocked.
    tokio::task::spawn_blocking(move || server.join().unwrap()).await.unwrap();
}

/// One call to a vault that answers with what `forge` makes of the right answer.
async fn outcome_of(
    forge: impl FnOnce(u64, Vec<u8>) -> Vec<u8> + Send + 'static,
) -> Result<Health, VaultError> {
    let client = VaultClient::new();
    let mut vault = connected(&client).await;
    let server = thread::spawn(move || {
        let (id, command) = read_request(&mut vault).unwrap();
        vault.write_all(&forge(id, answer(id, command))).unwrap();
        let mut rest = Vec::new();
        vault.read_to_end(&mut rest)
    });
    let outcome = client.health().await;
    drop(client);
    let _ = server.join().unwrap();
    outcome
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_answers_close_the_lane() {
    assert_eq!(outcome_of(|_, good| good).await, Ok(HEALTH));
    let unavailable = Err(VaultError::Unavailable);
    assert_eq!(outcome_of(|id, _| answer(id + 1, Command::Health)).await, unavailable);
    assert_eq!(outcome_of(|id, _| answer(id, Command::Open)).await, unavailable);
    assert_eq!(
        outcome_of(|_, mut good| {
            good[LENGTH_BYTES] = 9;
            good
        })
        .await,
        unavailable
    );
    assert_eq!(
        outcome_of(|_, mut good| {
            good[LENGTH_BYTES + HEADER_BYTES] = 9;
            good
        })
        .await,
        unavailable
    );
    assert_eq!(outcome_of(|_, _| u32::MAX.to_le_bytes().to_vec()).await, unavailable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_in_flight_fails_when_the_vault_dies_and_new_lanes_heal() {
    let client = VaultClient::new();
    let mut vault = connected(&client).await;
    let dying = thread::spawn(move || read_request(&mut vault).map(|_| ()));
    assert_eq!(client.health().await, Err(VaultError::Unavailable));
    dying.join().unwrap().unwrap();
    assert_eq!(client.health().await, Err(VaultError::Unavailable));
    let vault = connected(&client).await;
    let server = thread::spawn(|| serve(vault));
    assert_eq!(client.health().await, Ok(HEALTH));
    drop(client);
    server.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_in_flight_fails_when_lanes_are_swapped() {
    let client = VaultClient::new();
    let silent = connected(&client).await;
    let caller = client.clone();
    let call = tokio::spawn(async move { caller.health().await });
    while Arc::strong_count(&client.lanes.load_full().unwrap()) < 3 {
        tokio::task::yield_now().await;
    }
    let _second = connected(&client).await;
    assert_eq!(call.await.unwrap(), Err(VaultError::Unavailable));
    drop(silent);
}

fn keyring() -> Keyring {
    Keyring {
        cluster: ClusterId([1; 16]),
        keyring_number: 1,
        roots: vec![RootRecord::of_first_form(vec![1; 20]).unwrap()],
        domain_records: vec![(1, vec![2])],
        recovery: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vault_that_does_not_open_in_time_is_asked_again() {
    let client = VaultClient::with_deadline(Duration::from_millis(500));
    let (fast, mut vault) = UnixStream::pair().unwrap();
    let (slow, _slow) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || {
        // The first call is left without an answer.
        let calls = [read_request(&mut vault).unwrap(), read_request(&mut vault).unwrap()];
        assert_eq!(calls.map(|(_, command)| command), [Command::Open; 2]);
        let [_, (id, command)] = calls;
        vault.write_all(&answer(id, command)).unwrap();
        serve(vault);
    });
    client.connect(fast, slow, Some(&keyring())).await.unwrap();
    assert_eq!(client.health().await, Ok(HEALTH));
    drop(client);
    server.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keyring_is_opened_before_the_lanes_serve() {
    let client = VaultClient::new();
    let keyring = keyring();
    let (fast, mut vault) = UnixStream::pair().unwrap();
    let (slow, _slow) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || {
        let (id, command) = read_request(&mut vault).unwrap();
        assert_eq!(command, Command::Open);
        vault.write_all(&answer(id, command)).unwrap();
        serve(vault);
    });
    client.connect(fast, slow, Some(&keyring)).await.unwrap();
    assert_eq!(client.health().await, Ok(HEALTH));
    drop(client);
    server.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lanes_to_a_sealed_vault_are_kept_and_the_caller_is_told() {
    let client = VaultClient::new();
    let keyring = keyring();
    let (fast, mut vault) = UnixStream::pair().unwrap();
    let (slow, _slow) = UnixStream::pair().unwrap();
    let server = thread::spawn(move || {
        let (id, command) = read_request(&mut vault).unwrap();
        let mut sealed = Vec::new();
        encode_reply(&mut sealed, id, command, &Err(VaultError::Sealed)).unwrap();
        vault.write_all(&sealed).unwrap();
        serve(vault);
    });
    assert_eq!(client.connect(fast, slow, Some(&keyring)).await, Err(VaultError::Sealed));
    assert_eq!(client.health().await, Ok(HEALTH));
    drop(client);
    server.join().unwrap();
}
