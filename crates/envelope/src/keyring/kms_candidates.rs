//! Which wrapped data keys a KMS keyring may unwrap, with which `KeyId`, and which key must answer (reference
//! section 5: strict, discovery, multi-Region).

use super::arn::KmsKeyArn;
use super::{KMS_PROVIDER, KeyringError};
use crate::message::EncryptedDataKey;
use strongroom_types::AccountId;

/// Whose keys a message may name in discovery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscoveryFilter {
    /// The partition, e.g. `aws`; any if `None`.
    pub partition: Option<String>,
    /// The accounts; any if empty, and then a message can send the client to somebody else's key.
    pub accounts: Vec<AccountId>,
}

/// Which keys may open a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenWith {
    /// Strict: these keys only, by id, ARN, alias name or alias ARN; it is what `Decrypt` gets as `KeyId`.
    Keys(Vec<String>),
    /// Discovery: the key the message names, if the filter allows it.
    Discovery(DiscoveryFilter),
    /// Nothing is known: opening is refused, because a message must not choose whose key is asked.
    Nothing,
}

impl OpenWith {
    /// Discovery within one account.
    pub fn account(account: AccountId) -> Self {
        Self::Discovery(DiscoveryFilter { partition: None, accounts: vec![account] })
    }
}

/// A wrapped data key that may be tried.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The `KeyId` of the call.
    pub(super) key_id: String,
    /// Which key must have answered.
    pub(super) answers: Answers,
}

/// Which key may have answered a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// The one with this ARN.
    Exactly(String),
    /// It or a replica of it in another Region: a name without one leads to the replica that the client reaches.
    Related(KmsKeyArn),
}

impl Candidate {
    /// Whether the key that KMS says it used is one that may have answered.
    pub(super) fn is_answered_by(&self, key_id: &str) -> bool {
        match &self.answers {
            Answers::Exactly(arn) => key_id == arn,
            Answers::Related(arn) => {
                KmsKeyArn::parse(key_id).is_some_and(|answered| answered.is_related(arn))
            }
        }
    }
}

/// How multi-Region keys are matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Regions {
    /// A key is in one Region.
    #[default]
    Exact,
    /// A replica in another Region is as good; in discovery the one in this Region is asked.
    Related {
        /// The client's Region, where it is known.
        here: Option<String>,
    },
}

/// The ARN of an entry that KMS wrapped; `None` for entries of others. One that is no key ARN is an error.
pub(super) fn arn_of(entry: &EncryptedDataKey) -> Result<Option<KmsKeyArn>, KeyringError> {
    if entry.provider != KMS_PROVIDER {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&entry.info);
    KmsKeyArn::parse(&text).map(Some).ok_or_else(|| KeyringError::NotAnArn(text.into_owned()))
}

/// The calls that may open an entry with this ARN, else the reason in words.
pub(super) fn candidates(
    open_with: &OpenWith,
    regions: &Regions,
    arn: &KmsKeyArn,
) -> Result<Vec<Candidate>, String> {
    match open_with {
        OpenWith::Keys(keys) => {
            let found: Vec<_> = keys.iter().filter_map(|key| strict(key, regions, arn)).collect();
            let keys = keys.join(", ");
            if found.is_empty() {
                return Err(format!("the message was sealed with {arn}, only {keys} may open it"));
            }
            Ok(found)
        }
        OpenWith::Discovery(filter) => discovered(filter, regions, arn).map(|found| vec![found]),
        OpenWith::Nothing => Err(format!(
            "the message was sealed with {arn}; give that key by --key-id (by --old-key-id where it is to get another), \
             or its account in AWS_ACCOUNT_ID"
        )),
    }
}

/// What an alias means only KMS knows: it is tried, and the answer's key is compared.
fn strict(key_id: &str, regions: &Regions, arn: &KmsKeyArn) -> Option<Candidate> {
    let exactly =
        |answers: &str| Candidate { key_id: key_id.into(), answers: Answers::Exactly(answers.into()) };
    let alias = key_id.starts_with("alias/") || (key_id.starts_with("arn:") && key_id.contains(":alias/"));
    if *regions != Regions::Exact && (alias || key_id == arn.id()) {
        return Some(Candidate { key_id: key_id.into(), answers: Answers::Related(arn.clone()) });
    }
    if alias || key_id == arn.as_str() || key_id == arn.id() {
        return Some(exactly(arn.as_str()));
    }
    let configured = KmsKeyArn::parse(key_id)?;
    let related = *regions != Regions::Exact && configured.is_related(arn);
    related.then(|| exactly(configured.as_str()))
}

fn discovered(filter: &DiscoveryFilter, regions: &Regions, arn: &KmsKeyArn) -> Result<Candidate, String> {
    let allowed = |account: &AccountId| account.as_str() == arn.account();
    if !filter.accounts.is_empty() && !filter.accounts.iter().any(allowed) {
        let accounts: Vec<_> = filter.accounts.iter().map(AccountId::as_str).collect();
        let accounts = accounts.join(", ");
        return Err(format!("the message was sealed with {arn}, not in account {accounts} (AWS_ACCOUNT_ID)"));
    }
    if filter.partition.as_deref().is_some_and(|partition| partition != arn.partition()) {
        return Err(format!("the message was sealed with {arn}, in another partition"));
    }
    let asked = match regions {
        Regions::Related { here: Some(here) } if arn.region() != here => {
            arn.in_region(here).ok_or_else(|| format!("{arn} is not in Region {here}"))?
        }
        _ => arn.clone(),
    };
    Ok(Candidate { key_id: asked.as_str().into(), answers: Answers::Exactly(asked.as_str().into()) })
}

#[cfg(test)]
#[path = "kms_candidates_tests.rs"]
mod tests;
