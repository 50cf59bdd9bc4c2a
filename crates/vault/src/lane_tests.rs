//! Frames that came at once are answered at once; and a worker whose random source fails answers nothing more: what waits for
//! it ends the process (`process.rs`).

use super::*;
use crate::in_process::fresh_vault;
use crate::random::STUCK;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::thread::{self, JoinHandle};
use strongroom_types::SystemClock;
use strongroom_vault_protocol::encode_request;

/// A lane that is served by a thread of its own, whose kernel is stuck from the worker's start on, or is not.
fn served(stuck: bool) -> (UnixStream, JoinHandle<LaneEnd>) {
    served_over(UnixStream::pair().unwrap(), stuck)
}

fn served_over(sockets: (UnixStream, UnixStream), stuck: bool) -> (UnixStream, JoinHandle<LaneEnd>) {
    let (front, lane) = sockets;
    let serving = thread::spawn(move || {
        let vault = fresh_vault(Box::new(SystemClock), None).unwrap();
        let mut worker = Worker::start(vault).unwrap();
        STUCK.set(stuck);
        serve(&mut worker, lane)
    });
    (front, serving)
}

/// Asks for random bytes; whether there was an answer.
fn is_answered(front: &mut UnixStream, id: u64) -> bool {
    let mut request = Vec::new();
    encode_request(&mut request, id, &Request::Random(32)).unwrap();
    let mut answer = [0; 256];
    front.write_all(&request).is_ok() && front.read(&mut answer).is_ok_and(|bytes| bytes > 0)
}

#[test]
fn stuck_kernel_ends_the_lane_at_the_first_draw_that_repeats() {
    let (mut front, serving) = served(true);
    assert!(is_answered(&mut front, 1), "its first draw is like no earlier one");
    assert!(!is_answered(&mut front, 2));
    assert_eq!(serving.join().unwrap(), LaneEnd::RandomFailed);
}

#[test]
fn good_kernel_is_drawn_from_until_the_front_goes() {
    let (mut front, serving) = served(false);
    assert!((1..100).all(|id| is_answered(&mut front, id)), "the control");
    drop(front);
    assert_eq!(serving.join().unwrap(), LaneEnd::Closed);
}

#[test]
fn worker_does_not_start_on_a_stuck_kernel() {
    let vault = fresh_vault(Box::new(SystemClock), None).unwrap();
    assert!(Worker::start(vault.clone()).is_ok(), "the control");
    STUCK.set(true);
    let started = Worker::start(vault);
    STUCK.set(false);
    assert!(started.is_err());
}

/// Sockets by which the other end sees what is written apart: one read takes what one write sent, and loses what it has no
/// room for.
fn pair_of_messages() -> (UnixStream, UnixStream) {
    let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    let (front, lane) = socketpair(family, kind, SocketFlags::CLOEXEC, None).unwrap();
    (front.into(), lane.into())
}

/// How many answers come with the next read.
fn answers_together(front: &mut UnixStream) -> usize {
    let mut bytes = vec![0; 1 << 18];
    let count = front.read(&mut bytes).unwrap();
    let (mut rest, mut answers) = (&bytes[..count], 0);
    while let Some((_, after)) = split_frame(rest).unwrap() {
        answers += 1;
        rest = after;
    }
    answers
}

#[test]
fn frames_that_came_at_once_are_read_and_answered_together() {
    let (mut front, serving) = served_over(pair_of_messages(), false);
    let requests = |ids: std::ops::Range<u64>| {
        let mut frames = Vec::new();
        for id in ids {
            encode_request(&mut frames, id, &Request::Random(32)).unwrap();
        }
        frames
    };
    for id in 0..2 {
        front.write_all(&requests(id..id + 1)).unwrap();
    }
    let apart = [answers_together(&mut front), answers_together(&mut front)];
    assert_eq!(apart, [1, 1], "the control");
    front.write_all(&requests(2..1002)).unwrap();
    assert_eq!(answers_together(&mut front), 1000);
    drop(front);
    assert_eq!(serving.join().unwrap(), LaneEnd::Closed);
}
