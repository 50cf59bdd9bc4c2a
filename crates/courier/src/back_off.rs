//! How long a sink that failed is left alone: a second, then twice as long each time up to a minute, by chance half of
//! that at least, so that many services do not come back in step.

use std::time::Duration;
use strongroom_types::Random;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// The longest that a sink may ask for.
const ASKED_MAX: Duration = Duration::from_secs(300);

/// The next pause.
#[derive(Debug)]
pub(crate) struct BackOff(Duration);

impl BackOff {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    /// It works again.
    pub(crate) fn reset(&mut self) {
        self.0 = FIRST;
    }

    /// It failed: the pause from now. What the sink asked for counts when it is longer.
    pub(crate) fn failed(&mut self, asked: Option<Duration>, random: &impl Random) -> Duration {
        let mut bytes = [0; 2];
        random.fill(&mut bytes);
        let half = self.0 / 2;
        let pause = half + half * u32::from(u16::from_le_bytes(bytes)) / u32::from(u16::MAX);
        self.0 = (self.0 * 2).min(LONGEST);
        pause.max(asked.unwrap_or_default().min(ASKED_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    fn pauses(chance: u8, asked: Option<u64>) -> Vec<u128> {
        let mut back_off = BackOff::new();
        let asked = asked.map(Duration::from_secs);
        (0..8).map(|_| back_off.failed(asked, &Always(chance)).as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_are_halved_by_chance() {
        assert_eq!(pauses(0xff, None), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(pauses(0, None), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn a_sink_may_ask_for_more_but_not_for_ever() {
        assert_eq!(pauses(0, Some(10))[..2], [10_000, 10_000]);
        assert_eq!(pauses(0, Some(u64::MAX))[0], 300_000);
    }

    #[test]
    fn success_resets_it() {
        let mut back_off = BackOff::new();
        back_off.failed(None, &Always(0));
        back_off.reset();
        assert_eq!(back_off.failed(None, &Always(0)).as_millis(), 500);
    }
}
