//! The grants on a key in an order that leads a decision past all that cannot let its request, however many a grantee
//! has: by what they let do, by the kind of their constraints, and by the pairs of these. Of grants that give the same authority to the same
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
        grantee: &BoundPrincipal,
        sought: &Sought<'g>,
    ) -> impl Iterator<Item = &'g Arc<GrantEntry>> + use<'g> {
        let grantee = self.numbers.get_key_value(grantee).map(|(grantee, _)| grantee);
        Search { walk: Walk::through(&self.filed), sought: sought.clone(), next: grantee.map(Place::of) }
    }

    /// The sets of operations that grants of one grantee list, each once: there are few.
    fn sets<'g>(&'g self, grantee: &'g BoundPrincipal) -> impl Iterator<Item = GrantOperations> + use<'g> {
        let (mut walk, mut place) = (Walk::through(&self.filed), Place::of(grantee));
        std::iter::from_fn(move || {
            let found = walk.to(&place).filter(|found| found.0.grant.grantee == *grantee)?;
            let set = found.0.grant.operations;
            place = Place { operations: Some(set), side: Ordering::Greater, ..Place::of(grantee) };
            Some(set)
        })
    }
}

/// What a request asks of grants.
#[derive(Clone)]
pub(super) struct Sought<'g> {
    /// What a grant has to list.
    operations: GrantOperations,
    source_arn: Option<&'g str>,
    /// What constraints are held against, in order; `None` if they are not asked for.
    context: Option<Rc<[Pair<'g>]>>,
}

impl<'g> Sought<'g> {
    /// `None` if no grant lets it. Retiring is not among what grants let: the one that is to be retired decides on that.
    pub(super) fn of(question: &'g Question<'_>) -> Option<Self> {
        let operation = GrantOperation::of_action(question.action.as_str())?;
        let request = &question.context.request;
        let mut operations = GrantOperations::from_iter([operation]);
        let mut source_arn = question.context.via.source_arn;
        let pairs = match operation {
            GrantOperation::RetireGrant => return None,
            // The new grant is held against the one that it is made under.
            GrantOperation::CreateGrant => {
                if let Some(new) = request.grant {
                    operations = operations.iter().chain(new.operations.iter()).collect();
                    source_arn = source_arn.filter(|source_arn| new.source_arn == Some(*source_arn));
                }
                Some(request.grant.and_then(|grant| grant.constraints).map(Constraints::pairs))
            }
            _ => operation.is_constrained().then_some(request.encryption_context),
        };
        let context = pairs.map(|pairs| {
            let pairs = pairs.into_iter().flatten();
            pairs.map(|(key, value)| (key.as_str(), value.as_str())).collect()
        });
        Some(Self { operations, source_arn, context })
    }

    /// Whether a grant may let the request, and where to go on: behind all of which that is known with it. What lies
    /// between cannot let it, or gives the same.
    fn judge(&self, found: &'g Filed) -> (bool, Place<'g>) {
        let grant = &found.0.grant;
        let behind_set = Place {
            operations: Some(grant.operations),
            side: Ordering::Greater,
            ..Place::of(&grant.grantee)
        };
        if !self.operations.is_subset(grant.operations) {
            return (false, behind_set);
        }
        let source_arn = grant.source_arn.as_deref();
        if source_arn.is_some() && source_arn != self.source_arn {
            let is_ahead = self.source_arn > source_arn;
            let own = Place { source_arn: Some(self.source_arn), side: Ordering::Less, ..behind_set.clone() };
            return (false, if is_ahead { own } else { behind_set });
        }
        match &self.context {
            None => (true, behind_set),
            Some(context) => {
                let (source_arn, kind) = (Some(source_arn), Some(found.kind()));
                judge_constraint(context, found, Place { source_arn, kind, ..behind_set })
            }
        }
    }
}

