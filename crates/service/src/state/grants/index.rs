//! The grants on a key in an order that leads a decision past all that cannot let its request, however many a grantee
//! has: by what they let do, and by the pairs of their constraints. Of grants that give the same authority to the same
//! grantee one is found: the others would let the same requests.

use super::GrantEntry;
use equivalent::{Comparable, Equivalent};
use imbl::{OrdMap, OrdSet};
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;
use strongroom_policy::{BoundPrincipal, Constraints, GrantOperation, GrantOperations, Question};

/// A pair of an encryption context.
type Pair<'a> = (&'a str, &'a str);

/// Persistent: a copy costs nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct GrantIndex {
    filed: OrdSet<Filed>,
    /// How many each grantee has.
    numbers: OrdMap<BoundPrincipal, usize>,
}

impl GrantIndex {
    /// Adds a grant that is not in here.
    pub(super) fn insert(&mut self, entry: &Arc<GrantEntry>) {
        let grantee = &entry.grant.grantee;
        let number = self.number_of(grantee) + 1;
        self.numbers.insert(grantee.clone(), number);
        self.filed.insert(Filed(entry.clone()));
    }

    /// Takes out a grant that is in here.
    pub(super) fn remove(&mut self, entry: &Arc<GrantEntry>) {
        let grantee = &entry.grant.grantee;
        match self.number_of(grantee) {
            0 | 1 => {
                self.numbers.remove(grantee);
            }
            many => {
                self.numbers.insert(grantee.clone(), many - 1);
            }
        }
        self.filed.remove(&Filed(entry.clone()));
    }

    /// How many grants a grantee has.
    pub(super) fn number_of(&self, grantee: &BoundPrincipal) -> usize {
        self.numbers.get(grantee).copied().unwrap_or_default()
    }

    /// The grants of one grantee that list an operation, or those that do not.
    pub(super) fn listing<'g>(
        &'g self,
        grantee: &'g BoundPrincipal,
        operation: Option<GrantOperation>,
        lists: bool,
    ) -> impl Iterator<Item = &'g Arc<GrantEntry>> {
        let wanted =
            move |set: &GrantOperations| operation.is_some_and(|operation| set.contains(operation)) == lists;
        self.sets(grantee).filter(wanted).flat_map(move |set| {
            let first = Place { operations: Some(set), ..Place::of(grantee) };
            let own =
                move |filed: &&Filed| filed.0.grant.operations == set && filed.0.grant.grantee == *grantee;
            self.filed.range(first..).take_while(own).map(|filed| &filed.0)
        })
    }

    /// Grants of one grantee, among them one of each authority that lets a request.
    pub(super) fn candidates<'g>(
        &'g self,
        grantee: BoundPrincipal,
        sought: &Sought<'g>,
    ) -> impl Iterator<Item = &'g Arc<GrantEntry>> + use<'g> {
        let sources = std::iter::once(None).chain(sought.source_arn.map(Some));
        let listing = self.sets(&grantee).filter(|set| set.contains(sought.operation));
        let parts: Vec<(GrantOperations, Option<&'g str>)> =
            listing.flat_map(|set| sources.clone().map(move |source_arn| (set, source_arn))).collect();
        let context = sought.context.clone();
        parts.into_iter().flat_map(move |(operations, source_arn)| Search {
            filed: &self.filed,
            grantee: grantee.clone(),
            operations,
            source_arn,
            context: context.clone(),
            next: Some((Vec::new(), None)),
        })
    }

    /// The sets of operations that grants of one grantee list, each once: there are few.
    fn sets<'g>(&'g self, grantee: &'g BoundPrincipal) -> impl Iterator<Item = GrantOperations> + use<'g> {
        let from = move |place: Place<'g>| {
            let found = seek(&self.filed, &place).filter(|found| found.0.grant.grantee == *grantee)?;
            Some(found.0.grant.operations)
        };
        let first = Place::of(grantee);
        std::iter::successors(from(first), move |set| {
            from(Place { operations: Some(*set), side: Ordering::Greater, ..first })
        })
    }
}

/// What a request asks of grants.
pub(super) struct Sought<'g> {
    operation: GrantOperation,
    source_arn: Option<&'g str>,
    /// What constraints are held against, in order; `None` if they are not asked for.
    context: Option<Rc<[Pair<'g>]>>,
}

impl<'g> Sought<'g> {
    /// `None` if no grant lets it. Retiring is not among what grants let: the one that is to be retired decides on that.
    pub(super) fn of(question: &'g Question<'_>) -> Option<Self> {
        let operation = GrantOperation::of_action(question.action.as_str())?;
        let request = &question.context.request;
        let pairs = match operation {
            GrantOperation::RetireGrant => return None,
            // The new grant's constraint is held against that of the grant that it is made under.
            GrantOperation::CreateGrant => {
                Some(request.grant.and_then(|grant| grant.constraints).map(Constraints::pairs))
            }
            _ => operation.is_constrained().then_some(request.encryption_context),
        };
        let context = pairs.map(|pairs| {
            let pairs = pairs.into_iter().flatten();
            pairs.map(|(key, value)| (key.as_str(), value.as_str())).collect()
        });
        Some(Self { operation, source_arn: question.context.via.source_arn, context })
    }
}

