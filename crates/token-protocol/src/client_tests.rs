//! The client against a worker that answers late, wrongly, or not at all.

use super::*;
use crate::{FRAME_BYTES_MAX, LENGTH_BYTES, decode_request, encode_reply};
use std::sync::mpsc;
use std::thread;

const KEY: KeyLabel = KeyLabel::Root([7; 16]);

/// A client with a deadline, and the worker's end of its line.
fn pair(deadline: Duration) -> (TokenClient, UnixStream) {
    let client = TokenClient::with_deadline(deadline);
    let there = reconnect(&client);
    (client, there)
}

fn reconnect(client: &TokenClient) -> UnixStream {
    let (here, there) = UnixStream::pair().unwrap();
    prepare_line(&here).unwrap();
    client.connect(here);
    there
}

/// Reads one request: its id, and its info if it is a derivation.
fn next_request(socket: &mut UnixStream) -> (u64, Command, Vec<u8>) {
    let mut length = [0; LENGTH_BYTES];
    socket.read_exact(&mut length).unwrap();
    let mut content = vec![0; u32::from_le_bytes(length) as usize];
    socket.read_exact(&mut content).unwrap();
    let frame = decode_request(&content).unwrap();
    let info = if let Request::Hmac { info, .. } = frame.request { info.to_vec() } else { Vec::new() };
    (frame.id, frame.request.command(), info)
}

fn blocks_of(byte: u8) -> Reply {
    Reply::Blocks(Blocks::new(Zeroizing::new([byte; 64])))
}

fn answer(socket: &mut UnixStream, id: u64, command: Command, outcome: &Outcome) {
    let mut bytes = Vec::new();
    encode_reply(&mut bytes, id, command, outcome).unwrap();
    socket.write_all(&bytes).unwrap();
}

#[test]
fn answers_in_another_order_reach_their_callers() {
    let (client, mut worker) = pair(DEADLINE_DEFAULT);
    let calls: Vec<_> = (1..=8u8)
        .map(|byte| {
            let client = client.clone();
            thread::spawn(move || client.hmac(KEY, &[byte]).map(|blocks| (byte, blocks.expose()[0])))
        })
        .collect();
    let mut requests: Vec<_> = (0..8).map(|_| next_request(&mut worker)).collect();
    requests.reverse();
    for (id, command, info) in requests {
        answer(&mut worker, id, command, &Ok(blocks_of(info[0])));
    }
    for call in calls {
        let (asked, got) = call.join().unwrap().unwrap();
        assert_eq!(asked, got);
    }
    assert!(client.is_connected());
}

#[test]
fn silent_worker_times_out_once_and_later_calls_fail_at_once() {
    let (client, worker) = pair(Duration::from_millis(1));
    assert_eq!(client.health(), Err(TokenError::TimedOut));
    assert!(!client.is_connected());
    assert_eq!(client.health(), Err(TokenError::Unavailable));
    drop(worker);

    // A new line heals it.
    let client = TokenClient::new();
    let mut worker = reconnect(&client);
    let call = thread::spawn({
        let client = client.clone();
        move || client.health()
    });
    let (id, command, _) = next_request(&mut worker);
    answer(&mut worker, id, command, &Ok(Reply::Done));
    assert_eq!(call.join().unwrap(), Ok(()));
}

#[test]
fn dead_worker_fails_calls_in_flight_and_later_ones() {
    let (client, mut worker) = pair(DEADLINE_DEFAULT);
    let call = thread::spawn({
        let client = client.clone();
        move || client.health()
    });
    next_request(&mut worker);
    drop(worker);
    assert_eq!(call.join().unwrap(), Err(TokenError::Unavailable));
    assert_eq!(client.health(), Err(TokenError::Unavailable));
}

