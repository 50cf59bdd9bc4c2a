//! A small seeded generator (splitmix64): one seed, one case, on every machine.

pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        // Mixed twice, so that the streams of neighbouring seeds are no shifts of each other.
        let mut mixer = Self(seed);
        let first = mixer.next();
        Self(first ^ mixer.next().rotate_left(17))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end - 1`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// One of the texts.
    pub(crate) fn word(&mut self, list: &[&str]) -> String {
        self.pick(list).to_owned()
    }

    /// One of the texts, or nothing.
    pub(crate) fn maybe(&mut self, percent: usize, list: &[&str]) -> Option<String> {
        self.chance(percent).then(|| self.word(list))
    }
}