/// The same by the constraint of a grant that lists what it has to. `behind_kind` is behind all grants with a constraint of
/// this kind.
fn judge_constraint<'g>(context: &[Pair<'g>], found: &'g Filed, behind_kind: Place<'g>) -> (bool, Place<'g>) {
    let in_front = |pairs| Place { pairs: Some(pairs), side: Ordering::Less, ..behind_kind.clone() };
    match found.kind() {
        Kind::None => (true, behind_kind),
        // One constraint on the whole context admits it, and has one place.
        Kind::Equals => match found.pairs().cmp(context.iter().copied()) {
            Ordering::Less => (false, in_front(context.to_vec())),
            order => (order.is_eq(), behind_kind),
        },
        Kind::Subset => match found.pairs().position(|pair| context.binary_search(&pair).is_err()) {
            None => (true, Place { pairs: Some(found.pairs().collect()), ..behind_kind }),
            Some(strange) => match behind(found.pairs().take(strange + 1).collect(), context) {
                Some(pairs) => (false, in_front(pairs)),
                None => (false, behind_kind),
            },
        },
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
        let order = order.then_with(|| self.kind().cmp(&other.kind()));
        let order = order.then_with(|| self.pairs().cmp(other.pairs()));
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
#[derive(Clone)]
struct Place<'a> {
    grantee: &'a BoundPrincipal,
    operations: Option<GrantOperations>,
    source_arn: Option<Option<&'a str>>,
    kind: Option<Kind>,
    pairs: Option<Vec<Pair<'a>>>,
    /// `Less`: in front of them.
    side: Ordering,
}

impl<'a> Place<'a> {
    /// In front of all of one grantee.
    fn of(grantee: &'a BoundPrincipal) -> Self {
        Self { grantee, operations: None, source_arn: None, kind: None, pairs: None, side: Ordering::Less }
    }
}

impl Comparable<Filed> for Place<'_> {
    fn compare(&self, filed: &Filed) -> Ordering {
        let (grant, equal) = (&filed.0.grant, Ordering::Equal);
        let order = self.grantee.cmp(&grant.grantee);
        let order = order.then_with(|| self.operations.map_or(equal, |own| own.cmp(&grant.operations)));
        let source_arn = grant.source_arn.as_deref();
        let order = order.then_with(|| self.source_arn.map_or(equal, |own| own.cmp(&source_arn)));
        let order = order.then_with(|| self.kind.map_or(equal, |own| own.cmp(&filed.kind())));
        let pairs = self.pairs.as_ref();
        let order = order.then_with(|| pairs.map_or(equal, |own| own.iter().copied().cmp(filed.pairs())));
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
    /// How many grants were passed or come to.
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
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
            let near = ahead.by_ref().take(STEPS_MAX).find(|&filed| {
                #[cfg(test)]
                STEPS.set(STEPS.get() + 1);
                place.compare(filed).is_lt()
            });
            if near.is_some() {
                return near;
            }
        }
        #[cfg(test)]
        {
            SEEKS.set(SEEKS.get() + 1);
            STEPS.set(STEPS.get() + 1);
        }
        self.ahead.insert(self.filed.range::<_, Place<'_>>(place..)).next()
    }
}

/// Goes once through the grants of one grantee, from each that it comes to as far on as that says. Where a constraint on a
/// part of the context has a pair that the context has not, it goes on at the next place that begins with pairs of the
/// context: all before begin with that pair too, or with another that the context has not.
struct Search<'g> {
    walk: Walk<'g>,
    sought: Sought<'g>,
    next: Option<Place<'g>>,
}

impl<'g> Iterator for Search<'g> {
    type Item = &'g Arc<GrantEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(place) = self.next.take() {
            let found = self.walk.to(&place).filter(|found| found.0.grant.grantee == *place.grantee)?;
            let (may, next) = self.sought.judge(found);
            self.next = Some(next);
            if may {
                return Some(&found.0);
            }
        }
        None
    }
}

/// Where to go on behind all that begin with these pairs, of which the context has not the last: in front of all that begin
/// with those that it gives.
fn behind<'g>(mut pairs: Vec<Pair<'g>>, context: &[Pair<'g>]) -> Option<Vec<Pair<'g>>> {
    while let Some(last) = pairs.pop() {
        let next = context.partition_point(|pair| *pair <= last);
        if let Some(next) = context.get(next) {
            pairs.push(*next);
            return Some(pairs);
        }
    }
    None
}

#[cfg(test)]
mod tests;
