//! Everything that can go wrong with a call, and the one `match` that turns it into a wire error.

use crate::state::CommitFault;
use std::time::Duration;
use strongroom_api::query::{QueryErrorCode, QueryRefusal};
use strongroom_api::{ErrorCode, Refusal};
use strongroom_sigv4::AuthError;
use strongroom_types::{AliasArn, KeyArn};
use strongroom_vault_protocol::VaultError;

const ALIAS_NOT_SUPPORTED: &str =
    "KeyId must be a key ID or key ARN; aliases are not supported for this operation.";

const INCORRECT_KEY: &str =
    "The key ID in the request does not identify a CMK that can perform this operation.";

const ROTATION_DUE: &str = "An automatic rotation of this key begins within the next 20 minutes.";

const TOO_FAST: &str =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

/// Why a call is refused.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Not authenticated.
    Auth(AuthError),
    /// The body cannot be read, or breaks a constraint of the model.
    Input(Refusal),
    /// Breaks a rule that the model does not state; the text says which.
    Invalid(String),
    /// A key identifier of no known form.
    InvalidKeyId(String),
    /// An ARN that cannot be read.
    InvalidArn(String),
    /// An ARN of another Region.
    OtherRegion(String),
    /// An alias where only a key id or ARN is taken.
    AliasNotSupported,
    /// No such key in the caller's account.
    KeyNotFound(KeyArn),
    /// No such alias in the caller's account.
    AliasNotFound(AliasArn),
    /// Something else that a request names is not there.
    NotFound(String),
    /// The alias is there already.
    AliasExists(AliasArn),
    /// An alias that belongs to AWS services.
    ReservedAlias,
    /// A new alias's name outside the allowed characters.
    InvalidAliasName,
    /// Not authorised; the text is AWS's.
    Denied(String),
    /// The key is disabled.
    Disabled(KeyArn),
    /// The key waits for its deletion.
    PendingDeletion(KeyArn),
    /// The key does not wait for its deletion.
    NotPendingDeletion(KeyArn),
    /// The key's custom key store is not connected.
    Unavailable(KeyArn),
    /// The blob belongs to another key than the request names.
    IncorrectKey,
    /// The blob does not open. No text, whatever the reason.
    InvalidCiphertext,
    /// An algorithm that does not go with the key.
    InvalidKeyUsage(String),
    /// A policy that is refused.
    Policy(String),
    /// A quota of the contract is used up.
    Limit(String),
    /// An automatic rotation is in progress or about to begin.
    RotationDue,
    /// Tags that are refused.
    Tags(&'static str),
    /// A page marker that was not made here, or for another request.
    InvalidMarker,
    /// A grant token that stands for no grant.
    InvalidGrantToken,
    /// Something that has not the form of a grant id.
    InvalidGrantId(String),
    /// An ARN of nobody who is there, where a principal must be.
    InvalidPrincipal(String),
    /// Calls came faster than a quota of the operator's allows: by so much, as the time that the calls beyond it would have
    /// taken at the allowed rate.
    Throttled(Duration),
    /// A custom key store that does not exist.
    CustomKeyStoreNotFound,
    /// Another refusal about a custom key store, by its own name.
    KeyStore(ErrorCode, String),
    /// A refusal of IAM or STS by its own name.
    Query(QueryErrorCode, String),
    /// A form that is refused.
    Form(QueryRefusal),
    /// Not possible, or not built yet.
    Unsupported(Option<String>),
    /// The dry run would have succeeded.
    DryRun,
    /// The vault gave no answer.
    Vault(VaultError),
    /// The audit record cannot be written.
    Audit,
    /// The change did not take effect, or may not have.
    Commit(CommitFault),
    /// A fault of ours; the log says more.
    Internal(&'static str),
}

/// A fault as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WireError {
    pub(crate) name: &'static str,
    pub(crate) status: u16,
    pub(crate) text: Option<String>,
}

impl WireError {
    fn new(code: ErrorCode, text: impl Into<Option<String>>) -> Self {
        Self { name: code.name(), status: code.status(), text: text.into() }
    }

    /// The name of the member that holds the text (reference kms-contract.md, 2.3).
    pub(crate) fn member(&self) -> &'static str {
        match self.name {
            "AccessDeniedException" | "SerializationException" => "Message",
            _ => "message",
        }
    }
}

