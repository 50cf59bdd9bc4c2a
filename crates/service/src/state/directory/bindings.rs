//! Whom the names in a policy stand for: as the store keeps it, and as documents are compiled with it.

use super::Directory;
use super::records::BoundPolicy;
use crate::state::record::RecordError;
use strongroom_policy::{Bindings, Document, DocumentKind, PolicyError, Resolver};
use strongroom_types::{AccountId, PrincipalArn, UniqueId};

impl Resolver for Directory {
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        Self::unique_id(self, arn)
    }

    fn knows(&self, id: &UniqueId) -> bool {
        self.by_unique_id.contains_key(id)
    }
}

impl Directory {
    /// Refuses a policy that names an account which is not there: whoever got its id later would be let in. What the
    /// policy that it replaces names already may stay.
    pub(crate) fn refuse_unknown_accounts(
        &self,
        policy: &Document,
        replaced: Option<&Document>,
    ) -> Result<(), PolicyError> {
        let stays = |account: &AccountId| {
            let mut named = replaced.into_iter().flat_map(Document::accounts);
            named.any(|named| named == account)
        };
        let known = |account: &AccountId| self.roots.contains_key(account) || stays(account);
        if policy.accounts().all(known) { Ok(()) } else { Err(PolicyError::InvalidPrincipal) }
    }
}

/// For a policy that takes the place of another: everybody who is there, and whom the other names already. So what answers
/// show of a policy can be put back: those who were deleted by their unique ids, and sessions of their roles.
struct Replacing<'a> {
    directory: &'a Directory,
    replaced: &'a Document,
}

impl Resolver for Replacing<'_> {
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        let named = || match arn {
            PrincipalArn::AssumedRole { .. } => self.replaced.bindings().arns.get(arn).cloned(),
            _ => None,
        };
        self.directory.unique_id(arn).or_else(named)
    }

    fn knows(&self, id: &UniqueId) -> bool {
        self.directory.knows(id) || self.replaced.unique_ids().any(|named| named == id)
    }
}

/// For policies that name nobody.
pub(crate) struct Nobody;

impl Resolver for Nobody {
    fn unique_id(&self, _: &PrincipalArn) -> Option<UniqueId> {
        None
    }

    fn knows(&self, _: &UniqueId) -> bool {
        false
    }
}

impl BoundPolicy {
    /// Compiles a text by the names as they stand now, and keeps whom they stand for. `replaced` is the policy in whose
    /// place it comes, if there is one.
    pub(crate) fn put(
        kind: DocumentKind,
        text: &str,
        directory: &Directory,
        replaced: Option<&Document>,
    ) -> Result<(Self, Document), PolicyError> {
        let document = match replaced {
            Some(replaced) => Document::parse(kind, text, &Replacing { directory, replaced })?,
            None => Document::parse(kind, text, directory)?,
        };
        let Bindings { arns, ids } = document.bindings();
        let bindings = arns.iter().map(|(arn, id)| (arn.to_string(), id.to_string())).collect();
        let ids = ids.iter().map(ToString::to_string).collect();
        Ok((Self { text: text.to_owned(), bindings, ids }, document))
    }

    /// Compiles it by whom its names stood for when it was put.
    pub(crate) fn compile(&self, kind: DocumentKind) -> Result<Document, RecordError> {
        Document::parse(kind, &self.text, &self.names()?)
            .map_err(|error| RecordError::Policy(error.to_string()))
    }

    /// Whom its names stood for.
    pub(crate) fn names(&self) -> Result<Bindings, RecordError> {
        let pair = |(arn, id): (&String, &String)| Ok((PrincipalArn::parse(arn)?, UniqueId::parse(id)?));
        Ok(Bindings {
            arns: self.bindings.iter().map(pair).collect::<Result<_, RecordError>>()?,
            ids: self.ids.iter().map(|id| Ok(UniqueId::parse(id)?)).collect::<Result<_, RecordError>>()?,
        })
    }
}
