//! The names of all errors and their HTTP statuses: one table, chosen nowhere else.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

/// The name of an error on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// `AccessDeniedException`.
    AccessDenied,
    /// `AlreadyExistsException`.
    AlreadyExists,
    /// `CloudHsmClusterInUseException`.
    CloudHsmClusterInUse,
    /// `CloudHsmClusterInvalidConfigurationException`.
    CloudHsmClusterInvalidConfiguration,
    /// `CloudHsmClusterNotActiveException`.
    CloudHsmClusterNotActive,
    /// `CloudHsmClusterNotFoundException`.
    CloudHsmClusterNotFound,
    /// `CloudHsmClusterNotRelatedException`.
    CloudHsmClusterNotRelated,
    /// `ConflictException`.
    Conflict,
    /// `CustomKeyStoreHasCMKsException`.
    CustomKeyStoreHasCMKs,
    /// `CustomKeyStoreInvalidStateException`.
    CustomKeyStoreInvalidState,
    /// `CustomKeyStoreNameInUseException`.
    CustomKeyStoreNameInUse,
    /// `CustomKeyStoreNotFoundException`.
    CustomKeyStoreNotFound,
    /// `DependencyTimeoutException`.
    DependencyTimeout,
    /// `DisabledException`.
    Disabled,
    /// `DryRunOperationException`.
    DryRunOperation,
    /// `ExpiredImportTokenException`.
    ExpiredImportToken,
    /// `IncorrectKeyException`.
    IncorrectKey,
    /// `IncorrectKeyMaterialException`.
    IncorrectKeyMaterial,
    /// `IncorrectTrustAnchorException`.
    IncorrectTrustAnchor,
    /// `InternalFailure`.
    InternalFailure,
    /// `InvalidAliasNameException`.
    InvalidAliasName,
    /// `InvalidArnException`.
    InvalidArn,
    /// `InvalidCiphertextException`.
    InvalidCiphertext,
    /// `InvalidGrantIdException`.
    InvalidGrantId,
    /// `InvalidGrantTokenException`.
    InvalidGrantToken,
    /// `InvalidImportTokenException`.
    InvalidImportToken,
    /// `InvalidKeyUsageException`.
    InvalidKeyUsage,
    /// `InvalidMarkerException`.
    InvalidMarker,
    /// `KMSInternalException`.
    KMSInternal,
    /// `KMSInvalidMacException`.
    KMSInvalidMac,
    /// `KMSInvalidSignatureException`.
    KMSInvalidSignature,
    /// `KMSInvalidStateException`.
    KMSInvalidState,
    /// `KeyUnavailableException`.
    KeyUnavailable,
    /// `LimitExceededException`.
    LimitExceeded,
    /// `MalformedPolicyDocumentException`.
    MalformedPolicyDocument,
    /// `NotAuthorizedException`.
    NotAuthorized,
    /// `NotFoundException`.
    NotFound,
    /// `SerializationException`.
    Serialization,
    /// `TagException`.
    Tag,
    /// `ThrottlingException`.
    Throttling,
    /// `UnknownOperationException`.
    UnknownOperation,
    /// `UnsupportedOperationException`.
    UnsupportedOperation,
    /// `ValidationException`.
    Validation,
    /// `XksKeyAlreadyInUseException`.
    XksKeyAlreadyInUse,
    /// `XksKeyInvalidConfigurationException`.
    XksKeyInvalidConfiguration,
    /// `XksKeyNotFoundException`.
    XksKeyNotFound,
    /// `XksProxyIncorrectAuthenticationCredentialException`.
    XksProxyIncorrectAuthenticationCredential,
    /// `XksProxyInvalidConfigurationException`.
    XksProxyInvalidConfiguration,
    /// `XksProxyInvalidResponseException`.
    XksProxyInvalidResponse,
    /// `XksProxyUriEndpointInUseException`.
    XksProxyUriEndpointInUse,
    /// `XksProxyUriInUseException`.
    XksProxyUriInUse,
    /// `XksProxyUriUnreachableException`.
    XksProxyUriUnreachable,
    /// `XksProxyVpcEndpointServiceInUseException`.
    XksProxyVpcEndpointServiceInUse,
    /// `XksProxyVpcEndpointServiceInvalidConfigurationException`.
    XksProxyVpcEndpointServiceInvalidConfiguration,
    /// `XksProxyVpcEndpointServiceNotFoundException`.
    XksProxyVpcEndpointServiceNotFound,
}