/// The kinds of constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    None,
    Subset,
    Equals,
}

/// A grant at its place: in the order of grantee and authority, and of its id at last.
#[derive(Clone, Debug)]
struct Filed(Arc<GrantEntry>);

impl Filed {
    /// The pairs of its constraint, in their order.
    fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        let pairs = self.0.grant.constraints.as_ref().into_iter().flat_map(Constraints::pairs);
        pairs.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn kind(&self) -> Kind {
        match self.0.grant.constraints {
            None => Kind::None,
            Some(Constraints::Subset(_)) => Kind::Subset,
            Some(Constraints::Equals(_)) => Kind::Equals,
        }
    }
}

impl Ord for Filed {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = (&self.0.grant, &other.0.grant);
        let order = own.grantee.cmp(&others.grantee);
        let order = order.then_with(|| own.operations.cmp(&others.operations));
        let order = order.then_with(|| own.source_arn.cmp(&others.source_arn));
        let order = order.then_with(|| self.pairs().cmp(other.pairs()));
        let order = order.then_with(|| self.kind().cmp(&other.kind()));
        order.then_with(|| self.0.id.cmp(&other.0.id))
    }
}

impl PartialOrd for Filed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Filed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Filed {}

/// A place in that order, in front of or behind all that have so much in common.
#[derive(Clone, Copy)]
struct Place<'a> {
    grantee: &'a BoundPrincipal,
    operations: Option<GrantOperations>,
    source_arn: Option<Option<&'a str>>,
    pairs: Option<&'a [Pair<'a>]>,
    kind: Option<Kind>,
    /// `Less`: in front of them.
    side: Ordering,
}

impl<'a> Place<'a> {
    /// In front of all of one grantee.
    fn of(grantee: &'a BoundPrincipal) -> Self {
        Self { grantee, operations: None, source_arn: None, pairs: None, kind: None, side: Ordering::Less }
    }
}

impl Comparable<Filed> for Place<'_> {
    fn compare(&self, filed: &Filed) -> Ordering {
        let (grant, equal) = (&filed.0.grant, Ordering::Equal);
        let order = self.grantee.cmp(&grant.grantee);
        let order = order.then_with(|| self.operations.map_or(equal, |own| own.cmp(&grant.operations)));
        let source_arn = grant.source_arn.as_deref();
        let order = order.then_with(|| self.source_arn.map_or(equal, |own| own.cmp(&source_arn)));
        let order =
            order.then_with(|| self.pairs.map_or(equal, |own| own.iter().copied().cmp(filed.pairs())));
        let order = order.then_with(|| self.kind.map_or(equal, |own| own.cmp(&filed.kind())));
        order.then(self.side)
    }
}

impl Equivalent<Filed> for Place<'_> {
    /// A place is between grants.
    fn equivalent(&self, _: &Filed) -> bool {
        false
    }
}

#[cfg(test)]
thread_local! {
    /// How often a place was looked up.
    static SEEKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The first grant behind a place.
fn seek<'g>(filed: &'g OrdSet<Filed>, place: &Place<'_>) -> Option<&'g Filed> {
    #[cfg(test)]
    SEEKS.set(SEEKS.get() + 1);
    filed.get_next(place)
}

/// Goes through the grants of one grantee, set of operations and source ARN. Where a grant has a pair that the context
/// has not, it goes on at the next place that begins with pairs of the context: all before begin with that pair too, or
/// with another that the context has not.
struct Search<'g> {
    filed: &'g OrdSet<Filed>,
    grantee: BoundPrincipal,
    operations: GrantOperations,
    source_arn: Option<&'g str>,
    /// `None`: any constraint will do.
    context: Option<Rc<[Pair<'g>]>>,
    next: Option<GoOn<'g>>,
}

/// In front of all that begin with these pairs; with a kind, behind those of this kind that have these pairs and no more.
type GoOn<'g> = (Vec<Pair<'g>>, Option<Kind>);

impl Search<'_> {
    fn is_own(&self, filed: &Filed) -> bool {
        let grant = &filed.0.grant;
        grant.grantee == self.grantee
            && grant.operations == self.operations
            && grant.source_arn.as_deref() == self.source_arn
    }
}

