//! Policy documents of every kind: reading a text once into what decisions use.

mod named;
mod rewrite;
mod warnings;

pub use rewrite::rewrite_deleted;
pub(crate) use rewrite::write;

use crate::json::{self, Json, Members, member, text};
use crate::pattern::Pattern;
use crate::principal::{Principal, Principals, Reader};
use crate::statement::{Actions, Effect, Selector, Statement};
use crate::template::Template;
use crate::{BoundPrincipal, PolicyError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use strongroom_types::{AccountId, PrincipalArn, UniqueId};

/// What a document is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A KMS key.
    KeyPolicy,
    /// A role: who may assume it.
    TrustPolicy,
    /// A user, group or role; also a permissions boundary.
    Identity,
    /// A session.
    Session,
}

impl DocumentKind {
    /// Whether its statements say whom they are about.
    pub(crate) fn names_principals(self) -> bool {
        matches!(self, Self::KeyPolicy | Self::TrustPolicy)
    }
}

/// Finds the principals that a document names.
pub trait Resolver {
    /// The unique id of a user, of a role, or of the role of an assumed-role session, if it exists.
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId>;

    /// Whether a principal of this unique id exists, or may be named though it was deleted: AWS shows its id in
    /// GetKeyPolicy and takes it back in PutKeyPolicy.
    fn knows(&self, id: &UniqueId) -> bool;
}

/// What a document's names stood for when it was put. Stored beside the text and given to [`Document::parse`] as
/// resolver when the text is compiled again, so that a re-created principal does not inherit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    /// Users, roles and assumed-role sessions, and the unique id of the user or role.
    pub arns: BTreeMap<PrincipalArn, UniqueId>,
    /// Principals that are named by unique id.
    pub ids: BTreeSet<UniqueId>,
}

impl Resolver for Bindings {
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        self.arns.get(arn).cloned()
    }

    fn knows(&self, id: &UniqueId) -> bool {
        self.ids.contains(id)
    }
}

/// A compiled document. Immutable; it keeps the texts of its conditions for explanations.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) kind: DocumentKind,
    pub(crate) statements: Vec<Statement>,
    bindings: Bindings,
}

impl Document {
    /// Reads a document (contract sections 4.9 and 6.3). Every error is a MalformedPolicyDocumentException.
    ///
    /// The caller checks the size before. Identity and session policies name nobody: any resolver does.
    pub fn parse(kind: DocumentKind, text: &str, resolver: &dyn Resolver) -> Result<Self, PolicyError> {
        let Json::Object(members) = json::read(text)? else {
            return Err(PolicyError::InvalidJson);
        };
        let variables = check_head(&members)?;
        let mut principals = Reader { resolver, bindings: Bindings::default() };
        let mut read = |json: &Json| Statement::read(json, kind, variables, &mut principals);
        let statements = match member(&members, "Statement") {
            Some(Json::List(items)) if !items.is_empty() => {
                items.iter().map(read).collect::<Result<Vec<_>, PolicyError>>()?
            }
            None | Some(Json::List(_)) => return Err(PolicyError::MissingElement("Statement")),
            Some(other) => vec![read(other)?],
        };
        if !kind.names_principals() {
            refuse_equal_sids(&statements)?;
        }
        Ok(Self { kind, statements, bindings: principals.bindings })
    }

    /// The policy of a key that was created without one: the account's root, and through it the account's
    /// identity policies, may do everything. Equal to reading [`crate::default_policy_text`].
    pub fn default_key_policy(account: &AccountId) -> Self {
        let statement = Statement {
            sid: Some(Arc::from("Enable IAM User Permissions")),
            effect: Effect::Allow,
            principals: Principals::Only(vec![Principal::Bound(BoundPrincipal::Account(account.clone()))]),
            actions: Some(Actions::new(Selector::Only(vec![Pattern::any_case("kms:*")]))),
            resources: Some(Selector::Only(vec![Template::Pattern(Pattern::exact_case("*"))])),
            conditions: Vec::new(),
        };
        Self { kind: DocumentKind::KeyPolicy, statements: vec![statement], bindings: Bindings::default() }
    }

    /// What the document is attached to.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// What the names in the document stand for.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// How many statements there are.
    pub fn statements(&self) -> usize {
        self.statements.len()
    }

    /// The unique ids of the users and roles that the document names in any way.
    pub fn unique_ids(&self) -> impl Iterator<Item = &UniqueId> {
        self.statements.iter().flat_map(|statement| statement.principals.listed()).filter_map(|principal| {
            match principal {
                Principal::Bound(BoundPrincipal::User(id) | BoundPrincipal::Role(id)) => Some(id),
                Principal::Bound(BoundPrincipal::Session { role, .. }) => Some(role),
                _ => None,
            }
        })
    }
}

/// `Version`, `Id` and the names of the top-level elements; whether the version has variables. Without a version
/// a document has the older one, which has none.
fn check_head(members: &Members) -> Result<bool, PolicyError> {
    let mut variables = false;
    for (name, value) in members {
        match name.as_str() {
            "Version" => match text("Version", value)? {
                "2012-10-17" => variables = true,
                "2008-10-17" => {}
                _ => return Err(PolicyError::UnknownVersion),
            },
            "Id" => {
                text("Id", value)?;
            }
            "Statement" => {}
            _ => return Err(PolicyError::UnknownElement(name.clone())),
        }
    }
    Ok(variables)
}

fn refuse_equal_sids(statements: &[Statement]) -> Result<(), PolicyError> {
    let mut seen = BTreeSet::new();
    let mut sids = statements.iter().filter_map(|statement| statement.sid.as_deref());
    let distinct = sids.all(|sid| sid.is_empty() || seen.insert(sid));
    if distinct { Ok(()) } else { Err(PolicyError::DuplicateSid) }
}
