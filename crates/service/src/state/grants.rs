//! The grants on a key: by id, and by grantee, so that a decision looks at the caller's own only.

use super::record::{GrantRecord, PrincipalName, RecordError};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use strongroom_policy::{BoundPrincipal, Caller, Constraints, Grant, GrantOperation};
use strongroom_storage::Revision;
use strongroom_types::{GrantId, PrincipalArn, UniqueId};

/// A grant.
#[derive(Debug)]
pub(crate) struct GrantEntry {
    pub(crate) id: GrantId,
    pub(crate) record: GrantRecord,
    pub(crate) revision: Revision,
    /// As decisions read it.
    pub(crate) grant: Grant,
}

impl GrantEntry {
    pub(super) fn new(id: GrantId, record: GrantRecord, revision: Revision) -> Result<Self, RecordError> {
        let grant = compiled(&id, &record)?;
        Ok(Self { id, record, revision, grant })
    }
}

/// The grants on one key. Persistent: a copy costs nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    by_id: OrdMap<GrantId, Arc<GrantEntry>>,
    by_grantee: OrdMap<(BoundPrincipal, GrantId), Arc<GrantEntry>>,
}

impl Grants {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: &GrantId) -> Option<&Arc<GrantEntry>> {
        self.by_id.get(id)
    }

    /// All of them after an id, in the order of their ids.
    pub(crate) fn after(&self, id: Option<&GrantId>) -> impl Iterator<Item = &Arc<GrantEntry>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = id.map_or(Unbounded, |id| Excluded(id.clone()));
        self.by_id.range((from, Unbounded)).map(|(_, entry)| entry)
    }

    /// Those of one grantee.
    pub(crate) fn of(&self, grantee: &BoundPrincipal) -> impl Iterator<Item = &Arc<GrantEntry>> {
        let first = (grantee.clone(), lowest_id());
        let grantee = grantee.clone();
        self.by_grantee.range(first..).take_while(move |((of, _), _)| *of == grantee).map(|(_, entry)| entry)
    }

    /// Those that a caller may use.
    pub(crate) fn for_caller<'a>(&'a self, caller: &Caller) -> Vec<&'a Grant> {
        if self.is_empty() {
            return Vec::new();
        }
        caller.index_keys().iter().flat_map(|key| self.of(key)).map(|entry| &entry.grant).collect()
    }

    /// Those of one grantee after an id, in the order of their ids.
    pub(crate) fn of_after(
        &self,
        grantee: &BoundPrincipal,
        id: Option<&GrantId>,
    ) -> impl Iterator<Item = &Arc<GrantEntry>> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let from = match id {
            Some(id) => Excluded((grantee.clone(), id.clone())),
            None => Included((grantee.clone(), lowest_id())),
        };
        let grantee = grantee.clone();
        let own = self.by_grantee.range((from, Unbounded)).take_while(move |((of, _), _)| *of == grantee);
        own.map(|(_, entry)| entry)
    }

    /// The same, to be kept.
    pub(crate) fn entries_for(&self, caller: &Caller) -> Vec<Arc<GrantEntry>> {
        if self.is_empty() {
            return Vec::new();
        }
        caller.index_keys().iter().flat_map(|key| self.of(key)).cloned().collect()
    }

    pub(super) fn put(&mut self, entry: Arc<GrantEntry>) {
        self.delete(&entry.id);
        self.by_grantee.insert((entry.grant.grantee.clone(), entry.id.clone()), entry.clone());
        self.by_id.insert(entry.id.clone(), entry);
    }

    pub(super) fn delete(&mut self, id: &GrantId) -> Option<Arc<GrantEntry>> {
        let entry = self.by_id.remove(id)?;
        self.by_grantee.remove(&(entry.grant.grantee.clone(), id.clone()));
        Some(entry)
    }
}

/// The id before all others.
fn lowest_id() -> GrantId {
    GrantId::from_random([0; 32])
}

fn compiled(id: &GrantId, record: &GrantRecord) -> Result<Grant, RecordError> {
    let operation = |name: &String| {
        GrantOperation::parse(name).ok_or_else(|| RecordError::Policy(format!("a grant of {name}")))
    };
    let operations = record.operations.iter().map(operation).collect::<Result<_, _>>()?;
    let pairs = |pairs: &BTreeMap<String, String>| pairs.clone();
    let equals = record.context_equals.as_ref().map(pairs).map(Constraints::Equals);
    let subset = record.context_subset.as_ref().map(pairs).map(Constraints::Subset);
    Ok(Grant {
        id: id.shared(),
        grantee: bound(&record.grantee)?,
        retiring: record.retiring.as_ref().map(bound).transpose()?,
        operations,
        constraints: equals.or(subset),
        source_arn: record.source_arn.as_deref().map(Into::into),
    })
}

/// Whom a name stood for when the grant was made.
fn bound(principal: &PrincipalName) -> Result<BoundPrincipal, RecordError> {
    let Ok(arn) = PrincipalArn::parse(&principal.name) else {
        return Ok(BoundPrincipal::Service(principal.name.as_str().into()));
    };
    let id = principal.unique_id.as_deref().map(UniqueId::parse).transpose()?;
    BoundPrincipal::bind(&arn, |_| id)
        .ok_or_else(|| RecordError::Policy(format!("a grant for {arn} without its unique id")))
}
