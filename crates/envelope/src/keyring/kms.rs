//! The KMS keyring: which wrapped data keys it may unwrap, with which key, and the checks on KMS's answers.

use super::arn::KmsKeyArn;
use super::kms_client::{KmsAnswer, KmsCalls, KmsClient};
use super::{DataKeySource, KMS_PROVIDER, KeyringError, NewDataKey};
use crate::message::{Context, DataKey, EncryptedDataKey};
use strongroom_types::AccountId;

/// Which key may open a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenWith {
    /// Strict: this key only, by id, ARN, alias name or alias ARN; it is what `Decrypt` gets as `KeyId`.
    Key(String),
    /// Discovery: the key the message names, if it belongs to this account.
    Account(AccountId),
    /// Nothing is known: opening is refused, because a message must not choose whose key is asked.
    Nothing,
}

/// Data keys by KMS: one `GenerateDataKey` to seal, one `Decrypt` to open.
pub struct KmsKeyring {
    calls: Box<dyn KmsCalls>,
    seal_with: Option<String>,
    open_with: OpenWith,
}

impl KmsKeyring {
    /// For sealing with a key, by the SDK's default chain.
    pub fn for_sealing(key_id: &str) -> Result<Self, KeyringError> {
        let calls = Box::new(KmsClient::from_environment()?);
        Ok(Self { calls, seal_with: Some(key_id.to_owned()), open_with: OpenWith::Key(key_id.to_owned()) })
    }

    /// For opening, by the SDK's default chain.
    pub fn for_opening(open_with: OpenWith) -> Result<Self, KeyringError> {
        let calls = Box::new(KmsClient::from_environment()?);
        Ok(Self { calls, seal_with: None, open_with })
    }

    /// With another way to reach KMS.
    pub fn new(calls: Box<dyn KmsCalls>, seal_with: Option<String>, open_with: OpenWith) -> Self {
        Self { calls, seal_with, open_with }
    }

    fn decrypt_one(
        &self,
        candidate: &Candidate<'_>,
        blob: &[u8],
        context: &Context,
    ) -> Result<DataKey, KeyringError> {
        let answer = self.calls.decrypt(candidate.key_id, context, blob)?;
        if answer.key_id != candidate.arn.as_str() {
            return Err(wrong("Decrypt", "another key than the one that wrapped the data key"));
        }
        plaintext("Decrypt", answer)
    }
}

fn wrong(operation: &'static str, what: &'static str) -> KeyringError {
    KeyringError::Answer { operation, what }
}

fn plaintext(operation: &'static str, mut answer: KmsAnswer) -> Result<DataKey, KeyringError> {
    DataKey::from_vec(std::mem::take(&mut *answer.plaintext))
        .ok_or(wrong(operation, "a data key that is not 32 bytes long"))
}

impl DataKeySource for KmsKeyring {
    fn generate(&self, context: &Context) -> Result<NewDataKey, KeyringError> {
        let key_id = self.seal_with.as_deref().ok_or(KeyringError::NoSealingKey)?;
        let mut answer = self.calls.generate_data_key(key_id, context)?;
        let operation = "GenerateDataKey";
        let arn = KmsKeyArn::parse(&answer.key_id).ok_or(wrong(operation, "a key id that is no key ARN"))?;
        if answer.blob.is_empty() {
            return Err(wrong(operation, "no encrypted data key"));
        }
        let blob = std::mem::take(&mut answer.blob);
        let entry = EncryptedDataKey { provider: KMS_PROVIDER.into(), info: arn.as_str().into(), blob };
        Ok(NewDataKey { plaintext: plaintext(operation, answer)?, encrypted: vec![entry] })
    }

    fn decrypt(&self, encrypted: &[EncryptedDataKey], context: &Context) -> Result<DataKey, KeyringError> {
        let (mut failures, mut skipped) = (Vec::new(), Vec::new());
        for entry in encrypted {
            match candidate(&self.open_with, entry) {
                Err(why) => skipped.push(why),
                Ok(candidate) => match self.decrypt_one(&candidate, &entry.blob, context) {
                    Ok(key) => return Ok(key),
                    Err(error) => failures.push(error),
                },
            }
        }
        match failures.len() {
            0 => Err(KeyringError::NoMatch(skipped.join("; "))),
            1 => Err(failures.remove(0)),
            _ => Err(KeyringError::AllFailed(failures.iter().map(ToString::to_string).collect())),
        }
    }
}

/// A wrapped data key that may be tried: the key that wrapped it, and the `KeyId` for the call.
struct Candidate<'a> {
    arn: KmsKeyArn,
    key_id: &'a str,
}

/// Whether an entry may be tried, else the reason in words.
fn candidate<'a>(open_with: &'a OpenWith, entry: &'a EncryptedDataKey) -> Result<Candidate<'a>, String> {
    if entry.provider != KMS_PROVIDER {
        return Err(format!("one data key is wrapped by {:?}, not by KMS", entry.provider));
    }
    let text = std::str::from_utf8(&entry.info).map_err(|_| "one key ARN is not UTF-8".to_owned())?;
    let arn = KmsKeyArn::parse(text).ok_or_else(|| format!("{text:?} is no key ARN"))?;
    match open_with {
        OpenWith::Key(key_id) if names(key_id, &arn) => Ok(Candidate { arn, key_id }),
        OpenWith::Key(key_id) => Err(format!("the message was sealed with {arn}, --key-id is {key_id}")),
        OpenWith::Account(account) if account.as_str() == arn.account() => {
            Ok(Candidate { arn, key_id: text })
        }
        OpenWith::Account(account) => {
            Err(format!("the message was sealed with {arn}, not in account {account} (AWS_ACCOUNT_ID)"))
        }
        OpenWith::Nothing => {
            Err(format!("the message was sealed with {arn}; give --key-id, or its account in AWS_ACCOUNT_ID"))
        }
    }
}

/// Whether a configured key can be the one with this ARN. What an alias means only KMS knows: it is tried, and
/// the answer's key is compared.
fn names(key_id: &str, arn: &KmsKeyArn) -> bool {
    if key_id.starts_with("alias/") || (key_id.starts_with("arn:") && key_id.contains(":alias/")) {
        return true;
    }
    key_id == arn.as_str() || key_id == arn.id()
}

#[cfg(test)]
#[path = "kms_tests.rs"]
mod tests;
