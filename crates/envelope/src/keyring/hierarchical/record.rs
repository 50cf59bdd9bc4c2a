//! The records of a branch key store: the same attributes and the same KMS contexts whatever keeps them.
//!
//! | `type` | `enc` |
//! |---|---|
//! | `branch:version:<uuid>` | a branch key |
//! | `branch:ACTIVE` | the same key, in the version that wraps |
//! | `beacon:ACTIVE` | another key; for searchable encryption, which is not built: made so that other clients find it |

use super::KeyringError;
use crate::message::Context;
use aws_lc_rs::digest::{Digest, SHA384, digest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The type of the record that wraps.
pub(super) const ACTIVE: &str = "branch:ACTIVE";
/// The type of the beacon record.
pub(super) const BEACON: &str = "beacon:ACTIVE";
/// What stands before a version's UUID.
pub(super) const VERSION_PREFIX: &str = "branch:version:";
/// What stands before the keys of custom pairs.
pub(super) const CUSTOM_PREFIX: &str = "aws-crypto-ec:";
/// What a record is bound to besides its custom pairs.
const ATTRIBUTES: [&str; 7] =
    ["branch-key-id", "type", "create-time", "kms-arn", "hierarchy-version", "tablename", "version"];
/// What a record has besides: the wrapped key, which nothing can be bound to.
const WRAPPED: &str = "enc";

/// How KMS protects the key of a record, and what its attributes are bound by ("Hierarchy Version" of the specification;
/// `protection` has both). All records of a branch key have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum HierarchyVersion {
    /// The attributes are the encryption context of KMS, which alone sees a new key.
    #[default]
    One,
    /// The custom pairs alone are the encryption context of KMS, as they were given; a digest of the attributes stands before
    /// the key in what KMS encrypts.
    Two,
}

impl TryFrom<u8> for HierarchyVersion {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            other => Err(format!("hierarchy version {other} is not supported")),
        }
    }
}

impl fmt::Display for HierarchyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", u8::from(*self))
    }
}

impl From<HierarchyVersion> for u8 {
    fn from(version: HierarchyVersion) -> Self {
        match version {
            HierarchyVersion::One => 1,
            HierarchyVersion::Two => 2,
        }
    }
}

/// One record: everything but `enc` is bound to the key that `enc` wraps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BranchKeyRecord {
    /// Which branch key.
    pub branch_key_id: String,
    /// Which of its records.
    #[serde(rename = "type")]
    pub kind: String,
    /// The wrapped key, in Base64.
    pub enc: String,
    /// ISO 8601, UTC, microseconds.
    pub create_time: String,
    /// The KMS key that wraps, as an ARN; it never changes.
    pub kms_arn: String,
    /// How `enc` is protected; 1 or 2.
    pub hierarchy_version: HierarchyVersion,
    /// On `branch:ACTIVE`, the type of the version that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Custom pairs, without their prefix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
}

/// An error about a branch key, in words that follow its name.
pub(super) fn wrong(id: &str, what: impl Into<String>) -> KeyringError {
    KeyringError::BranchKey { id: id.to_owned(), what: what.into() }
}

impl BranchKeyRecord {
    /// What `enc` is bound to, the specification's branch key context. `store_name` is the logical name of the store; it must
    /// survive a restored copy.
    pub(super) fn attributes(&self, store_name: &str) -> Result<Context, KeyringError> {
        let hierarchy_version = u8::from(self.hierarchy_version).to_string();
        let fixed = [
            ("branch-key-id", self.branch_key_id.as_str()),
            ("type", &self.kind),
            ("create-time", &self.create_time),
            ("kms-arn", &self.kms_arn),
            ("hierarchy-version", &hierarchy_version),
            ("tablename", store_name),
        ];
        let fixed = fixed.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let version = self.version.iter().map(|version| ("version".to_owned(), version.clone()));
        let custom = self.custom.iter().map(|(key, value)| (format!("{CUSTOM_PREFIX}{key}"), value.clone()));
        Ok(Context::of_format(fixed.into_iter().chain(version).chain(custom).collect())?)
    }

    /// The digest of the attributes that version 2 puts before a key: SHA-384 of their canonical block.
    pub(super) fn attributes_digest(&self, store_name: &str) -> Result<Digest, KeyringError> {
        Ok(digest(&SHA384, &self.attributes(store_name)?.block()?))
    }

