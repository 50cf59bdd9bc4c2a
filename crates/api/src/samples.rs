//! Outputs filled at random, and the comparison that every generated one is tested with: what it writes is what serde_json
//! makes of it.

use crate::{Answer, Blob, SensitiveBlob, SensitiveText, TextMap, Time, WriteJson};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use strongroom_types::{SecretBytes, Timestamp};

/// How many different outputs of a type are compared.
const ROUNDS: u64 = 64;

/// Characters that stand in JSON as they are.
const PLAIN: [char; 10] = ['a', 'Z', '0', '/', ':', ' ', '\u{7f}', 'é', '\u{2028}', '𝄞'];

/// Characters of which most have to be escaped.
const ESCAPED: [char; 10] = ['a', '"', '\\', '\0', '\u{8}', '\t', '\n', '\r', '\u{1f}', '€'];

/// Where samples come from: a generator whose every seed gives the same ones each time.
pub(crate) struct Samples(u64);

/// A type of which samples can be had.
pub(crate) trait Sample {
    /// The next sample.
    fn sample(samples: &mut Samples) -> Self;
}

/// Compares samples with what serde makes of them.
pub(crate) fn compare<T: Default + Sample + Serialize + WriteJson>() {
    same(&T::default());
    for seed in 0..ROUNDS {
        same(&T::sample(&mut Samples(seed)));
    }
}

fn same(output: &(impl Serialize + WriteJson)) {
    let written = output.body().unwrap();
    assert_eq!(String::from_utf8_lossy(&written), serde_json::to_string(output).unwrap());
}

impl Samples {
    /// A number below another one (the generator of Knuth's MMIX; its low bits are poor).
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = self.below(400);
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}

impl Sample for String {
    fn sample(samples: &mut Samples) -> Self {
        let alphabet = if samples.below(2) == 0 { PLAIN } else { ESCAPED };
        let length = samples.below(40);
        (0..length).map(|_| alphabet[samples.below(alphabet.len())]).collect()
    }
}

impl Sample for SensitiveText {
    fn sample(samples: &mut Samples) -> Self {
        Self::new(Sample::sample(samples))
    }
}

impl Sample for Blob {
    fn sample(samples: &mut Samples) -> Self {
        Self(samples.bytes())
    }
}

impl Sample for SensitiveBlob {
    fn sample(samples: &mut Samples) -> Self {
        Self(SecretBytes::new(samples.bytes()))
    }
}

impl Sample for bool {
    fn sample(samples: &mut Samples) -> Self {
        samples.below(2) == 0
    }
}

impl Sample for i64 {
    fn sample(samples: &mut Samples) -> Self {
        [0, -1, 7, 365, i64::MIN, i64::MAX][samples.below(6)]
    }
}

impl Sample for Time {
    fn sample(samples: &mut Samples) -> Self {
        let any = samples.below(usize::MAX) as u64;
        let millis = [0, 1, 1_000, 1_499_288_695_918, 1_764_150_000_000 + any, u64::MAX][samples.below(6)];
        Self(Timestamp::from_millis(millis))
    }
}

impl Sample for TextMap {
    fn sample(samples: &mut Samples) -> Self {
        let pairs = samples.below(4);
        Self((0..pairs).map(|_| (String::sample(samples), String::sample(samples))).collect())
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(samples: &mut Samples) -> Self {
        let length = samples.below(4);
        (0..length).map(|_| T::sample(samples)).collect()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(samples: &mut Samples) -> Self {
        let there = samples.below(4) > 0;
        there.then(|| T::sample(samples))
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl Serialize for SensitiveBlob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0.expose()))
    }
}
