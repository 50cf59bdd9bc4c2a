//! What is asked, and what the answer has to be: of this caller, this key, this context and this request.

use super::cast::{BEGINNING, Member};
use crate::answer::Answer;
use crate::plaintext::blob_of;
use crate::scenario::{Caller, Scenario, SignedRequest};
use serde_json::{Value, json};
use strongroom_types::RequestId;

/// A request that can be made again and again.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) caller: Caller,
    pub(super) account: &'static str,
    pub(super) operation: &'static str,
    pub(super) input: Value,
    /// The key that it is about.
    pub(super) key: Option<String>,
    pub(super) expected: Expected,
}

/// The one right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// A ciphertext under the key.
    Ciphertext,
    /// A ciphertext under the key, and what is in it.
    DataKey,
    /// This plaintext, from the key.
    Plaintext(Value),
    /// Who the caller is.
    Identity,
    /// A refusal of a known caller, whose text has this in it.
    Refused { error: &'static str, part: String },
    /// A refusal of somebody who is not known, and who is not on the record.
    Stranger(&'static str),
}

impl Expected {
    /// The denial of a caller by its name.
    pub(super) fn denied(to: &Member, action: &str) -> Self {
        let part = format!("User: {} is not authorized to perform: {action} on ", to.caller.arn);
        Self::Refused { error: "AccessDeniedException", part }
    }
}

/// Shows neither secret nor token.
impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} by {} on {:?}: {:?}", self.operation, self.caller.arn, self.key, self.expected)
    }
}

/// The encryption context of a turn of a member.
fn context(of: &Member, name: &str) -> Value {
    json!({ "member": of.caller.arn, "turn": name })
}

impl Question {
    /// What a member encrypts in a turn, in Base64.
    pub(super) fn plaintext(of: &Member, name: &str) -> Value {
        blob_of(format!("{} in turn {name}", of.caller.arn).as_bytes())
    }

    fn kms(by: &Member, operation: &'static str, input: Value, expected: Expected) -> Self {
        let key = Some(by.key.arn.clone());
        Self { caller: by.caller.clone(), account: by.account, operation, input, key, expected }
    }

    pub(super) fn encrypt(by: &Member, name: &str) -> Self {
        let plaintext = Self::plaintext(by, name);
        let input =
            json!({ "KeyId": by.key.arn, "Plaintext": plaintext, "EncryptionContext": context(by, name) });
        Self::kms(by, "Encrypt", input, Expected::Ciphertext)
    }

    pub(super) fn data_key(by: &Member, name: &str) -> Self {
        let input =
            json!({ "KeyId": by.key.arn, "KeySpec": "AES_256", "EncryptionContext": context(by, name) });
        Self::kms(by, "GenerateDataKey", input, Expected::DataKey)
    }

    pub(super) fn decrypt(by: &Member, blob: &Value, name: &str, plaintext: Value) -> Self {
        let input = json!({ "CiphertextBlob": blob, "EncryptionContext": context(by, name) });
        Self::kms(by, "Decrypt", input, Expected::Plaintext(plaintext))
    }

    pub(super) fn encrypt_with_anothers_key(by: &Member, other: &Member, name: &str) -> Self {
        let mut question = Self::encrypt(by, name);
        question.input["KeyId"] = json!(other.key.arn);
        question.key = Some(other.key.arn.clone());
        question.expected = Expected::denied(by, "kms:Encrypt");
        question
    }

    pub(super) fn decrypt_anothers(by: &Member, other: &Member) -> Self {
        let input = json!({ "CiphertextBlob": other.blob, "EncryptionContext": context(other, BEGINNING) });
        let part = "The ciphertext refers to a customer master key that does not exist".to_owned();
        let expected = Expected::Refused { error: "AccessDeniedException", part };
        Self { key: Some(other.key.arn.clone()), ..Self::kms(by, "Decrypt", input, expected) }
    }

