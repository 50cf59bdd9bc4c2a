//! What a caller may send to name a key, and which forms an operation takes (reference kms-contract.md, 1.1;
//! docs/order-of-checks.md, D1 and D2).

use crate::fault::Fault;
use strongroom_types::{AccountId, AliasArn, AliasName, KeyArn, KeyId, Region};

/// Which forms of a key identifier an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// Key id and key ARN.
    IdOrArn,
    /// Those, and alias name and alias ARN.
    Any,
}

/// A key identifier, parsed and completed with the caller's account and Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySelector {
    /// The key itself.
    Key(KeyArn),
    /// An alias of it.
    Alias(AliasArn),
}

impl KeySelector {
    /// Parses what the caller sent.
    pub(crate) fn parse(
        text: &str,
        forms: Forms,
        account: &AccountId,
        region: &Region,
    ) -> Result<Self, Fault> {
        let selector = if text.starts_with("arn:") {
            Self::parse_arn(text, region)?
        } else if text.starts_with("alias/") {
            let not_found =
                || Fault::NotFound(format!("Alias arn:aws:kms:{region}:{account}:{text} is not found."));
            let alias = AliasName::parse(text).map_err(|_| not_found())?;
            Self::Alias(AliasArn { region: region.clone(), account: account.clone(), alias })
        } else {
            let key = KeyId::parse(text).map_err(|_| Fault::InvalidKeyId(text.to_owned()))?;
            Self::Key(KeyArn { region: region.clone(), account: account.clone(), key })
        };
        match selector {
            Self::Alias(_) if forms == Forms::IdOrArn => Err(Fault::AliasNotSupported),
            selector => Ok(selector),
        }
    }

    fn parse_arn(text: &str, region: &Region) -> Result<Self, Fault> {
        let alias = |_| AliasArn::parse(text).map(Self::Alias);
        let selector = KeyArn::parse(text).map(Self::Key).or_else(alias);
        let selector = selector.map_err(|_| Fault::InvalidArn(text.to_owned()))?;
        let named = match &selector {
            Self::Key(arn) => &arn.region,
            Self::Alias(arn) => &arn.region,
        };
        if named == region { Ok(selector) } else { Err(Fault::OtherRegion(named.to_string())) }
    }

    /// The account the identifier names.
    pub(crate) fn account(&self) -> &AccountId {
        match self {
            Self::Key(arn) => &arn.account,
            Self::Alias(arn) => &arn.account,
        }
    }
}
