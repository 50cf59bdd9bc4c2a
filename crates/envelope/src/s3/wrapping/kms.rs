//! Data keys that KMS wraps (`kms+context`, `12`; read by leave: `kms`).
//!
//! An object does not say which KMS key wrapped its data key; the blob does, to KMS. So the caller says which key may be
//! used, or whose: a bucket must not choose whose key is asked.

use super::{Wrapped, refuse_reserved, wrong_kind};
use crate::error::EnvelopeError;
use crate::keyring::{KeyringError, KmsAnswer, KmsKeyArn};
use crate::s3::content::ContentKey;
use crate::s3::description::Pairs;
use crate::s3::metadata::Envelope;
use crate::s3::names;
use crate::s3::wrap::WrapAlgorithm;
use strongroom_types::AccountId;

/// The KMS operations that objects need; a seam, so that the rules are tested without a service.
pub trait KmsWrapCalls {
    /// `GenerateDataKey` for 32 bytes.
    fn generate_data_key(&self, key_id: &str, context: &Pairs) -> Result<KmsAnswer, KeyringError>;

    /// `Decrypt`; without a key id KMS takes the key that the blob names.
    fn decrypt(&self, key_id: Option<&str>, context: &Pairs, blob: &[u8]) -> Result<KmsAnswer, KeyringError>;

    /// `Encrypt` of a data key; the answer's plaintext is empty.
    fn encrypt(&self, key_id: &str, context: &Pairs, data_key: &[u8]) -> Result<KmsAnswer, KeyringError>;
}

/// Which KMS keys may unwrap the data key of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MayUnwrap {
    /// This key only, by id, ARN, alias name or alias ARN.
    Key(String),
    /// The key that the blob names, if it belongs to this account.
    Account(AccountId),
    /// Nothing is known: opening is refused.
    Nothing,
}

/// A KMS key, and what it may be used for.
pub struct KmsWrappingKey {
    calls: Box<dyn KmsWrapCalls>,
    seal_with: Option<String>,
    may_unwrap: MayUnwrap,
}

impl KmsWrappingKey {
    /// `seal_with` is the key for new wraps, `may_unwrap` which keys may unwrap.
    pub fn new(calls: Box<dyn KmsWrapCalls>, seal_with: Option<String>, may_unwrap: MayUnwrap) -> Self {
        Self { calls, seal_with, may_unwrap }
    }

    pub(super) fn generate(
        &self,
        algorithm: &str,
        context: &Pairs,
    ) -> Result<(ContentKey, Wrapped), EnvelopeError> {
        let (key_id, description) = (self.sealing_key()?, bound_context(algorithm, context)?);
        let mut answer = self.calls.generate_data_key(key_id, &description)?;
        let wrapped = wrapped("GenerateDataKey", &mut answer, description)?;
        Ok((data_key("GenerateDataKey", answer)?, wrapped))
    }

    pub(super) fn encrypt(
        &self,
        key: &ContentKey,
        algorithm: &str,
        context: &Pairs,
    ) -> Result<Wrapped, EnvelopeError> {
        let (key_id, description) = (self.sealing_key()?, bound_context(algorithm, context)?);
        let mut answer = self.calls.encrypt(key_id, &description, key.bytes())?;
        Ok(wrapped("Encrypt", &mut answer, description)?)
    }

    pub(super) fn decrypt(&self, envelope: &Envelope) -> Result<ContentKey, EnvelopeError> {
        if !envelope.wrap.is_kms() {
            return Err(wrong_kind(envelope, "a KMS key").into());
        }
        let key_id = match &self.may_unwrap {
            MayUnwrap::Key(key_id) => Some(key_id.as_str()),
            MayUnwrap::Account(_) => None,
            MayUnwrap::Nothing => {
                let why = "an object does not name its KMS key; give it by --key-id (by --old-key-id to rewrap), or \
                           its account in AWS_ACCOUNT_ID";
                return Err(KeyringError::NoMatch(why.into()).into());
            }
        };
        let answer = self.calls.decrypt(key_id, &envelope.description, &envelope.encrypted_data_key)?;
        self.check_answer(&answer)?;
        Ok(data_key("Decrypt", answer)?)
    }

    fn sealing_key(&self) -> Result<&str, KeyringError> {
        self.seal_with.as_deref().ok_or(KeyringError::NoSealingKey)
    }

    /// KMS compares a key id that it was given; whose key it was, where none was given, is compared here.
    fn check_answer(&self, answer: &KmsAnswer) -> Result<(), KeyringError> {
        let arn = KmsKeyArn::parse(&answer.key_id)
            .ok_or(KeyringError::Answer { operation: "Decrypt", what: "a key id that is no key ARN" })?;
        match &self.may_unwrap {
            MayUnwrap::Account(account) if account.as_str() != arn.account() => Err(KeyringError::NoMatch(
                format!("the object was sealed with {arn}, not in account {account} (AWS_ACCOUNT_ID)"),
            )),
            MayUnwrap::Key(key_id) if KmsKeyArn::parse(key_id).is_some_and(|asked| asked != arn) => {
                let what = "another key than the one it was asked for";
                Err(KeyringError::Answer { operation: "Decrypt", what })
            }
            MayUnwrap::Key(_) | MayUnwrap::Account(_) | MayUnwrap::Nothing => Ok(()),
        }
    }
}

/// The caller's pairs and the one that names the content's algorithm.
fn bound_context(algorithm: &str, context: &Pairs) -> Result<Pairs, EnvelopeError> {
    refuse_reserved(context)?;
    let mut bound = context.clone();
    bound.insert(names::CONTEXT_CONTENT.to_owned(), algorithm.to_owned());
    Ok(bound)
}

fn wrapped(
    operation: &'static str,
    answer: &mut KmsAnswer,
    description: Pairs,
) -> Result<Wrapped, KeyringError> {
    if KmsKeyArn::parse(&answer.key_id).is_none() {
        return Err(KeyringError::Answer { operation, what: "a key id that is no key ARN" });
    }
    if answer.blob.is_empty() {
        return Err(KeyringError::Answer { operation, what: "no encrypted data key" });
    }
    let encrypted_data_key = std::mem::take(&mut answer.blob);
    Ok(Wrapped { algorithm: WrapAlgorithm::KmsContext, encrypted_data_key, description })
}

fn data_key(operation: &'static str, mut answer: KmsAnswer) -> Result<ContentKey, KeyringError> {
    ContentKey::from_vec(std::mem::take(&mut *answer.plaintext))
        .ok_or(KeyringError::Answer { operation, what: "a data key that is not 32 bytes long" })
}
