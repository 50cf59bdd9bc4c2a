//! The errors of IAM and STS, their HTTP statuses and whose fault they are: one table, chosen nowhere else.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::Side;

/// The code of an error on the wire; the variants are the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueryErrorCode {
    /// `AccessDenied`.
    AccessDenied,
    /// `ConcurrentModification`.
    ConcurrentModification,
    /// `DeleteConflict`.
    DeleteConflict,
    /// `EntityAlreadyExists`.
    EntityAlreadyExists,
    /// `EntityTemporarilyUnmodifiable`.
    EntityTemporarilyUnmodifiable,
    /// `ExpiredToken`.
    ExpiredToken,
    /// `ExpiredTokenException`.
    ExpiredTokenException,
    /// `ExpiredTradeInTokenException`.
    ExpiredTradeInTokenException,
    /// `IDPCommunicationError`.
    IDPCommunicationError,
    /// `IDPRejectedClaim`.
    IDPRejectedClaim,
    /// `IncompleteSignature`.
    IncompleteSignature,
    /// `InternalFailure`.
    InternalFailure,
    /// `InvalidAction`.
    InvalidAction,
    /// `InvalidAuthenticationCode`.
    InvalidAuthenticationCode,
    /// `InvalidAuthorizationMessageException`.
    InvalidAuthorizationMessageException,
    /// `InvalidClientTokenId`.
    InvalidClientTokenId,
    /// `InvalidIdentityToken`.
    InvalidIdentityToken,
    /// `InvalidInput`.
    InvalidInput,
    /// `InvalidParameterCombination`.
    InvalidParameterCombination,
    /// `InvalidParameterValue`.
    InvalidParameterValue,
    /// `InvalidQueryParameter`.
    InvalidQueryParameter,
    /// `JWTPayloadSizeExceededException`.
    JWTPayloadSizeExceededException,
    /// `LimitExceeded`.
    LimitExceeded,
    /// `MalformedInput`.
    MalformedInput,
    /// `MalformedPolicyDocument`.
    MalformedPolicyDocument,
    /// `MalformedQueryString`.
    MalformedQueryString,
    /// `MissingAction`.
    MissingAction,
    /// `MissingAuthenticationToken`.
    MissingAuthenticationToken,
    /// `MissingParameter`.
    MissingParameter,
    /// `NoSuchEntity`.
    NoSuchEntity,
    /// `NotAuthorized`.
    NotAuthorized,
    /// `NotSupportedService`.
    NotSupportedService,
    /// `OpenIdIdpCommunicationError`.
    OpenIdIdpCommunicationError,
    /// `OptInRequired`.
    OptInRequired,
    /// `OutboundWebIdentityFederationDisabledException`.
    OutboundWebIdentityFederationDisabledException,
    /// `PackedPolicyTooLarge`.
    PackedPolicyTooLarge,
    /// `PolicyEvaluation`.
    PolicyEvaluation,
    /// `PolicyNotAttachable`.
    PolicyNotAttachable,
    /// `RegionDisabledException`.
    RegionDisabledException,
    /// `RequestExpired`.
    RequestExpired,
    /// `ServiceFailure`.
    ServiceFailure,
    /// `ServiceUnavailable`.
    ServiceUnavailable,
    /// `SessionDurationEscalationException`.
    SessionDurationEscalationException,
    /// `SignatureDoesNotMatch`.
    SignatureDoesNotMatch,
    /// `Throttling`.
    Throttling,
    /// `UnmodifiableEntity`.
    UnmodifiableEntity,
    /// `ValidationError`.
    ValidationError,
}