impl<'g> Iterator for Search<'g> {
    type Item = &'g Arc<GrantEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((pairs, kind)) = self.next.take() {
            let place = Place {
                grantee: &self.grantee,
                operations: Some(self.operations),
                source_arn: Some(self.source_arn),
                pairs: Some(&pairs),
                kind,
                side: if kind.is_some() { Ordering::Greater } else { Ordering::Less },
            };
            let found = seek(self.filed, &place).filter(|found| self.is_own(found))?;
            let Some(context) = &self.context else { return Some(&found.0) };
            if let Some(strange) = found.pairs().position(|pair| context.binary_search(&pair).is_err()) {
                self.next = behind(found.pairs().take(strange + 1).collect(), context);
                continue;
            }
            let pairs: Vec<Pair<'g>> = found.pairs().collect();
            let admits = found.kind() != Kind::Equals || pairs.len() == context.len();
            self.next = Some((pairs, Some(found.kind())));
            if admits {
                return Some(&found.0);
            }
        }
        None
    }
}

/// Where to go on behind all that begin with these pairs, of which the context has not the last.
fn behind<'g>(mut pairs: Vec<Pair<'g>>, context: &[Pair<'g>]) -> Option<GoOn<'g>> {
    while let Some(last) = pairs.pop() {
        let next = context.partition_point(|pair| *pair <= last);
        if let Some(next) = context.get(next) {
            pairs.push(*next);
            return Some((pairs, None));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Grants, tests::ROLE, tests::grant_with};
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use strongroom_policy::{
        Caller, Context, Evidence, GrantFacts, Pairs, RequestFacts, Resource, Rule, ViaFacts,
        decide_with_grants,
    };
    use strongroom_types::{AccountId, KeyArn, UniqueId};

    const OPERATIONS: [&str; 4] = ["CreateGrant", "Decrypt", "DescribeKey", "Encrypt"];

    /// The caller's session, its role, its account, and another role, by name and unique id.
    const GRANTEES: [(&str, Option<&str>); 4] = [
        ("arn:aws:sts::111122223333:assumed-role/r/s", Some(ROLE)),
        ("arn:aws:iam::111122223333:role/r", Some(ROLE)),
        ("arn:aws:iam::111122223333:root", None),
        ("arn:aws:iam::111122223333:role/other", Some("AROAOTHEROTHER")),
    ];

    /// Which grantee, operations, a constraint (whether on the whole context, and its pairs), and a source ARN.
    type Made = (usize, Vec<&'static str>, Option<(bool, Pairs)>, Option<String>);

    fn some_pairs() -> impl Strategy<Value = Pairs> {
        btree_map("[abc]", "[12]", 0..4)
    }

    fn some_grant() -> impl Strategy<Value = Made> {
        let constraint = proptest::option::of((any::<bool>(), some_pairs()));
        let operations = subsequence(OPERATIONS.to_vec(), 1..=3);
        (0..GRANTEES.len(), operations, constraint, proptest::option::of("[xy]"))
    }

    fn entry(number: usize, (grantee, operations, constraint, source_arn): &Made) -> Arc<GrantEntry> {
        let mut id = [0; 32];
        // Ids are not in the order in which the grants were made.
        id[..2].copy_from_slice(&[(number * 37 % 251) as u8, number as u8]);
        let of_kind = |equals: bool| {
            constraint.as_ref().filter(|(whole, _)| *whole == equals).map(|(_, pairs)| pairs.clone())
        };
        let constraints = (of_kind(true), of_kind(false));
        grant_with(id, GRANTEES[*grantee], operations, constraints, source_arn.clone())
    }

    fn caller() -> Caller {
        let account = AccountId::parse("111122223333").unwrap();
        Caller::role_session(account, "r", UniqueId::parse(ROLE).unwrap(), "s")
    }

    /// An operation, an encryption context, a source ARN, and the grant that CreateGrant is to make.
    type Request = (&'static str, Pairs, Option<String>, Made);

    fn some_request() -> impl Strategy<Value = Request> {
        let operation = select(OPERATIONS.to_vec());
        (operation, some_pairs(), proptest::option::of("[xy]"), some_grant())
    }

    /// What decides a request: by grants that are found, and by all of the caller's, one after the other.
    fn both_ways(grants: &Grants, (operation, pairs, source_arn, child): &Request) -> [Rule; 2] {
        let child = entry(0, child);
        let new = GrantFacts {
            operations: child.grant.operations,
            constraints: child.grant.constraints.as_ref(),
            source_arn: child.grant.source_arn.as_deref(),
            ..GrantFacts::default()
        };
        let request =
            RequestFacts { encryption_context: Some(pairs), grant: Some(new), ..RequestFacts::default() };
        let via = ViaFacts { source_arn: source_arn.as_deref(), ..ViaFacts::default() };
        let (caller, context) = (caller(), Context { request, via, ..Context::default() });
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let (key, action) = (KeyArn::parse(key).unwrap(), format!("kms:{operation}"));
        let resource = Resource::Key(&key);
        let question =
            Question { caller: &caller, action: action.as_str().into(), resource, context: &context };
        let evidence = Evidence::default();
        let found = decide_with_grants(&question, &evidence, grants.for_request(&question));
        let keys = caller.index_keys();
        let all = keys.iter().flat_map(|grantee| grants.of(grantee)).map(|entry| &entry.grant);
        [found.rule(), decide_with_grants(&question, &evidence, all).rule()]
    }

    proptest! {
        #[test]
        fn decisions_are_those_of_a_walk(
            made in vec(some_grant(), 0..40),
            deleted in vec(0_usize..40, 0..20),
            requests in vec(some_request(), 1..12),
        ) {
            let mut grants = Grants::default();
            let entries: Vec<_> = made.iter().enumerate().map(|(number, made)| entry(number, made)).collect();
            entries.iter().for_each(|entry| grants.put(entry.clone()));
            let before = grants.clone();
            for entry in deleted.iter().filter_map(|number| entries.get(*number)) {
                grants.delete(&entry.id);
            }
            for request in &requests {
                for grants in [&grants, &before] {
                    let [found, walked] = both_ways(grants, request);
                    prop_assert_eq!(found, walked, "{:?}", request);
                }
            }
            for grantee in caller().index_keys() {
                let all = grants.of(&grantee).count();
                prop_assert_eq!(grants.number_of(&grantee), all);
                for operation in [None, Some(GrantOperation::Encrypt)] {
                    let lists = |entry: &&Arc<GrantEntry>| {
                        operation.is_some_and(|operation| entry.grant.operations.contains(operation))
                    };
                    let listing = grants.of(&grantee).filter(lists).count();
                    prop_assert_eq!(grants.listing(&grantee, operation, true).filter(lists).count(), listing);
                    prop_assert_eq!(grants.listing(&grantee, operation, true).count(), listing);
                    prop_assert_eq!(grants.listing(&grantee, operation, false).count(), all - listing);
                }
            }
        }
    }

    /// How often a place is looked up until a request is let, or none is left that could let it.
    fn seeks(grants: &Grants, operation: &str, pairs: &[(&str, &str)]) -> (bool, usize) {
        let pairs: Pairs = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let request = RequestFacts { encryption_context: Some(&pairs), ..RequestFacts::default() };
        let (caller, context) = (caller(), Context { request, ..Context::default() });
        let action = format!("kms:{operation}");
        let resource = Resource::None;
        let question =
            Question { caller: &caller, action: action.as_str().into(), resource, context: &context };
        SEEKS.set(0);
        let covers = |grant: &strongroom_policy::Grant| {
            let operation = GrantOperation::parse(operation).unwrap();
            grant.authority().covers(operation, Some(&pairs), None).is_ok()
        };
        (grants.for_request(&question).any(covers), SEEKS.get())
    }

    #[test]
    fn of_many_grants_that_begin_alike_a_few_are_looked_at() {
        let mut grants = Grants::default();
        let put = |grants: &mut Grants, number: u16, kind: u8, operations: &[&str], constraints| {
            let mut id = [kind; 32];
            id[..2].copy_from_slice(&number.to_be_bytes());
            grants.put(grant_with(id, GRANTEES[1], operations, constraints, None));
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        for number in 0..2_000_u16 {
            let alike = Pairs::from([pair("tenant", "x"), pair("volume", &number.to_string())]);
            put(&mut grants, number, 1, &["Decrypt"], (Some(alike.clone()), None));
            put(&mut grants, number, 2, &["Decrypt"], (None, Some(alike)));
            // The names of the pairs differ, not their values.
            let named = Pairs::from([pair("tenant", "x"), pair(&format!("volume-{number}"), "")]);
            put(&mut grants, number, 3, &["Decrypt"], (None, Some(named)));
            put(&mut grants, number, 4, &["Encrypt"], (None, None));
        }
        let (tenant, volume, app) = (("tenant", "x"), ("volume", "77"), ("app", "a"));
        for (operation, context, lets) in [
            ("Decrypt", &[tenant, volume][..], true),
            ("Decrypt", &[app, tenant, volume], true),
            ("Decrypt", &[tenant, ("volume-77", "")], true),
            ("Decrypt", &[app, tenant, ("volume", "none"), ("zone", "z")], false),
            ("Decrypt", &[tenant], false),
            ("Decrypt", &[volume], false),
            ("Decrypt", &[], false),
            ("Encrypt", &[tenant], true),
            ("Encrypt", &[], true),
            ("DescribeKey", &[], false),
            ("GenerateDataKey", &[tenant, volume], false),
        ] {
            let (found, seeks) = seeks(&grants, operation, context);
            assert_eq!(found, lets, "{operation} {context:?}");
            assert!((1..25).contains(&seeks), "{operation} {context:?}: {seeks}");
        }
    }
}