impl ErrorCode {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::AlreadyExists => "AlreadyExistsException",
            Self::CloudHsmClusterInUse => "CloudHsmClusterInUseException",
            Self::CloudHsmClusterInvalidConfiguration => "CloudHsmClusterInvalidConfigurationException",
            Self::CloudHsmClusterNotActive => "CloudHsmClusterNotActiveException",
            Self::CloudHsmClusterNotFound => "CloudHsmClusterNotFoundException",
            Self::CloudHsmClusterNotRelated => "CloudHsmClusterNotRelatedException",
            Self::Conflict => "ConflictException",
            Self::CustomKeyStoreHasCMKs => "CustomKeyStoreHasCMKsException",
            Self::CustomKeyStoreInvalidState => "CustomKeyStoreInvalidStateException",
            Self::CustomKeyStoreNameInUse => "CustomKeyStoreNameInUseException",
            Self::CustomKeyStoreNotFound => "CustomKeyStoreNotFoundException",
            Self::DependencyTimeout => "DependencyTimeoutException",
            Self::Disabled => "DisabledException",
            Self::DryRunOperation => "DryRunOperationException",
            Self::ExpiredImportToken => "ExpiredImportTokenException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::IncorrectKeyMaterial => "IncorrectKeyMaterialException",
            Self::IncorrectTrustAnchor => "IncorrectTrustAnchorException",
            Self::InternalFailure => "InternalFailure",
            Self::InvalidAliasName => "InvalidAliasNameException",
            Self::InvalidArn => "InvalidArnException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::InvalidGrantId => "InvalidGrantIdException",
            Self::InvalidGrantToken => "InvalidGrantTokenException",
            Self::InvalidImportToken => "InvalidImportTokenException",
            Self::InvalidKeyUsage => "InvalidKeyUsageException",
            Self::InvalidMarker => "InvalidMarkerException",
            Self::KMSInternal => "KMSInternalException",
            Self::KMSInvalidMac => "KMSInvalidMacException",
            Self::KMSInvalidSignature => "KMSInvalidSignatureException",
            Self::KMSInvalidState => "KMSInvalidStateException",
            Self::KeyUnavailable => "KeyUnavailableException",
            Self::LimitExceeded => "LimitExceededException",
            Self::MalformedPolicyDocument => "MalformedPolicyDocumentException",
            Self::NotAuthorized => "NotAuthorizedException",
            Self::NotFound => "NotFoundException",
            Self::Serialization => "SerializationException",
            Self::Tag => "TagException",
            Self::Throttling => "ThrottlingException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::UnsupportedOperation => "UnsupportedOperationException",
            Self::Validation => "ValidationException",
            Self::XksKeyAlreadyInUse => "XksKeyAlreadyInUseException",
            Self::XksKeyInvalidConfiguration => "XksKeyInvalidConfigurationException",
            Self::XksKeyNotFound => "XksKeyNotFoundException",
            Self::XksProxyIncorrectAuthenticationCredential => {
                "XksProxyIncorrectAuthenticationCredentialException"
            }
            Self::XksProxyInvalidConfiguration => "XksProxyInvalidConfigurationException",
            Self::XksProxyInvalidResponse => "XksProxyInvalidResponseException",
            Self::XksProxyUriEndpointInUse => "XksProxyUriEndpointInUseException",
            Self::XksProxyUriInUse => "XksProxyUriInUseException",
            Self::XksProxyUriUnreachable => "XksProxyUriUnreachableException",
            Self::XksProxyVpcEndpointServiceInUse => "XksProxyVpcEndpointServiceInUseException",
            Self::XksProxyVpcEndpointServiceInvalidConfiguration => {
                "XksProxyVpcEndpointServiceInvalidConfigurationException"
            }
            Self::XksProxyVpcEndpointServiceNotFound => "XksProxyVpcEndpointServiceNotFoundException",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::DependencyTimeout => 503,
            Self::InternalFailure => 500,
            Self::KMSInternal => 500,
            Self::KeyUnavailable => 500,
            _ => 400,
        }
    }
}
