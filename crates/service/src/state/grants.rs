//! The grants on a key: by id, by grantee, and in the order in which a decision goes through those of its caller.

mod index;

use super::record::{GrantRecord, PrincipalName, RecordError};
use imbl::OrdMap;
use index::{GrantIndex, Sought};
use std::collections::BTreeMap;
use std::sync::Arc;
use strongroom_policy::{BoundPrincipal, Caller, Constraints, Grant, GrantOperation, Question};
use strongroom_storage::Revision;
use strongroom_types::{AccountId, GrantId, PrincipalArn, UniqueId};

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
    index: GrantIndex,
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
    pub(crate) fn of<'a>(
        &'a self,
        grantee: &BoundPrincipal,
    ) -> impl Iterator<Item = &'a Arc<GrantEntry>> + use<'a> {
        let first = (grantee.clone(), lowest_id());
        let grantee = grantee.clone();
        self.by_grantee.range(first..).take_while(move |((of, _), _)| *of == grantee).map(|(_, entry)| entry)
    }

    /// Grants that may let a request, the narrowest grantee's first: what others let is let by one of these too.
    pub(crate) fn for_request<'g>(&'g self, question: &'g Question<'_>) -> impl Iterator<Item = &'g Grant> {
        let sought = if self.is_empty() { None } else { Sought::of(question) };
        let found = sought.into_iter().flat_map(move |sought| {
            let grantees = question.caller.index_keys().into_iter();
            grantees.flat_map(move |grantee| self.index.candidates(&grantee, &sought))
        });
        found.map(|entry| &entry.grant)
    }

    /// Those of one grantee that list an operation, or those that do not.
    pub(crate) fn listing<'g>(
        &'g self,
        grantee: &'g BoundPrincipal,
        operation: Option<GrantOperation>,
        lists: bool,
    ) -> impl Iterator<Item = &'g Arc<GrantEntry>> {
        self.index.listing(grantee, operation, lists)
    }

    /// How many a grantee has.
    pub(crate) fn number_of(&self, grantee: &BoundPrincipal) -> usize {
        self.index.number_of(grantee)
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
        self.index.insert(&entry);
        self.by_id.insert(entry.id.clone(), entry);
    }

    pub(super) fn delete(&mut self, id: &GrantId) -> Option<Arc<GrantEntry>> {
        let entry = self.by_id.remove(id)?;
        self.by_grantee.remove(&(entry.grant.grantee.clone(), id.clone()));
        self.index.remove(&entry);
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
        issuer: AccountId::parse(&record.issuer)?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use strongroom_policy::{Context, Pairs, RequestFacts, Resource};

    /// The unique id of the role in these tests.
    pub(super) const ROLE: &str = "AROAROLEROLE";

    /// A grant with the bytes of its id, its grantee by name and unique id, and what its constraint is equal to or a
    /// subset of.
    pub(super) fn grant_with(
        id: [u8; 32],
        (grantee, unique_id): (&str, Option<&str>),
        operations: &[&str],
        (context_equals, context_subset): (Option<Pairs>, Option<Pairs>),
        source_arn: Option<String>,
    ) -> Arc<GrantEntry> {
        let grantee = PrincipalName { name: grantee.to_owned(), unique_id: unique_id.map(str::to_owned) };
        let record = GrantRecord {
            name: String::new(),
            operations: operations.iter().map(|name| (*name).to_owned()).collect(),
            grantee,
            retiring: None,
            context_equals,
            context_subset,
            source_arn,
            issuer: "111122223333".to_owned(),
            created_ms: 0,
            unknown: serde_json::Map::new(),
        };
        Arc::new(GrantEntry::new(GrantId::from_random(id), record, Revision::ZERO).unwrap())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// A grant to the role of these operations, with a constraint on a part of the context.
    fn grant(id: u8, operations: &[&str], subset: Option<Pairs>) -> Arc<GrantEntry> {
        let role = ("arn:aws:iam::111122223333:role/r", Some(ROLE));
        grant_with([id; 32], role, operations, (None, subset), None)
    }

    /// The first bytes of the ids of those that are looked at.
    fn found(grants: &Grants, action: &str, context: Option<&Pairs>) -> BTreeSet<String> {
        let caller = Caller::role_session(
            AccountId::parse("111122223333").unwrap(),
            "r",
            UniqueId::parse(ROLE).unwrap(),
            "s",
        );
        let request = RequestFacts { encryption_context: context, ..RequestFacts::default() };
        let context = Context { request, ..Context::default() };
        let resource = Resource::None;
        let question = Question { caller: &caller, action: action.into(), resource, context: &context };
        grants.for_request(&question).map(|grant| grant.id[..2].to_owned()).collect()
    }

    #[test]
    fn grants_that_may_let_a_request_are_looked_at_and_no_others() {
        let mut grants = Grants::default();
        let volume = |number: &str| Some(pairs(&[("volume", number), ("zone", "a")]));
        grants.put(grant(1, &["Decrypt"], volume("1")));
        grants.put(grant(2, &["Decrypt"], volume("2")));
        grants.put(grant(3, &["Decrypt"], None));
        grants.put(grant(4, &["Encrypt"], None));
        grants.put(grant(5, &["Decrypt", "DescribeKey"], volume("3")));
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let context = pairs(&[("app", "x"), ("volume", "2"), ("zone", "a")]);
        assert_eq!(found(&grants, "kms:Decrypt", Some(&context)), set(&["02", "03"]));
        assert_eq!(found(&grants, "kms:Decrypt", None), set(&["03"]));
        assert_eq!(found(&grants, "kms:DescribeKey", None), set(&["05"]), "constraints are not asked");
        assert_eq!(found(&grants, "kms:PutKeyPolicy", Some(&context)), set(&[]), "no grant lists it");
        // Of those that give the same one is enough, and there is another when it is gone.
        grants.put(grant(6, &["Decrypt"], volume("2")));
        assert_eq!(found(&grants, "kms:Decrypt", Some(&context)), set(&["02", "03"]));
        grants.delete(&GrantId::from_random([2; 32])).unwrap();
        assert_eq!(found(&grants, "kms:Decrypt", Some(&context)), set(&["03", "06"]));
        grants.put(grant(6, &["Decrypt"], volume("4")));
        assert_eq!(found(&grants, "kms:Decrypt", Some(&context)), set(&["03"]), "another constraint now");
    }
}
