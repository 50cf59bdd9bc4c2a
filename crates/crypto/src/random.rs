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

/// Length of a draw.
const DRAW_BYTES: usize = 32;

/// Draws that are made at once.
const DRAWS_AT_ONCE: usize = 16;

/// A source of which many draws are made at once: the library's generator takes about as long for one as for all of them.
/// Each is handed out once and wiped. What a block begins with is never handed out: a block that begins like the one before
/// is a failure, which the watch on single draws would not see.
struct InBlocks<R> {
    source: R,
    begins: [u8; DRAW_BYTES],
    block: Zeroizing<[u8; DRAW_BYTES * DRAWS_AT_ONCE]>,
    used: usize,
}

impl<R: Random> InBlocks<R> {
    fn start(mut source: R) -> Result<Self, CryptoError> {
        let mut begins = [0; DRAW_BYTES];
        source.fill(&mut begins)?;
        let block = Zeroizing::new([0; DRAW_BYTES * DRAWS_AT_ONCE]);
        Ok(Self { source, begins, used: block.len(), block })
    }

    /// What was drawn ahead is never handed out: a clone of the machine may have it too.
    fn forget(&mut self) {
        self.block.zeroize();
        self.used = self.block.len();
    }

    fn draw_block(&mut self) -> Result<(), CryptoError> {
        let mut drawn = Zeroizing::new([0; DRAW_BYTES * (1 + DRAWS_AT_ONCE)]);
        self.source.fill(&mut *drawn)?;
        let (begins, block) = drawn.split_at(DRAW_BYTES);
        if *begins == self.begins {
            return Err(CryptoError::RandomFailed);
        }
        self.begins.copy_from_slice(begins);
        self.block.copy_from_slice(block);
        self.used = 0;
        Ok(())
    }
}

impl<R: Random> Random for InBlocks<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        for part in out.chunks_mut(DRAW_BYTES) {
            if self.used == self.block.len() {
                self.draw_block()?;
            }
            // A part may be short, a draw is whole.
            let draw = &mut self.block[self.used..self.used + DRAW_BYTES];
            part.copy_from_slice(&draw[..part.len()]);
            draw.zeroize();
            self.used += DRAW_BYTES;
        }
        Ok(())
    }
}

/// A source whose last draw is remembered: a draw that repeats it, or is constant, is a failure.
struct Watched<R> {
    source: R,
    last: [u8; DRAW_BYTES],
}

impl<R: Random> Watched<R> {
    /// Draws twice, so that a source that is stuck from the start is found.
    fn start(mut source: R) -> Result<Self, CryptoError> {
        let mut last = [0; DRAW_BYTES];
        source.fill(&mut last)?;
        let mut watched = Self { source, last };
        watched.draw()?;
        Ok(watched)
    }

    fn draw(&mut self) -> Result<Zeroizing<[u8; DRAW_BYTES]>, CryptoError> {
        let mut draw = Zeroizing::new([0; DRAW_BYTES]);
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
/// once for each batch and heal a machine that was cloned; what the library has drawn ahead does not outlive a batch.
pub struct MixedRandom<K, D> {
    kernel: Watched<K>,
    drbg: Watched<InBlocks<D>>,
    batch_key: Zeroizing<[u8; KEY_BYTES]>,
    counter: u64,
}

impl<K: Random, D: Random> MixedRandom<K, D> {
    /// Checks both sources and draws for the first batch.
    pub fn start(kernel: K, drbg: D) -> Result<Self, CryptoError> {
        let (mut kernel, drbg) = (Watched::start(kernel)?, Watched::start(InBlocks::start(drbg)?)?);
        let batch_key = kernel.draw()?;
        Ok(Self { kernel, drbg, batch_key, counter: 0 })
    }

    /// Draws from the kernel: once before each batch of commands. The library draws when it is asked first.
    pub fn start_batch(&mut self) -> Result<(), CryptoError> {
        self.drbg.source.forget();
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
        let draws: Vec<_> = (0..10 * DRAWS_AT_ONCE).map(|_| random.fill(&mut [0; 32])).collect();
        assert_eq!(draws[0], Ok(()));
        assert_eq!(draws.last(), Some(&Err(CryptoError::RandomFailed)));
        let mut random = MixedRandom::start(DrbgRandom, SticksAfter(10)).unwrap();
        let batch = |_| random.start_batch().and_then(|()| random.fill(&mut [0; 32]));
        let batches: Vec<_> = (0..20).map(batch).collect();
        assert_eq!(batches[0], Ok(()));
        assert_eq!(batches[19], Err(CryptoError::RandomFailed), "a block for each batch");
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

    /// Counts how often it is asked.
    struct Asked(u32);

    impl Random for Asked {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
            self.0 += 1;
            DrbgRandom.fill(out)
        }
    }

    #[test]
    fn draws_of_a_batch_are_made_at_once_and_wiped_once_handed_out() {
        let mut random = MixedRandom::start(DrbgRandom, Asked(0)).unwrap();
        random.start_batch().unwrap();
        let before = random.drbg.source.source.0;
        for draw in 1..=DRAWS_AT_ONCE {
            random.fill(&mut [0; 64]).unwrap();
            let (handed_out, rest) = random.drbg.source.block.split_at(draw * DRAW_BYTES);
            assert!(handed_out.iter().all(|byte| *byte == 0), "{draw}");
            assert!(rest.chunks(DRAW_BYTES).all(|draw| draw.iter().any(|byte| *byte != 0)), "{draw}");
        }
        assert_eq!(random.drbg.source.source.0, before + 1);
        random.fill(&mut [0; 64]).unwrap();
        assert_eq!(random.drbg.source.source.0, before + 2);
    }

    #[test]
    fn what_was_drawn_ahead_does_not_outlive_its_batch() {
        let mut random = MixedRandom::start(DrbgRandom, Asked(0)).unwrap();
        random.fill(&mut [0; 32]).unwrap();
        let ahead = |random: &MixedRandom<DrbgRandom, Asked>| {
            random.drbg.source.block.iter().filter(|byte| **byte != 0).count()
        };
        assert!(ahead(&random) > DRAW_BYTES, "the control");
        random.start_batch().unwrap();
        assert_eq!(ahead(&random), 0);
        let before = random.drbg.source.source.0;
        random.fill(&mut [0; 32]).unwrap();
        assert_eq!(random.drbg.source.source.0, before + 1);
    }

    #[test]
    fn long_draw_is_filled() {
        let mut random = MixedRandom::start(DrbgRandom, DrbgRandom).unwrap();
        let mut draw = vec![0; 1024];
        random.fill(&mut draw).unwrap();
        assert!(draw.chunks(32).all(|chunk| chunk.iter().any(|b| *b != 0)));
    }
}
