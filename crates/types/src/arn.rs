//! ARNs of keys and aliases.

use crate::{AccountId, AliasName, KeyId, ParseError, Region};
use std::fmt;
use std::hash::{Hash, Hasher};

/// The partition of every ARN that Strongroom makes.
pub const PARTITION: &str = "aws";

/// Room for the ARN of a key in most Regions, in bytes.
const ARN_BYTES_USUAL: usize = 96;

/// `arn:aws:kms:REGION:ACCOUNT:key/ID`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyArn {
    /// The namespace the key lives in.
    pub region: Region,
    /// The account that owns the key.
    pub account: AccountId,
    /// The key's id.
    pub key: KeyId,
}

/// By the id alone: it is as good as unique, and every call looks its key up.
impl Hash for KeyArn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// `arn:aws:kms:REGION:ACCOUNT:alias/NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasArn {
    /// The namespace the alias lives in.
    pub region: Region,
    /// The account that owns the alias.
    pub account: AccountId,
    /// The alias name with its prefix.
    pub alias: AliasName,
}

/// Splits `arn:aws:kms:REGION:ACCOUNT:REST`.
fn kms_parts(text: &str) -> Option<(Region, AccountId, &str)> {
    let mut parts = text.splitn(6, ':');
    let head = (parts.next()?, parts.next()?, parts.next()?);
    if head != ("arn", PARTITION, "kms") {
        return None;
    }
    let region = Region::parse(parts.next()?).ok()?;
    let account = AccountId::parse(parts.next()?).ok()?;
    Some((region, account, parts.next()?))
}

impl KeyArn {
    /// Parses a key ARN.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let parse = || {
            let (region, account, rest) = kms_parts(text)?;
            let key = KeyId::parse(rest.strip_prefix("key/")?).ok()?;
            Some(Self { region, account, key })
        };
        parse().ok_or(ParseError::new("key ARN"))
    }
}

impl AliasArn {
    /// Parses an alias ARN.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let parse = || {
            let (region, account, rest) = kms_parts(text)?;
            let alias = AliasName::parse(rest).ok()?;
            Some(Self { region, account, alias })
        };
        parse().ok_or(ParseError::new("alias ARN"))
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: the formatting machinery costs more than the text.
        let mut text = String::with_capacity(ARN_BYTES_USUAL);
        for part in ["arn:", PARTITION, ":kms:", self.region.as_str(), ":", self.account.as_str(), ":key/"] {
            text.push_str(part);
        }
        self.key.push_to(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Display for AliasArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{PARTITION}:kms:{}:{}:{}", self.region, self.account, self.alias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn arns_round_trip() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(KeyArn::parse(key).unwrap().to_string(), key);
        let alias = "arn:aws:kms:eu-west-1:111122223333:alias/a/b";
        assert_eq!(AliasArn::parse(alias).unwrap().to_string(), alias);
    }

    proptest! {
        #[test]
        fn arn_parsers_never_panic(text in "(arn:aws:(kms|iam):)?.{0,80}") {
            let _ = (KeyArn::parse(&text), AliasArn::parse(&text));
        }
    }
}
