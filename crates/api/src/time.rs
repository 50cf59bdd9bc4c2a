//! Timestamps on the JSON wire: epoch seconds with up to three decimals. `query` has them in ISO 8601.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use strongroom_types::Timestamp;

/// A point in time, milliseconds exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.millis() as f64 / 1_000.0)
    }
}

struct EpochSeconds;

impl Visitor<'_> for EpochSeconds {
    type Value = Time;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("epoch seconds")
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Time, E> {
        Ok(Time(Timestamp::from_millis(seconds.saturating_mul(1_000))))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Time, E> {
        let millis = (seconds * 1_000.0).round();
        if !(0.0..9.0e15).contains(&millis) {
            return Err(E::custom("out of range"));
        }
        Ok(Time(Timestamp::from_millis(millis as u64)))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EpochSeconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_decimals_at_most() {
        let json = serde_json::to_string(&Time(Timestamp::from_millis(1_499_288_695_918))).unwrap();
        assert_eq!(json, "1499288695.918");
        for text in ["1499288695.918", "1.499288695918E9"] {
            assert_eq!(serde_json::from_str::<Time>(text).unwrap().0.millis(), 1_499_288_695_918);
        }
        for text in ["-1", "1e300", "\"x\""] {
            assert!(serde_json::from_str::<Time>(text).is_err(), "{text}");
        }
    }
}