    /// The encryption context of `enc` in KMS. In version 2 no custom pair may have the name of anything in a record, as in the
    /// Material Providers: which of the two a policy on it means would be open.
    pub(super) fn kms_context(&self, store_name: &str) -> Result<Context, KeyringError> {
        match self.hierarchy_version {
            HierarchyVersion::One => self.attributes(store_name),
            HierarchyVersion::Two => {
                let reserved = |key: &&String| ATTRIBUTES.contains(&key.as_str()) || *key == WRAPPED;
                match self.custom.keys().find(reserved) {
                    Some(key) => {
                        let what = format!("cannot have a custom pair {key:?} in hierarchy version 2");
                        Err(wrong(&self.branch_key_id, what))
                    }
                    None => Ok(Context::of_format(self.custom.clone())?),
                }
            }
        }
    }
}

/// What keeps records. Both writes happen whole or not at all.
pub trait BranchKeyRecords: Send + Sync {
    /// One record, `None` if there is none.
    fn get(&self, branch_key_id: &str, kind: &str) -> Result<Option<BranchKeyRecord>, KeyringError>;

    /// The records of a new branch key; fails if it exists.
    fn create(&self, records: &[BranchKeyRecord]) -> Result<(), KeyringError>;

    /// A new version and the active record that names it; fails unless the active record still has `old_enc`.
    fn replace_active(
        &self,
        old_enc: &str,
        version: &BranchKeyRecord,
        active: &BranchKeyRecord,
    ) -> Result<(), KeyringError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: &str = "KeyStoreDdbTable";
    const VERSION: &str = "branch:version:dfb80b71-8e80-4d74-8ac0-0e940533219e";

    fn record(kind: &str) -> BranchKeyRecord {
        BranchKeyRecord {
            branch_key_id: "9747c15f-629e-42c0-aeaf-46f70a0952c4".into(),
            kind: kind.into(),
            enc: "AAEC".into(),
            create_time: "2025-04-17T07:32:03.000429Z".into(),
            kms_arn: "arn:aws:kms:us-west-2:370957321024:key/9d989aa2-2f9c-438c-a745-cc57d3ad0126".into(),
            hierarchy_version: HierarchyVersion::Two,
            version: (kind == ACTIVE).then(|| VERSION.to_owned()),
            custom: BTreeMap::from([("Robbie".into(), "is a dog".into())]),
        }
    }

    /// The known answers of the Material Providers' own tests (TestCreateBKCDigest).
    #[test]
    fn digests_of_version_2_are_those_of_the_material_providers() {
        let expected = [
            (
                ACTIVE,
                "36cc88c7cd9299363da928f78b5c043d25f4e937597f6b0d552e7a14b9a194c3bb6ba97eb3f9e53f47968751baccba29",
            ),
            (
                VERSION,
                "6dba452d683736bf878fb0552f3e148dfde47c0b4cdfc34f418163bdb301fb90ddc5bde26a84a8847109c751af759015",
            ),
            (
                BEACON,
                "140f00fb646236df5c833c3c128c97123a827b0b919b2ec20b20d9c44fd56494b84cb3ffb345f46246531da53b3c7826",
            ),
        ];
        for (kind, hex) in expected {
            let digest = record(kind).attributes_digest(STORE).unwrap();
            let found: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, hex, "{kind}");
        }
    }

    #[test]
    fn kms_sees_every_attribute_in_version_1_and_the_custom_pairs_in_version_2() {
        let two = record(ACTIVE);
        assert_eq!(two.kms_context(STORE).unwrap().pairs(), &two.custom);
        let one = BranchKeyRecord { hierarchy_version: HierarchyVersion::One, ..two };
        let pairs = one.kms_context(STORE).unwrap().pairs().clone();
        assert_eq!(pairs.len(), ATTRIBUTES.len() + 1);
        assert!(ATTRIBUTES.iter().all(|name| pairs.contains_key(*name)));
        assert_eq!(pairs["aws-crypto-ec:Robbie"], "is a dog");
    }

    #[test]
    fn custom_pair_with_the_name_of_an_attribute_is_refused_in_version_2_only() {
        for name in ATTRIBUTES.into_iter().chain([WRAPPED]) {
            let custom = BTreeMap::from([(name.to_owned(), "x".to_owned())]);
            let two = BranchKeyRecord { custom, ..record(BEACON) };
            assert!(two.kms_context(STORE).unwrap_err().to_string().contains(name), "{name}");
            let one = BranchKeyRecord { hierarchy_version: HierarchyVersion::One, ..two };
            assert!(one.kms_context(STORE).is_ok(), "{name}");
        }
    }

    #[test]
    fn versions_are_one_and_two() {
        for (number, version) in [(1u8, HierarchyVersion::One), (2, HierarchyVersion::Two)] {
            assert_eq!(HierarchyVersion::try_from(number), Ok(version));
            assert_eq!(u8::from(version), number);
        }
        for other in [0u8, 3, 255] {
            assert!(HierarchyVersion::try_from(other).is_err());
        }
        assert_eq!(HierarchyVersion::default(), HierarchyVersion::One);
    }
}
