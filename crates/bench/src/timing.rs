//! Whether a comparison tells by its time where a wrong byte stands (threat T-14), after dudect (Reparaz, Balasch and
//! Verbauwhede, "Dude, is my code constant time?", 2017).
//!
//! Each subject is one function of ours that is given what it must refuse, in two classes: the first byte that it compares is
//! wrong, or the last. The classes come in random order, each call is timed by itself, and Welch's t says how sure it is that
//! their means differ. Long times are left out in several ways, for an interrupt is no property of the code; the largest t of all ways counts.
//! Three controls compare byte by byte and stop at the first difference: if they are not found, nothing was shown.

mod subjects;
mod welch;

use crate::machine;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};
use subjects::{Class, Subject};

/// Up to here a difference is chance (dudect's threshold).
const EVEN: f64 = 4.5;

/// From here on it is none.
const LEAKS: f64 = 10.0;

/// Which part of the samples is looked at: all, and those below these shares of all times.
const CROPS: [f64; 6] = [1.0, 0.99, 0.95, 0.9, 0.75, 0.5];

/// Calls before the first one that counts.
const WARM_UP: usize = 10_000;

/// One timed call.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    class: Class,
    nanoseconds: u32,
}

/// Measures every subject and prints what it found; fails when one leaks, or a control does not.
pub(crate) fn run(samples: usize) -> Result<()> {
    println!("machine: {}", machine::description());
    println!(
        "{samples} calls a subject, the first or the last byte compared is wrong, in random order; t of Welch's test: below {EVEN} \
         no difference, from {LEAKS} on a certain one"
    );
    println!("{:<44} {:>10} {:>10} {:>9}", "", "first ns", "last ns", "t");
    let mut faults = Vec::new();
    for mut subject in subjects::all()? {
        let verdict = measure(&mut subject, samples)?;
        println!("{verdict}");
        if verdict.is_a_fault() {
            faults.push(subject.name);
        }
    }
    if faults.is_empty() { Ok(()) } else { bail!("timing: {}", faults.join(", ")) }
}

fn measure(subject: &mut Subject, samples: usize) -> Result<Verdict> {
    let mut coin = Coin::new();
    for _ in 0..WARM_UP {
        (subject.refuse)(coin.class())?;
    }
    let mut taken = Vec::with_capacity(samples);
    for _ in 0..samples {
        let class = coin.class();
        let took = (subject.refuse)(class)?;
        taken.push(Sample { class, nanoseconds: u32::try_from(took.as_nanos()).unwrap_or(u32::MAX) });
    }
    Ok(judge(subject.name, subject.is_control, &taken))
}

/// What is said about a subject.
struct Verdict {
    name: &'static str,
    is_control: bool,
    /// Medians of both classes.
    middle: [u32; 2],
    /// The largest of all crops.
    t: f64,
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self.t.abs() {
            t if t < EVEN => "even",
            t if t < LEAKS => "SUSPICIOUS",
            _ => "LEAKS",
        }
    }

    fn is_a_fault(&self) -> bool {
        self.is_control != (self.t.abs() >= LEAKS)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, middle: [first, last], t, .. } = self;
        write!(f, "{name:<44} {first:>10} {last:>10} {t:>9.2}  {}", self.word())?;
        if self.is_control {
            f.write_str(if self.is_a_fault() { ": the control FAILED" } else { ", as it must" })?;
        }
        Ok(())
    }
}

fn judge(name: &'static str, is_control: bool, samples: &[Sample]) -> Verdict {
    let mut times: Vec<u32> = samples.iter().map(|sample| sample.nanoseconds).collect();
    times.sort_unstable();
    let t = CROPS.into_iter().map(|share| welch::t(samples, limit(&times, share)));
    let t = t.fold(0.0, |largest: f64, t| if t.abs() > largest.abs() { t } else { largest });
    Verdict { name, is_control, middle: [Class::First, Class::Last].map(|class| median(samples, class)), t }
}

/// The longest time within a share of all.
fn limit(sorted: &[u32], share: f64) -> u32 {
    let index = (sorted.len() as f64 * share) as usize;
    sorted.get(index.saturating_sub(1)).copied().unwrap_or(u32::MAX)
}

fn median(samples: &[Sample], class: Class) -> u32 {
    let of_class = samples.iter().filter(|sample| sample.class == class);
    let mut times: Vec<u32> = of_class.map(|sample| sample.nanoseconds).collect();
    times.sort_unstable();
    limit(&times, 0.5)
}

/// Which class comes next: xorshift, for it has to be quick and need not be secret.
struct Coin(u64);

impl Coin {
    fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(now.as_nanos() as u64 | 1)
    }

    fn class(&mut self) -> Class {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        if self.0 >> 63 == 0 { Class::First } else { Class::Last }
    }
}

/// The time of one call, and what it gave.
fn timed<T>(call: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let gave = std::hint::black_box(call());
    (began.elapsed(), gave)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(of: impl Fn(Class, u32) -> u32) -> Vec<Sample> {
        let mut coin = Coin(7);
        let sample = |number| {
            let class = coin.class();
            Sample { class, nanoseconds: of(class, number) }
        };
        (0..10_000).map(sample).collect()
    }

    #[test]
    fn equal_classes_are_even_and_others_leak() {
        let even = judge("", false, &samples(|_, number| 100 + number % 7));
        assert!(even.t.abs() < EVEN && even.word() == "even" && !even.is_a_fault(), "{}", even.t);
        let uneven =
            judge("", false, &samples(|class, number| 100 + number % 7 + u32::from(class == Class::Last)));
        assert!(uneven.t.abs() > LEAKS && uneven.is_a_fault(), "{}", uneven.t);
    }

    #[test]
    fn difference_is_found_below_a_noise_that_hides_it_in_all_samples() {
        let noisy = |class: Class, number: u32| match number % 50 {
            0 => 100_000 + number * 31 % 50_000,
            _ => 100 + number % 7 + u32::from(class == Class::Last),
        };
        assert!(judge("", true, &samples(noisy)).t.abs() > LEAKS);
    }

    #[test]
    fn control_that_is_not_found_is_a_fault() {
        assert!(judge("", true, &samples(|_, number| 100 + number % 7)).is_a_fault());
        assert!(judge("", true, &[]).is_a_fault());
    }
}
