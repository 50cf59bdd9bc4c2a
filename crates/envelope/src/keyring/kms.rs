//! The KMS keyring: what is called to make, wrap and unwrap data keys, and the checks on KMS's answers.

use super::arn::KmsKeyArn;
use super::kms_candidates::{Candidate, OpenWith, Regions, arn_of, candidates};
use super::kms_client::{KmsAnswer, KmsCalls, KmsClient};
use super::{DataKeySource, KMS_PROVIDER, KeyRequest, KeyringError, NewDataKey};
use crate::message::{DataKey, EncryptedDataKey, Suite};
use std::sync::Arc;

/// Data keys by KMS: one `GenerateDataKey` to seal and one `Encrypt` for each further key; one `Decrypt` to open.
pub struct KmsKeyring {
    calls: Arc<dyn KmsCalls>,
    /// The generator first.
    seal_with: Vec<String>,
    open_with: OpenWith,
    regions: Regions,
}

impl KmsKeyring {
    /// For sealing with a key (and opening with it), by the SDK's default chain.
    pub fn for_sealing(key_id: &str) -> Result<Self, KeyringError> {
        let keys = vec![key_id.to_owned()];
        Ok(Self::new(Arc::new(KmsClient::from_environment()?), keys.clone(), OpenWith::Keys(keys)))
    }

    /// For opening, by the SDK's default chain.
    pub fn for_opening(open_with: OpenWith) -> Result<Self, KeyringError> {
        Ok(Self::new(Arc::new(KmsClient::from_environment()?), Vec::new(), open_with))
    }

    /// With a way to reach KMS. The first of `seal_with` generates; with none the keyring only opens.
    pub fn new(calls: Arc<dyn KmsCalls>, seal_with: Vec<String>, open_with: OpenWith) -> Self {
        Self { calls, seal_with, open_with, regions: Regions::Exact }
    }

    /// Takes a multi-Region key for the same in every Region. Two replicas of one key in the list are refused.
    pub fn multi_region_aware(mut self) -> Result<Self, KeyringError> {
        let listed = match &self.open_with {
            OpenWith::Keys(keys) => keys.as_slice(),
            _ => &[],
        };
        let arns: Vec<_> =
            self.seal_with.iter().chain(listed).filter_map(|key| KmsKeyArn::parse(key)).collect();
        for (index, one) in arns.iter().enumerate() {
            let twin = arns.iter().skip(index + 1).find(|other| *other != one && one.is_related(other));
            if let Some(other) = twin {
                return Err(KeyringError::RelatedKeys(one.to_string(), other.to_string()));
            }
        }
        self.regions = Regions::Related { here: self.calls.region() };
        Ok(self)
    }

    fn decrypt_one(
        &self,
        candidate: &Candidate,
        blob: &[u8],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let answer = self.calls.decrypt(&candidate.key_id, request.context, blob)?;
        if !candidate.is_answered_by(&answer.key_id) {
            return Err(wrong("Decrypt", "another key than the one that wrapped the data key"));
        }
        plaintext("Decrypt", answer, request.suite)
    }

    fn encrypt(
        &self,
        key_id: &str,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<EncryptedDataKey, KeyringError> {
        let answer = self.calls.encrypt(key_id, request.context, data_key.bytes())?;
        entry("Encrypt", &answer.key_id, answer.blob)
    }
}

fn wrong(operation: &'static str, what: &'static str) -> KeyringError {
    KeyringError::Answer { operation, what }
}

fn plaintext(operation: &'static str, mut answer: KmsAnswer, suite: Suite) -> Result<DataKey, KeyringError> {
    DataKey::from_vec(std::mem::take(&mut *answer.plaintext))
        .filter(|key| key.check_length(suite).is_ok())
        .ok_or(wrong(operation, "a data key of another length than the suite needs"))
}

fn entry(operation: &'static str, key_id: &str, blob: Vec<u8>) -> Result<EncryptedDataKey, KeyringError> {
    let arn = KmsKeyArn::parse(key_id).ok_or(wrong(operation, "a key id that is no key ARN"))?;
    if blob.is_empty() {
        return Err(wrong(operation, "no encrypted data key"));
    }
    Ok(EncryptedDataKey { provider: KMS_PROVIDER.into(), info: arn.as_str().into(), blob })
}

/// Two names may lead to one key, which only the answers tell: a message has one entry for it.
fn add(encrypted: &mut Vec<EncryptedDataKey>, new: EncryptedDataKey) {
    if !encrypted.iter().any(|entry| entry.info == new.info) {
        encrypted.push(new);
    }
}

impl DataKeySource for KmsKeyring {
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        let (generator, others) = self.seal_with.split_first().ok_or(KeyringError::NoSealingKey)?;
        let bytes = request.suite.data_key_bytes();
        let mut answer = self.calls.generate_data_key(generator, request.context, bytes)?;
        let blob = std::mem::take(&mut answer.blob);
        let mut encrypted = vec![entry("GenerateDataKey", &answer.key_id, blob)?];
        let plaintext = plaintext("GenerateDataKey", answer, request.suite)?;
        for key_id in others {
            add(&mut encrypted, self.encrypt(key_id, &plaintext, request)?);
        }
        Ok(NewDataKey { plaintext, encrypted })
    }

    fn wrap(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        if self.seal_with.is_empty() {
            return Err(KeyringError::NoSealingKey);
        }
        let mut encrypted = Vec::new();
        for key_id in &self.seal_with {
            add(&mut encrypted, self.encrypt(key_id, data_key, request)?);
        }
        Ok(encrypted)
    }

    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let (mut failures, mut skipped) = (Vec::new(), Vec::new());
        for entry in encrypted {
            let Some(arn) = arn_of(entry)? else {
                skipped.push(format!("one data key is wrapped by {:?}, not by KMS", entry.provider));
                continue;
            };
            match candidates(&self.open_with, &self.regions, &arn) {
                Err(why) => skipped.push(why),
                Ok(found) => {
                    for candidate in found {
                        match self.decrypt_one(&candidate, &entry.blob, request) {
                            Ok(key) => return Ok(key),
                            Err(error) => failures.push(error),
                        }
                    }
                }
            }
        }
        Err(KeyringError::of(failures, &skipped))
    }
}

#[cfg(test)]
#[path = "kms_tests.rs"]
mod tests;