impl QueryErrorCode {
    /// The code on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::ConcurrentModification => "ConcurrentModification",
            Self::DeleteConflict => "DeleteConflict",
            Self::EntityAlreadyExists => "EntityAlreadyExists",
            Self::EntityTemporarilyUnmodifiable => "EntityTemporarilyUnmodifiable",
            Self::ExpiredToken => "ExpiredToken",
            Self::ExpiredTokenException => "ExpiredTokenException",
            Self::ExpiredTradeInTokenException => "ExpiredTradeInTokenException",
            Self::IDPCommunicationError => "IDPCommunicationError",
            Self::IDPRejectedClaim => "IDPRejectedClaim",
            Self::IncompleteSignature => "IncompleteSignature",
            Self::InternalFailure => "InternalFailure",
            Self::InvalidAction => "InvalidAction",
            Self::InvalidAuthenticationCode => "InvalidAuthenticationCode",
            Self::InvalidAuthorizationMessageException => "InvalidAuthorizationMessageException",
            Self::InvalidClientTokenId => "InvalidClientTokenId",
            Self::InvalidIdentityToken => "InvalidIdentityToken",
            Self::InvalidInput => "InvalidInput",
            Self::InvalidParameterCombination => "InvalidParameterCombination",
            Self::InvalidParameterValue => "InvalidParameterValue",
            Self::InvalidQueryParameter => "InvalidQueryParameter",
            Self::JWTPayloadSizeExceededException => "JWTPayloadSizeExceededException",
            Self::LimitExceeded => "LimitExceeded",
            Self::MalformedInput => "MalformedInput",
            Self::MalformedPolicyDocument => "MalformedPolicyDocument",
            Self::MalformedQueryString => "MalformedQueryString",
            Self::MissingAction => "MissingAction",
            Self::MissingAuthenticationToken => "MissingAuthenticationToken",
            Self::MissingParameter => "MissingParameter",
            Self::NoSuchEntity => "NoSuchEntity",
            Self::NotAuthorized => "NotAuthorized",
            Self::NotSupportedService => "NotSupportedService",
            Self::OpenIdIdpCommunicationError => "OpenIdIdpCommunicationError",
            Self::OptInRequired => "OptInRequired",
            Self::OutboundWebIdentityFederationDisabledException => {
                "OutboundWebIdentityFederationDisabledException"
            }
            Self::PackedPolicyTooLarge => "PackedPolicyTooLarge",
            Self::PolicyEvaluation => "PolicyEvaluation",
            Self::PolicyNotAttachable => "PolicyNotAttachable",
            Self::RegionDisabledException => "RegionDisabledException",
            Self::RequestExpired => "RequestExpired",
            Self::ServiceFailure => "ServiceFailure",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::SessionDurationEscalationException => "SessionDurationEscalationException",
            Self::SignatureDoesNotMatch => "SignatureDoesNotMatch",
            Self::Throttling => "Throttling",
            Self::UnmodifiableEntity => "UnmodifiableEntity",
            Self::ValidationError => "ValidationError",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::AccessDenied => 403,
            Self::ConcurrentModification => 409,
            Self::DeleteConflict => 409,
            Self::EntityAlreadyExists => 409,
            Self::EntityTemporarilyUnmodifiable => 409,
            Self::ExpiredToken => 403,
            Self::IDPRejectedClaim => 403,
            Self::IncompleteSignature => 403,
            Self::InternalFailure => 500,
            Self::InvalidAuthenticationCode => 403,
            Self::InvalidClientTokenId => 403,
            Self::LimitExceeded => 409,
            Self::MalformedQueryString => 404,
            Self::MissingAuthenticationToken => 403,
            Self::NoSuchEntity => 404,
            Self::NotSupportedService => 404,
            Self::OptInRequired => 403,
            Self::OutboundWebIdentityFederationDisabledException => 403,
            Self::PolicyEvaluation => 500,
            Self::RegionDisabledException => 403,
            Self::ServiceFailure => 500,
            Self::ServiceUnavailable => 503,
            Self::SessionDurationEscalationException => 403,
            Self::SignatureDoesNotMatch => 403,
            _ => 400,
        }
    }

    /// Whose fault it is.
    pub const fn side(self) -> Side {
        match self {
            Self::InternalFailure
            | Self::PolicyEvaluation
            | Self::ServiceFailure
            | Self::ServiceUnavailable => Side::Receiver,
            _ => Side::Sender,
        }
    }
}
