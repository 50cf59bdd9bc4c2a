//! Welch's t: by how many standard errors two means differ.

use super::Sample;
use super::subjects::Class;

/// Count, mean and sum of squared differences from it, taken in one pass (Welford).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    /// The variance of the mean.
    fn error(self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

/// Of the samples that took at most so long; 0 when they say nothing. Positive when the first class takes longer.
pub(super) fn t(samples: &[Sample], longest: u32) -> f64 {
    let (mut first, mut last) = (Moments::default(), Moments::default());
    for sample in samples.iter().filter(|sample| sample.nanoseconds <= longest) {
        match sample.class {
            Class::First => first.add(f64::from(sample.nanoseconds)),
            Class::Last => last.add(f64::from(sample.nanoseconds)),
        }
    }
    let t = (first.mean - last.mean) / (first.error() + last.error()).sqrt();
    if t.is_finite() { t } else { 0.0 }
}
