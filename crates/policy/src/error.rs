//! Why a policy document is refused. The texts are those of MalformedPolicyDocumentException.

/// A refused document. Where AWS's text is known it is used (contract section 4.9).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not a JSON object, or nested too deeply.
    #[error("Policy is not valid JSON.")]
    InvalidJson,
    /// One object names a member twice, so that readers could disagree about its value.
    #[error("Policy contains the element '{0}' more than once in the same object.")]
    DuplicateElement(String),
    /// An element that the policy language does not have.
    #[error("Policy contains an unknown element: '{0}'.")]
    UnknownElement(String),
    /// A principal of a kind that KMS does not take.
    #[error("Policy uses {0}, which is not supported.")]
    Unsupported(String),
    /// A required element is absent.
    #[error("Policy element '{0}' is required.")]
    MissingElement(&'static str),
    /// An identity policy's statement without `Action` or `NotAction`.
    #[error("Policy statement must contain actions.")]
    MissingActions,
    /// An identity policy's statement without `Resource` or `NotResource`.
    #[error("Policy statement must contain resources.")]
    MissingResources,
    /// An identity policy's statement with `Principal` or `NotPrincipal`.
    #[error("Policy document should not specify a principal.")]
    ProhibitedPrincipal,
    /// A trust policy's statement with `Resource` or `NotResource`.
    #[error("Has prohibited field Resource")]
    ProhibitedResource,
    /// An identity policy's resource that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    ResourceNotArn(String),
    /// Two statements of an identity policy with one `Sid`.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    /// A `Sid` of an identity policy with other characters than letters and digits.
    #[error("Statement ID (SID) '{0}' must be alphanumeric.")]
    InvalidSid(String),
    /// An element has a value of another type, or an empty list.
    #[error("Policy element '{name}' must be {expected}.")]
    WrongType {
        /// The element.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A statement has an element and its negation.
    #[error("Policy contains a statement with both '{0}' and '{1}'.")]
    Both(&'static str, &'static str),
    /// A version of the language that does not exist.
    #[error("Policy element 'Version' must be '2012-10-17' or '2008-10-17'.")]
    UnknownVersion,
    /// An effect that does not exist.
    #[error("Policy element 'Effect' must be 'Allow' or 'Deny'.")]
    UnknownEffect,
    /// An action without the service it belongs to would never match anything.
    #[error("Policy contains an action without a service prefix: '{0}'.")]
    ActionWithoutService(String),
    /// An action with characters that no action has, variables among them.
    #[error("Policy contains an invalid action: '{0}'.")]
    InvalidAction(String),
    /// A principal that is malformed or does not exist.
    #[error("Policy contains a statement with one or more invalid principals.")]
    InvalidPrincipal,
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}.")]
    UnknownOperator(String),
    /// A condition key without the prefix of a service or an identity provider.
    #[error("Policy contains a condition key without a prefix: '{0}'.")]
    KeyWithoutPrefix(String),
    /// A `kms:` condition key that does not exist.
    #[error("Policy contains an unknown condition key: '{0}'.")]
    UnknownConditionKey(String),
    /// A value that the operator cannot read.
    #[error(
        "Policy contains an invalid value for the condition operator '{operator}': '{value}' is not {expected}."
    )]
    InvalidValue {
        /// The operator as it was written.
        operator: String,
        /// The value as it was written.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// `ForAllValues` is true when the key is absent: with a single-valued key in an Allow it lets everybody in.
    #[error(
        "OverlyPermissiveCondition: the operator '{operator}' with the single-valued condition key '{key}' in an \
         Allow statement matches every request that lacks the key."
    )]
    OverlyPermissive {
        /// The operator as it was written.
        operator: String,
        /// The key as it was written.
        key: String,
    },
    /// `${` without an end, without a key, or with a default that is no quoted text.
    #[error("Policy contains an invalid policy variable: '{0}'.")]
    InvalidVariable(String),
    /// The lockout safety check failed.
    #[error("The new key policy will not allow you to update the key policy in the future.")]
    Lockout,
}
