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
    /// Something of the policy language that is not evaluated yet.
    #[error("Policy uses {0}, which is not supported yet.")]
    Unsupported(String),
    /// A required element is absent.
    #[error("Policy element '{0}' is required.")]
    MissingElement(&'static str),
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
    /// A principal that is no account, root or user.
    #[error("Policy contains a statement with one or more invalid principals.")]
    InvalidPrincipal,
    /// The lockout safety check failed.
    #[error("The new key policy will not allow you to update the key policy in the future.")]
    Lockout,
}
