//! A worker whose random source fails answers nothing more: what waits for it ends the process (`process.rs`).

use super::*;
use crate::in_process::fresh_vault;
use crate::random::STUCK;
use std::thread::{self, JoinHandle};
use strongroom_types::SystemClock;
use strongroom_vault_protocol::encode_request;

/// A lane that is served by a thread of its own, whose kernel is stuck from the worker's start on, or is not.
fn served(stuck: bool) -> (UnixStream, JoinHandle<LaneEnd>) {
    let (front, lane) = UnixStream::pair().unwrap();
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
