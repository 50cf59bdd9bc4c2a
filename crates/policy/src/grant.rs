//! Grants: what they let their grantee do, under which constraints, and that none widens another.

use crate::caller::{BoundPrincipal, Match};
use crate::context::Pairs;
use crate::request::{Request, Subject};
use std::sync::Arc;
use strongroom_types::AccountId;

macro_rules! operations {
    ($($operation:ident,)*) => {
        /// An operation that a grant can list (contract section 1.2, †; ReEncrypt is two).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum GrantOperation {
            $(
                #[doc = concat!("`", stringify!($operation), "`.")]
                $operation,
            )*
        }

        impl GrantOperation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$operation,)*];

            /// The name on the wire, without prefix.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$operation => stringify!($operation),)* }
            }
        }
    };
}

operations! {
    Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncryptFrom, ReEncryptTo, Sign, Verify,
    GetPublicKey, CreateGrant, RetireGrant, DescribeKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
    GenerateMac, VerifyMac, DeriveSharedSecret, Encapsulate, Decapsulate,
}

impl GrantOperation {
    /// Finds the operation of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == text)
    }

    /// Whether the constraints of a grant are asked for: not where a request has no encryption context.
    pub const fn is_constrained(self) -> bool {
        !matches!(self, Self::CreateGrant | Self::DescribeKey | Self::RetireGrant)
    }

    /// Finds the operation that an action with its prefix is.
    pub fn of_action(action: &str) -> Option<Self> {
        Self::parse(action.strip_prefix("kms:")?)
    }
}

/// A set of operations, one bit each. The order is that of the bits: some order, for indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantOperations(u32);

impl GrantOperations {
    /// Whether the operation is in the set.
    pub const fn contains(self, operation: GrantOperation) -> bool {
        self.0 & (1 << operation as u32) != 0
    }

    /// Whether every operation of `self` is in `other`.
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The operations in the order of [`GrantOperation::ALL`].
    pub fn iter(self) -> impl Iterator<Item = GrantOperation> {
        GrantOperation::ALL.iter().copied().filter(move |operation| self.contains(*operation))
    }
}

impl FromIterator<GrantOperation> for GrantOperations {
    fn from_iter<I: IntoIterator<Item = GrantOperation>>(operations: I) -> Self {
        Self(operations.into_iter().fold(0, |bits, operation| bits | 1 << operation as u32))
    }
}

/// What the encryption context of a request has to be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Constraints {
    /// Exactly these pairs.
    Equals(Pairs),
    /// These pairs, and others if it likes.
    Subset(Pairs),
}

impl Constraints {
    /// `kms:GrantConstraintType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Equals(_) => "EncryptionContextEquals",
            Self::Subset(_) => "EncryptionContextSubset",
        }
    }

    /// The pairs: what CreateGrant's `kms:EncryptionContext:…` reads.
    pub fn pairs(&self) -> &Pairs {
        match self {
            Self::Equals(pairs) | Self::Subset(pairs) => pairs,
        }
    }

    /// Whether a request's encryption context satisfies them. Keys and values are compared exactly (contract
    /// section 10, "Grant constraint keys").
    pub fn admit(&self, context: Option<&Pairs>) -> bool {
        match self {
            Self::Equals(pairs) => context.map_or(pairs.is_empty(), |context| context == pairs),
            Self::Subset(pairs) => {
                pairs.iter().all(|(key, value)| context.and_then(|context| context.get(key)) == Some(value))
            }
        }
    }

    /// Whether everything that they admit is admitted by `parent` too.
    fn within(&self, parent: &Self) -> bool {
        match (self, parent) {
            (Self::Equals(pairs) | Self::Subset(pairs), Self::Subset(_)) => parent.admit(Some(pairs)),
            (Self::Equals(own), Self::Equals(wanted)) => own == wanted,
            (Self::Subset(_), Self::Equals(_)) => false,
        }
    }
}

/// A grant on a key, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id, 64 hex digits.
    pub id: Arc<str>,
    /// Who may.
    pub grantee: BoundPrincipal,
    /// Who may retire it.
    pub retiring: Option<BoundPrincipal>,
    /// The account of whoever made it, which may retire it too.
    pub issuer: AccountId,
    /// What the grantee may do.
    pub operations: GrantOperations,
    /// What the encryption context has to be.
    pub constraints: Option<Constraints>,
    /// What `aws:SourceArn` of a forwarded request has to be.
    pub source_arn: Option<Box<str>>,
}

/// The authority that a grant gives, apart from to whom.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// The operations.
    pub operations: GrantOperations,
    /// The constraints.
    pub constraints: Option<&'a Constraints>,
    /// The source ARN.
    pub source_arn: Option<&'a str>,
}

impl Authority<'_> {
    /// Whether a grant made under another gives no more than that: a subset of its operations, under equal or
    /// stricter constraints (contract section 4.10).
    pub fn within(&self, parent: &Authority<'_>) -> bool {
        let constraints = match (self.constraints, parent.constraints) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(wanted)) => own.within(wanted),
        };
        let source = parent.source_arn.is_none() || self.source_arn == parent.source_arn;
        self.operations.is_subset(parent.operations) && constraints && source
    }

    /// Whether a request of that operation is covered (contract section 6.10). Constraints are not asked for
    /// DescribeKey, RetireGrant and CreateGrant (which is held against the whole authority instead); the source
    /// ARN only not for RetireGrant.
    pub fn covers(
        &self,
        operation: GrantOperation,
        context: Option<&Pairs>,
        source_arn: Option<&str>,
    ) -> Result<(), GrantMismatch> {
        if !self.operations.contains(operation) {
            return Err(GrantMismatch::Operation);
        }
        if operation != GrantOperation::RetireGrant
            && self.source_arn.is_some()
            && self.source_arn != source_arn
        {
            return Err(GrantMismatch::SourceArn);
        }
        match self.constraints {
            Some(constraints) if operation.is_constrained() && !constraints.admit(context) => {
                Err(GrantMismatch::Constraints)
            }
            _ => Ok(()),
        }
    }
}

/// Why a grant does not let a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum GrantMismatch {
    /// Somebody else is the grantee.
    Grantee,
    /// The operation is not listed.
    Operation,
    /// The encryption context does not satisfy the constraints.
    Constraints,
    /// `aws:SourceArn` is another, or absent.
    SourceArn,
    /// The grant that is to be made under it would give more than it gives.
    Widening,
}

impl Grant {
    /// What it gives.
    pub fn authority(&self) -> Authority<'_> {
        Authority {
            operations: self.operations,
            constraints: self.constraints.as_ref(),
            source_arn: self.source_arn.as_deref(),
        }
    }

    /// Whether and how the grant lets a request.
    pub(crate) fn lets(&self, request: &Request<'_>) -> Result<Match, GrantMismatch> {
        let Subject::Caller(caller) = request.subject else { return Err(GrantMismatch::Grantee) };
        let matched = caller.matched_by(&self.grantee).ok_or(GrantMismatch::Grantee)?;
        let operation = GrantOperation::of_action(request.action.as_str()).ok_or(GrantMismatch::Operation)?;
        let (facts, source_arn) = (&request.context.request, request.context.via.source_arn);
        self.authority().covers(operation, facts.encryption_context, source_arn)?;
        if operation == GrantOperation::CreateGrant {
            let grant = facts.grant.ok_or(GrantMismatch::Widening)?;
            let child = Authority {
                operations: grant.operations,
                constraints: grant.constraints,
                source_arn: grant.source_arn,
            };
            if !child.within(&self.authority()) {
                return Err(GrantMismatch::Widening);
            }
        }
        Ok(matched)
    }
}
