//! What the operator sets: a rate for a class of operations, per account, principal, key or custom key store.

use super::class::QuotaClass;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

/// The most calls per second, and the most at once, that can be set.
const RATE_MAX: u32 = 1_000_000;

/// What calls are counted per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaScope {
    /// The caller's account.
    Account,
    /// The caller: a user, a role with all its sessions, a root.
    Principal,
    /// The KMS key.
    Key,
    /// The custom key store that the key is in.
    KeyStore,
}

impl QuotaScope {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Account, Self::Principal, Self::Key, Self::KeyStore];

    /// The name in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Principal => "principal",
            Self::Key => "key",
            Self::KeyStore => "key-store",
        }
    }

    /// Finds the scope of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

/// How often: so many calls per second, and so many at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl Rate {
    /// A rate of 1 to 1,000,000 calls per second; without a burst, as many at once as in a second.
    pub fn new(per_second: u32, burst: Option<u32>) -> Result<Self, QuotaError> {
        let burst = burst.unwrap_or(per_second);
        let number = |number: u32| {
            NonZeroU32::new(number).filter(|number| number.get() <= RATE_MAX).ok_or(QuotaError::Rate(number))
        };
        Ok(Self { per_second: number(per_second)?, burst: number(burst)? })
    }

    /// Calls per second.
    pub fn per_second(self) -> u32 {
        self.per_second.get()
    }

    /// Calls at once.
    pub fn burst(self) -> u32 {
        self.burst.get()
    }
}

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// No such scope.
    #[error("quotas are per account, principal, key or key-store, not per {0:?}")]
    Scope(String),
    /// No such class.
    #[error("there is no quota class {0:?}; there are: {classes}", classes = Classes)]
    Class(String),
    /// A rate out of range.
    #[error("{0}: calls per second and at once are numbers from 1 to {RATE_MAX}")]
    Rate(u32),
}

/// The names of the classes, for the text of a refusal.
struct Classes;

impl fmt::Display for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = QuotaClass::ALL.iter().map(|class| class.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

/// Every rate that is set. What is not set is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas(BTreeMap<(QuotaScope, QuotaClass), Rate>);

impl Quotas {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rate of a class in a scope, if one is set.
    pub fn get(&self, scope: QuotaScope, class: QuotaClass) -> Option<Rate> {
        self.0.get(&(scope, class)).copied()
    }

    /// Every rate that is set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (QuotaScope, QuotaClass, Rate)> {
        self.0.iter().map(|((scope, class), rate)| (*scope, *class, *rate))
    }

    /// Sets a rate, or takes it away.
    pub fn set(&mut self, scope: QuotaScope, class: QuotaClass, rate: Option<Rate>) {
        match rate {
            Some(rate) => self.0.insert((scope, class), rate),
            None => self.0.remove(&(scope, class)),
        };
    }

    /// Reads one setting by its names; no calls per second take the limit away.
    pub fn parse(
        scope: &str,
        class: &str,
        per_second: u32,
        burst: Option<u32>,
    ) -> Result<(QuotaScope, QuotaClass, Option<Rate>), QuotaError> {
        let scope = QuotaScope::parse(scope).ok_or_else(|| QuotaError::Scope(scope.to_owned()))?;
        let class = QuotaClass::parse(class).ok_or_else(|| QuotaError::Class(class.to_owned()))?;
        let rate = if per_second == 0 { None } else { Some(Rate::new(per_second, burst)?) };
        Ok((scope, class, rate))
    }
}

/// One setting, as the operator is shown it.
struct Row(QuotaScope, QuotaClass, Rate);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Row", 4)?;
        row.serialize_field("per", self.0.as_str())?;
        row.serialize_field("class", self.1.as_str())?;
        row.serialize_field("per_second", &self.2.per_second())?;
        row.serialize_field("burst", &self.2.burst())?;
        row.end()
    }
}

impl Serialize for Quotas {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|((scope, class), rate)| Row(*scope, *class, *rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let refusal = |scope: &str, class: &str, per_second, burst| {
            Quotas::parse(scope, class, per_second, burst).unwrap_err().to_string()
        };
        assert!(refusal("user", "grants", 1, None).contains("\"user\""));
        assert!(refusal("account", "grant", 1, None).contains("list-keys, list-of-key, grants, key-changes"));
        assert!(refusal("account", "grants", RATE_MAX + 1, None).starts_with("1000001: "));
        assert!(refusal("account", "grants", 1, Some(0)).starts_with("0: "));
    }

    #[test]
    fn settings_are_set_shown_and_taken_away() {
        let mut quotas = Quotas::default();
        let mut set = |scope: &str, class: &str, per_second, burst| {
            let (scope, class, rate) = Quotas::parse(scope, class, per_second, burst).unwrap();
            quotas.set(scope, class, rate);
            serde_json::to_value(&quotas).unwrap()
        };
        set("key", "cryptography", 10, None);
        let shown = set("account", "grants", 5, Some(9));
        let rows = serde_json::json!([
            { "per": "account", "class": "grants", "per_second": 5, "burst": 9 },
            { "per": "key", "class": "cryptography", "per_second": 10, "burst": 10 },
        ]);
        assert_eq!(shown, rows);
        set("key", "cryptography", 0, None);
        assert_eq!(set("account", "grants", 0, Some(3)), serde_json::json!([]));
    }
}
