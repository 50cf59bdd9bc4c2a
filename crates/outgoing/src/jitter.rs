//! Random bytes for the lengths of pauses.

use rustix::rand::{GetRandomFlags, getrandom};
use strongroom_types::Random;

/// The kernel's random bytes. Only pauses are made of them.
pub struct Jitter;

impl Random for Jitter {
    fn fill(&self, out: &mut [u8]) {
        // What is not filled makes a pause shorter, and nothing else.
        let _ = getrandom(out, GetRandomFlags::empty());
    }
}
