//! The grants on a key: by id, and by grantee, so that a decision looks at the caller's own only; also by what their
//! constraint begins with, so that of many for one grantee it looks at those for its encryption context.

use super::record::{GrantRecord, PrincipalName, RecordError};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use strongroom_policy::{Action, BoundPrincipal, Caller, Constraints, Grant, GrantOperation, Pairs};
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
    by_pair: OrdMap<(BoundPrincipal, FirstPair, GrantId), Arc<GrantEntry>>,
}

/// The first pair of a constraint, which an encryption context has to have; `None` when it asks for no pair.
type FirstPair = Option<(String, String)>;

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

    /// Those that may let a caller's request, the narrowest grantee's first: others have another grantee, or a pair in
    /// their constraint that the encryption context has not.
    pub(crate) fn for_request<'a>(
        &'a self,
        caller: &Caller,
        action: Action<'_>,
        context: Option<&'a Pairs>,
    ) -> impl Iterator<Item = &'a Grant> + use<'a> {
        let operation = GrantOperation::of_action(action.as_str()).filter(|_| !self.is_empty());
        let grantees = operation.map(|_| caller.index_keys()).unwrap_or_default();
        let constrained = operation.is_some_and(GrantOperation::is_constrained);
        grantees.into_iter().flat_map(move |grantee| {
            let all = (!constrained).then(|| self.of(&grantee));
            let pairs = constrained.then(|| first_pairs(context)).into_iter().flatten();
            let found = pairs.flat_map(move |pair| self.under(grantee.clone(), pair));
            all.into_iter().flatten().chain(found).map(|entry| &entry.grant)
        })
    }

    /// Those of one grantee whose constraint begins so.
    fn under<'a>(
        &'a self,
        grantee: BoundPrincipal,
        pair: FirstPair,
    ) -> impl Iterator<Item = &'a Arc<GrantEntry>> + use<'a> {
        let first = (grantee.clone(), pair.clone(), lowest_id());
        let own = self.by_pair.range(first..);
        own.take_while(move |((of, begins, _), _)| *of == grantee && *begins == pair).map(|(_, entry)| entry)
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
        let pair = first_pair(&entry.grant);
        self.by_pair.insert((entry.grant.grantee.clone(), pair, entry.id.clone()), entry.clone());
        self.by_id.insert(entry.id.clone(), entry);
    }

    pub(super) fn delete(&mut self, id: &GrantId) -> Option<Arc<GrantEntry>> {
        let entry = self.by_id.remove(id)?;
        self.by_grantee.remove(&(entry.grant.grantee.clone(), id.clone()));
        self.by_pair.remove(&(entry.grant.grantee.clone(), first_pair(&entry.grant), id.clone()));
        Some(entry)
    }
}

fn first_pair(grant: &Grant) -> FirstPair {
    let (key, value) = grant.constraints.as_ref()?.pairs().first_key_value()?;
    Some((key.clone(), value.clone()))
}

/// What constraints that admit an encryption context can begin with.
fn first_pairs(context: Option<&Pairs>) -> impl Iterator<Item = FirstPair> {
    let pairs = context.into_iter().flatten();
    std::iter::once(None).chain(pairs.map(|(key, value)| Some((key.clone(), value.clone()))))
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

    const USER: &str = "AIDAALICEALICE";

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// A grant to the user, with the bytes of its id.
    fn grant(id: [u8; 32], equals: Option<Pairs>, subset: Option<Pairs>) -> Arc<GrantEntry> {
        let name = "arn:aws:iam::111122223333:user/alice".to_owned();
        let record = GrantRecord {
            name: String::new(),
            operations: BTreeSet::from(["Decrypt".to_owned()]),
            grantee: PrincipalName { name, unique_id: Some(USER.to_owned()) },
            retiring: None,
            context_equals: equals,
            context_subset: subset,
            source_arn: None,
            issuer: "111122223333".to_owned(),
            created_ms: 0,
            unknown: serde_json::Map::new(),
        };
        Arc::new(GrantEntry::new(GrantId::from_random(id), record, Revision::ZERO).unwrap())
    }

    fn found(grants: &Grants, action: &str, context: Option<&Pairs>) -> usize {
        let account = AccountId::parse("111122223333").unwrap();
        let caller = Caller::user(account, "alice", UniqueId::parse(USER).unwrap());
        grants.for_request(&caller, Action::of(action), context).count()
    }

    #[test]
    fn of_many_grants_to_one_grantee_those_for_the_context_are_looked_at() {
        let mut grants = Grants::default();
        for number in 0..1_000_u16 {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&number.to_be_bytes());
            let name = number.to_string();
            let volume = pairs(&[("volume", name.as_str()), ("zone", "a")]);
            let (equals, subset) = if number % 2 == 0 { (Some(volume), None) } else { (None, Some(volume)) };
            grants.put(grant(id, equals, subset));
        }
        grants.put(grant([0xee; 32], Some(Pairs::new()), None));
        grants.put(grant([0xff; 32], None, None));
        let context = pairs(&[("app", "x"), ("volume", "7"), ("zone", "a")]);
        assert_eq!(found(&grants, "kms:Decrypt", Some(&context)), 3);
        assert_eq!(found(&grants, "kms:Decrypt", None), 2);
        assert_eq!(found(&grants, "kms:DescribeKey", Some(&context)), 1_002, "constraints are not asked");
        assert_eq!(found(&grants, "kms:PutKeyPolicy", Some(&context)), 0, "no grant lists it");
        let mut seventh = [0; 32];
        seventh[1] = 7;
        grants.delete(&GrantId::from_random(seventh)).unwrap();
        grants.put(grant([0xff; 32], None, Some(pairs(&[("app", "y")]))));
        assert_eq!(
            found(&grants, "kms:Decrypt", Some(&context)),
            1,
            "deleted, and constrained by another pair"
        );
    }
}