impl Fault {
    /// The wire error. `modelled` are the errors that the model lists for the operation; it decides between the
    /// two names that some faults have.
    pub(crate) fn wire(&self, modelled: &[ErrorCode]) -> WireError {
        use ErrorCode as E;
        let either = |first: E, second: E| if modelled.contains(&first) { first } else { second };
        let (code, text) = match self {
            Self::Auth(error) => {
                return WireError { name: error.name(), status: 400, text: Some(error.to_string()) };
            }
            Self::Input(refusal) => (refusal.code(), refusal.text().map(str::to_owned)),
            Self::Invalid(text) => (E::Validation, Some(text.clone())),
            Self::InvalidKeyId(given) => (E::NotFound, Some(format!("Invalid keyId '{given}'"))),
            Self::InvalidArn(given) => {
                (either(E::InvalidArn, E::NotFound), Some(format!("Invalid arn {given}")))
            }
            Self::OtherRegion(region) => (E::NotFound, Some(format!("Invalid arn {region}"))),
            Self::AliasNotSupported => {
                (either(E::InvalidArn, E::NotFound), Some(ALIAS_NOT_SUPPORTED.to_owned()))
            }
            Self::KeyNotFound(arn) => (E::NotFound, Some(format!("Key '{arn}' does not exist"))),
            Self::AliasNotFound(arn) => (E::NotFound, Some(format!("Alias {arn} is not found."))),
            Self::NotFound(text) => (E::NotFound, Some(text.clone())),
            Self::AliasExists(arn) => {
                (E::AlreadyExists, Some(format!("An alias with the name {arn} already exists")))
            }
            Self::ReservedAlias => (E::NotAuthorized, None),
            Self::InvalidAliasName => (E::InvalidAliasName, None),
            Self::Denied(text) => (E::AccessDenied, Some(text.clone())),
            Self::Disabled(arn) => {
                (either(E::Disabled, E::KMSInvalidState), Some(format!("{arn} is disabled.")))
            }
            Self::PendingDeletion(_) | Self::NotPendingDeletion(_) | Self::Unavailable(_) => {
                (E::KMSInvalidState, self.named())
            }
            Self::IncorrectKey => (E::IncorrectKey, Some(INCORRECT_KEY.to_owned())),
            Self::InvalidCiphertext => (E::InvalidCiphertext, None),
            Self::InvalidKeyUsage(text) => (E::InvalidKeyUsage, Some(text.clone())),
            Self::Policy(text) => (E::MalformedPolicyDocument, Some(text.clone())),
            Self::Limit(text) => (E::LimitExceeded, Some(text.clone())),
            Self::RotationDue => (E::Conflict, Some(ROTATION_DUE.to_owned())),
            Self::Tags(text) => (either(E::Tag, E::Validation), Some((*text).to_owned())),
            Self::InvalidMarker => (
                either(E::InvalidMarker, E::Validation),
                Some("The marker is not valid for this request.".to_owned()),
            ),
            Self::InvalidGrantToken => {
                (E::InvalidGrantToken, Some("The grant token is not valid.".to_owned()))
            }
            Self::InvalidGrantId(_) => (either(E::InvalidGrantId, E::Validation), self.named()),
            Self::InvalidPrincipal(_) => (either(E::InvalidArn, E::Validation), self.named()),
            Self::Throttled(_) => (E::Throttling, Some(TOO_FAST.to_owned())),
            Self::CustomKeyStoreNotFound => (E::CustomKeyStoreNotFound, None),
            Self::KeyStore(code, _) => (*code, self.named()),
            Self::Unsupported(text) => (E::UnsupportedOperation, text.clone()),
            Self::DryRun => (
                E::DryRunOperation,
                Some("The request would have succeeded, but the DryRun option is set.".to_owned()),
            ),
            Self::Vault(error) => vault(*error, modelled),
            Self::Query(..) | Self::Form(_) => (E::Validation, self.named()),
            Self::Audit => {
                (E::KMSInternal, Some("The audit record cannot be written; no request is served.".to_owned()))
            }
            Self::Commit(fault) => commit(*fault),
            Self::Internal(text) => (E::KMSInternal, Some((*text).to_owned())),
        };
        WireError::new(code, text)
    }

    /// Texts that name what was given or a key's state, and those that came with a name of their own.
    fn named(&self) -> Option<String> {
        match self {
            Self::InvalidGrantId(given) => Some(format!("Invalid grant ID {given}")),
            Self::InvalidPrincipal(given) => {
                Some(format!("ARN does not refer to a valid principal: {given}"))
            }
            Self::PendingDeletion(arn) => Some(format!("{arn} is pending deletion.")),
            Self::NotPendingDeletion(arn) => Some(format!("{arn} is not pending deletion.")),
            Self::Unavailable(arn) => Some(format!("{arn} is unavailable.")),
            Self::Query(_, text) | Self::KeyStore(_, text) => Some(text.clone()),
            Self::Form(refusal) => Some(refusal.text()),
            _ => None,
        }
    }
}

/// What a change looks like outside that did not take effect, or may not have.
fn commit(fault: CommitFault) -> (ErrorCode, Option<String>) {
    match fault {
        CommitFault::Busy => (ErrorCode::Throttling, Some(TOO_FAST.to_owned())),
        _ => (ErrorCode::KMSInternal, Some(format!("The change was not confirmed: {fault}."))),
    }
}

/// What a fault of the vault looks like outside: its inner reasons are for the log.
fn vault(error: VaultError, modelled: &[ErrorCode]) -> (ErrorCode, Option<String>) {
    use ErrorCode as E;
    let either = |first: E, second: E| if modelled.contains(&first) { first } else { second };
    let unavailable = either(E::KeyUnavailable, E::DependencyTimeout);
    let unusable = |code| (code, Some(format!("Key material cannot be used now: {error}.")));
    match error {
        VaultError::InvalidCiphertext => (E::InvalidCiphertext, None),
        VaultError::Busy | VaultError::StoreBusy => (E::Throttling, Some(TOO_FAST.to_owned())),
        VaultError::StorePinRefused
        | VaultError::StorePinLocked
        | VaultError::StoreFailed
        | VaultError::StoreUnknown
        | VaultError::StoreKeyMissing => {
            unusable(either(E::CloudHsmClusterInvalidConfiguration, unavailable))
        }
        VaultError::Unavailable | VaultError::TimedOut | VaultError::StoreAway => unusable(unavailable),
        _ if error.is_closed() => unusable(unavailable),
        _ => (E::KMSInternal, Some("The vault refused the command.".to_owned())),
    }
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Input(refusal)
    }
}

impl From<AuthError> for Fault {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl From<CommitFault> for Fault {
    fn from(fault: CommitFault) -> Self {
        Self::Commit(fault)
    }
}