#[test]
fn call_in_flight_fails_when_the_line_is_replaced() {
    let (client, mut worker) = pair(DEADLINE_DEFAULT);
    let call = thread::spawn({
        let client = client.clone();
        move || client.health()
    });
    next_request(&mut worker);
    let _next = reconnect(&client);
    assert_eq!(call.join().unwrap(), Err(TokenError::Unavailable));
    assert!(client.is_connected());
}

#[test]
fn reply_of_another_command_unknown_id_or_no_frame_closes_the_line() {
    let wrong: [fn(u64) -> (u64, Command); 2] =
        [|id| (id + 1, Command::Health), |id| (id, Command::DestroyKey)];
    for wrong in wrong {
        let (client, mut worker) = pair(DEADLINE_DEFAULT);
        let (sender, outcome) = mpsc::channel();
        let caller = client.clone();
        thread::spawn(move || sender.send(caller.health()));
        let (id, command) = wrong(next_request(&mut worker).0);
        answer(&mut worker, id, command, &Ok(Reply::Done));
        assert_eq!(outcome.recv().unwrap(), Err(TokenError::Unavailable));
        assert!(!client.is_connected());
    }
    let (client, mut worker) = pair(DEADLINE_DEFAULT);
    worker.write_all(&[0xff; 16]).unwrap();
    assert_eq!(client.health(), Err(TokenError::Unavailable));
}

#[test]
fn error_with_its_text_arrives() {
    let (client, mut worker) = pair(DEADLINE_DEFAULT);
    let call = thread::spawn({
        let client = client.clone();
        move || client.find_key(KEY)
    });
    let (id, command, _) = next_request(&mut worker);
    let failed = TokenError::Failed("CKR_DEVICE_ERROR".to_owned());
    answer(&mut worker, id, command, &Err(failed.clone()));
    assert_eq!(call.join().unwrap(), Err(failed));
    assert!(client.is_connected());
}

#[test]
fn calls_in_flight_are_bounded() {
    let (here, _there) = UnixStream::pair().unwrap();
    let line = Line::new(here, SILENCE_MAX);
    for _ in 0..IN_FLIGHT_MAX {
        lock(&line.state).enter(Command::Health).unwrap();
    }
    assert!(matches!(line.call(&Request::Health, DEADLINE_DEFAULT, SILENCE_MAX), Err(TokenError::Busy)));
    lock(&line.state).calls.remove(&1);
    assert!(lock(&line.state).enter(Command::Health).is_ok());
}

#[test]
fn request_too_long_is_refused_and_the_line_stays() {
    let (client, _worker) = pair(DEADLINE_DEFAULT);
    assert!(matches!(client.hmac(KEY, &vec![0; FRAME_BYTES_MAX]), Err(TokenError::BadRequest)));
    assert!(client.is_connected());
}

#[test]
fn look_gives_up_on_a_silent_worker_and_waits_for_a_busy_one() {
    let now = Instant::now();
    let patience = Patience { until: now + DEADLINE_DEFAULT, silent_until: now + SILENCE_MAX, heard: 7 };
    let mut state = State { next_id: 1, calls: HashMap::new(), closed: false, heard: 7, buffer: None };
    assert_eq!(patience.end(&state), now + SILENCE_MAX);
    state.heard += 1;
    assert_eq!(patience.end(&state), now + DEADLINE_DEFAULT);

    let (client, mut worker) = pair(DEADLINE_DEFAULT);
    let call = thread::spawn({
        let client = client.clone();
        move || client.look()
    });
    let (id, command, _) = next_request(&mut worker);
    answer(&mut worker, id, command, &Ok(Reply::Done));
    assert_eq!(call.join().unwrap(), Ok(()));
    assert_eq!(client.silence(), SILENCE_MAX);
    let (here, _there) = UnixStream::pair().unwrap();
    client.connect_patiently(here, Duration::from_secs(3));
    assert_eq!(client.silence(), Duration::from_secs(3), "as the line has it");
    let (client, worker) = pair(Duration::from_millis(1));
    assert_eq!(client.look(), Err(TokenError::TimedOut), "never longer than the client's own deadline");
    drop(worker);
}
