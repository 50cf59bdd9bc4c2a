//! The grants on a key in an order that leads a decision past all that cannot let its request, however many a grantee
//! has: by what they let do, and by the pairs of their constraints. Of grants that give the same authority to the same
//! grantee one is found: the others would let the same requests.

use super::GrantEntry;
use equivalent::{Comparable, Equivalent};
use imbl::ordset::RangedIter;
use imbl::shared_ptr::DefaultSharedPtr;
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
            walk: Walk::through(&self.filed),
            grantee: grantee.clone(),
            operations,
            source_arn,
            context: context.clone(),
            next: Some((Vec::new(), None)),
        })
    }

    /// The sets of operations that grants of one grantee list, each once: there are few.
    fn sets<'g>(&'g self, grantee: &'g BoundPrincipal) -> impl Iterator<Item = GrantOperations> + use<'g> {
        let (mut walk, mut place) = (Walk::through(&self.filed), Place::of(grantee));
        std::iter::from_fn(move || {
            let found = walk.to(&place).filter(|found| found.0.grant.grantee == *grantee)?;
            let set = found.0.grant.operations;
            place = Place { operations: Some(set), side: Ordering::Greater, ..place };
            Some(set)
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

/// How many grants are passed one by one before a place is looked up, which takes about twice as many comparisons. Whoever
/// makes grants that are all in each other's way makes a decision no slower than a few walks through them.
const STEPS_MAX: usize = 8;

/// Goes forward through all grants.
struct Walk<'g> {
    filed: &'g OrdSet<Filed>,
    /// What follows the grant that was found last.
    ahead: Option<RangedIter<'g, Filed, DefaultSharedPtr>>,
}

impl<'g> Walk<'g> {
    fn through(filed: &'g OrdSet<Filed>) -> Self {
        Self { filed, ahead: None }
    }

    /// The first grant behind a place, which is behind the grant that was found last.
    fn to(&mut self, place: &Place<'_>) -> Option<&'g Filed> {
        if let Some(ahead) = &mut self.ahead {
            let near = ahead.by_ref().take(STEPS_MAX).find(|&filed| place.compare(filed).is_lt());
            if near.is_some() {
                return near;
            }
        }
        #[cfg(test)]
        SEEKS.set(SEEKS.get() + 1);
        self.ahead.insert(self.filed.range(*place..)).next()
    }
}

/// Goes through the grants of one grantee, set of operations and source ARN. Where a grant has a pair that the context
/// has not, it goes on at the next place that begins with pairs of the context: all before begin with that pair too, or
/// with another that the context has not.
struct Search<'g> {
    walk: Walk<'g>,
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
            let found = self.walk.to(&place).filter(|found| self.is_own(found))?;
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
mod tests;
