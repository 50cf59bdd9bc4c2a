//! Random bytes: the kernel's and the library's mixed, each watched for a source that is stuck
//! (`reference/vault.md` section 7).

use crate::{CryptoError, KEY_BYTES, derive, labels};
use zeroize::{Zeroize, Zeroizing};

/// A source of random bytes. The seam at which a test puts in a stuck one.
pub trait Random {
    /// Fills the buffer; `RandomFailed` when the source is not to be trusted any more.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError>;
}

/// aws-lc's generator, one for each thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct DrbgRandom;

impl Random for DrbgRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        aws_lc_rs::rand::fill(out).map_err(|_| CryptoError::RandomFailed)
    }
}

/// A source whose last draw is remembered: a draw that repeats it, or is constant, is a failure.
struct Watched<R> {
    source: R,
    last: [u8; 32],
}

impl<R: Random> Watched<R> {
    /// Draws twice, so that a source that is stuck from the start is found.
    fn start(mut source: R) -> Result<Self, CryptoError> {
        let mut last = [0; 32];
        source.fill(&mut last)?;
        let mut watched = Self { source, last };
        watched.draw()?;
        Ok(watched)
    }

    fn draw(&mut self) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let mut draw = Zeroizing::new([0; 32]);
        self.source.fill(&mut *draw)?;
        let constant = draw.iter().all(|byte| *byte == draw[0]);
        let half_repeats = draw[..16] == draw[16..] || draw[..16] == self.last[16..];
        if *draw == self.last || constant || half_repeats {
            return Err(CryptoError::RandomFailed);
        }
        self.last = *draw;
        Ok(draw)
    }
}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        self.last.zeroize();
    }
}

/// `KDF(kernel 32, label, drbg 32 · counter)`: good as long as one of the two is. The kernel's bytes are drawn
/// once for each batch and heal a machine that was cloned.
pub struct MixedRandom<K, D> {
    kernel: Watched<K>,
    drbg: Watched<D>,
    batch_key: Zeroizing<[u8; KEY_BYTES]>,
    counter: u64,
}

impl<K: Random, D: Random> MixedRandom<K, D> {
    /// Checks both sources and draws for the first batch.
    pub fn start(kernel: K, drbg: D) -> Result<Self, CryptoError> {
        let (mut kernel, drbg) = (Watched::start(kernel)?, Watched::start(drbg)?);
        let batch_key = kernel.draw()?;
        Ok(Self { kernel, drbg, batch_key, counter: 0 })
    }

    /// Draws from the kernel: once before each batch of commands.
    pub fn start_batch(&mut self) -> Result<(), CryptoError> {
        self.batch_key = self.kernel.draw()?;
        Ok(())
    }
}

impl<K: Random, D: Random> Random for MixedRandom<K, D> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        let drbg = self.drbg.draw()?;
        self.counter = self.counter.wrapping_add(1);
        derive(&self.batch_key, labels::RANDOM, &[&*drbg, &self.counter.to_be_bytes()], out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers well so many times, then the same bytes for ever.
    struct SticksAfter(u32);

    impl Random for SticksAfter {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
            self.0 = self.0.saturating_sub(1);
            for (i, byte) in out.iter_mut().enumerate() {
                *byte = (i as u8).wrapping_mul(7) ^ (self.0 as u8).wrapping_mul(31);
            }
            Ok(())
        }
    }

    struct Constant;

    impl Random for Constant {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
            out.fill(0x55);
            Ok(())
        }
    }

    fn start<K: Random, D: Random>(kernel: K, drbg: D) -> Result<(), CryptoError> {
        MixedRandom::start(kernel, drbg).map(|_| ())
    }

    #[test]
    fn good_sources_never_repeat() {
        let mut random = MixedRandom::start(DrbgRandom, DrbgRandom).unwrap();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            random.start_batch().unwrap();
            let mut draw = [0; 32];
            random.fill(&mut draw).unwrap();
            assert!(seen.insert(draw));
        }
    }

    #[test]
    fn stuck_or_constant_source_is_found_at_the_start() {
        assert_eq!(start(DrbgRandom, DrbgRandom), Ok(()));
        assert_eq!(start(SticksAfter(0), DrbgRandom), Err(CryptoError::RandomFailed));
        assert_eq!(start(DrbgRandom, SticksAfter(0)), Err(CryptoError::RandomFailed));
        assert_eq!(start(DrbgRandom, Constant), Err(CryptoError::RandomFailed));
    }

    #[test]
    fn source_that_sticks_later_is_found() {
        let mut random = MixedRandom::start(DrbgRandom, SticksAfter(10)).unwrap();
        let draws: Vec<_> = (0..20).map(|_| random.fill(&mut [0; 32])).collect();
        assert_eq!(draws[0], Ok(()));
        assert_eq!(draws[19], Err(CryptoError::RandomFailed));
        let mut random = MixedRandom::start(SticksAfter(10), DrbgRandom).unwrap();
        assert!((0..20).any(|_| random.start_batch() == Err(CryptoError::RandomFailed)));
    }

    /// A stream that is the same on two machines that were cloned.
    struct Stream(u64);

    impl Random for Stream {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
            self.0 += 1;
            derive(&[5; KEY_BYTES], b"stream", &[&self.0.to_be_bytes()], out)
        }
    }

    /// What a machine and its clone draw, whose library goes on with the same stream, after each has drawn from its kernel.
    fn twins(kernels: [u64; 2]) -> [[u8; 32]; 2] {
        kernels.map(|kernel| {
            let mut random = MixedRandom::start(Stream(1_000), Stream(2_000)).unwrap();
            random.kernel.source = Stream(kernel);
            random.start_batch().unwrap();
            let mut draw = [0; 32];
            random.fill(&mut draw).unwrap();
            draw
        })
    }

    #[test]
    fn cloned_machines_draw_different_bytes_once_their_kernels_do() {
        let [one, other] = twins([3_000, 4_000]);
        assert_ne!(one, other);
        let [one, other] = twins([3_000, 3_000]);
        assert_eq!(one, other, "the control: nothing else differs");
    }

    #[test]
    fn long_draw_is_filled() {
        let mut random = MixedRandom::start(DrbgRandom, DrbgRandom).unwrap();
        let mut draw = vec![0; 1024];
        random.fill(&mut draw).unwrap();
        assert!(draw.chunks(32).all(|chunk| chunk.iter().any(|b| *b != 0)));
    }
}
