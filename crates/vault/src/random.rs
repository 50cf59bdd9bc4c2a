//! The kernel's random bytes, and the mixed source of a worker.

use rustix::rand::{GetRandomFlags, getrandom};
use strongroom_crypto::{CryptoError, DrbgRandom, MixedRandom, Random};

/// `getrandom(2)`: it knows of a cloned machine when the library does not.
pub(crate) struct KernelRandom;

#[cfg(test)]
thread_local! {
    /// Whether the kernel gives this thread the same bytes for ever.
    pub(crate) static STUCK: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

impl Random for KernelRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        #[cfg(test)]
        if STUCK.get() {
            out.iter_mut().enumerate().for_each(|(place, byte)| *byte = place as u8);
            return Ok(());
        }
        let mut filled = 0;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match getrandom(rest, GetRandomFlags::empty()) {
                Ok(count) => filled += count,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Err(CryptoError::RandomFailed),
            }
        }
        Ok(())
    }
}

/// What a worker draws from.
pub(crate) type WorkerRandom = MixedRandom<KernelRandom, DrbgRandom>;

/// Checks both sources and starts.
pub(crate) fn start() -> Result<WorkerRandom, CryptoError> {
    MixedRandom::start(KernelRandom, DrbgRandom)
}