    pub(super) fn decrypt_under_another_context(by: &Member, name: &str) -> Self {
        let expected = Expected::Refused { error: "InvalidCiphertextException", part: String::new() };
        Self { expected, ..Self::decrypt(by, &by.blob, name, Value::Null) }
    }

    pub(super) fn identity(by: &Member) -> Self {
        let question = Self::kms(by, "GetCallerIdentity", json!({}), Expected::Identity);
        Self { key: None, ..question }
    }

    /// Signed with somebody else's secret.
    pub(super) fn with_anothers_secret(by: &Member, other: &Member, name: &str) -> Self {
        let mut question = Self::encrypt(by, name);
        question.caller.secret.clone_from(&other.caller.secret);
        question.expected = Expected::Stranger("InvalidSignatureException");
        question
    }

    /// With somebody else's session token, or none; where neither has one, by an access key that nobody has.
    pub(super) fn with_anothers_token(by: &Member, other: &Member, name: &str) -> Self {
        let mut question = Self::encrypt(by, name);
        if by.caller.token == other.caller.token {
            question.caller.access_key_id = "AKIAAAAAAAAAAAAAAAAA".to_owned();
        } else {
            question.caller.token.clone_from(&other.caller.token);
        }
        question.expected = Expected::Stranger("UnrecognizedClientException");
        question
    }

    /// The request, under a request id of its own.
    pub(super) fn signed(&self, s: &Scenario) -> SignedRequest {
        match self.expected {
            Expected::Identity => s.signed_query(&self.caller, "sts", self.operation, &[]),
            _ => s.signed(&self.caller, self.operation, self.input.to_string().as_bytes()),
        }
    }

    /// Whether this is the answer to the request.
    pub(super) fn judge(&self, request: RequestId, answer: &Answer) -> Result<(), String> {
        let body = &answer.body;
        let has = |name: &str| body[name].is_string();
        let right = match &self.expected {
            Expected::Ciphertext => self.is_from_key(answer) && has("CiphertextBlob") && !has("Plaintext"),
            Expected::DataKey => self.is_from_key(answer) && has("CiphertextBlob") && has("Plaintext"),
            Expected::Plaintext(plaintext) => {
                self.is_from_key(answer) && !has("CiphertextBlob") && body["Plaintext"] == *plaintext
            }
            Expected::Identity => self.is_identity(request, answer),
            Expected::Refused { error, part } => is_refused(answer, error) && answer.text.contains(part),
            Expected::Stranger(error) => is_refused(answer, error),
        };
        if right { Ok(()) } else { Err(format!("{self:?} was answered {} {}", answer.status, answer.text)) }
    }

    fn is_from_key(&self, answer: &Answer) -> bool {
        answer.status == 200 && answer.body["KeyId"] == json!(self.key)
    }

    fn is_identity(&self, request: RequestId, answer: &Answer) -> bool {
        let elements = [("Arn", &self.caller.arn), ("RequestId", &request.text())]
            .map(|(name, value)| format!("<{name}>{value}</{name}>"));
        let account = format!("<Account>{}</Account>", self.account);
        answer.status == 200
            && answer.text.contains(&account)
            && elements.iter().all(|element| answer.text.contains(element))
    }
}

fn is_refused(answer: &Answer, error: &str) -> bool {
    answer.status == 400 && answer.error == Some(error) && !answer.text.contains("Plaintext")
}

/// Whether the answer to one of them is not good for the other.
pub(super) fn differ(one: &Question, other: &Question) -> bool {
    match (&one.expected, &other.expected) {
        (Expected::Ciphertext, Expected::Ciphertext) | (Expected::DataKey, Expected::DataKey) => {
            one.key != other.key
        }
        (Expected::Refused { .. }, Expected::Refused { .. })
        | (Expected::Stranger(_), Expected::Stranger(_)) => one.expected != other.expected,
        _ => true,
    }
}
