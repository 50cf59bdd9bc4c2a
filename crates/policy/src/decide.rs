//! The decision (contract sections 6.1 and 6.2). Total, pure and the same for every engine user: serving,
//! explaining and simulating.

use crate::observer::{Nobody, Observer};
use crate::principal::Principals;
use crate::request::{Place, Request, Subject};
use crate::statement::Statement;
use crate::{
    Action, Caller, Context, Decision, Denial, Document, Effect, Grant, Match, PolicyName, Reason, Rule,
    StatementName,
};
use std::sync::Arc;
use strongroom_types::{AccountId, AliasArn, KeyArn};

/// May this caller do this to that?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// The action with its prefix in AWS's spelling, `kms:Decrypt`. ReEncrypt asks twice.
    pub action: Action<'a>,
    /// What is acted on.
    pub resource: Resource<'a>,
    /// What conditions read.
    pub context: &'a Context<'a>,
}

/// What is acted on. Only keys have a policy of their own (and roles, see [`crate::decide_trust`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A key.
    Key(&'a KeyArn),
    /// An alias: identity policies only.
    Alias(&'a AliasArn),
    /// Another ARN in the caller's own account: identity policies only.
    Other(&'a str),
    /// Nothing in particular, `*`: identity policies only.
    None,
}

impl<'a> Resource<'a> {
    /// The account of a key or alias.
    fn account(self) -> Option<&'a AccountId> {
        match self {
            Self::Key(arn) => Some(&arn.account),
            Self::Alias(arn) => Some(&arn.account),
            Self::Other(_) | Self::None => None,
        }
    }
}

/// A policy of the caller: its own, its groups', its role's.
#[derive(Clone, Debug)]
pub struct IdentityPolicy {
    /// Its name or ARN, for explanations.
    pub name: Arc<str>,
    /// What it says.
    pub document: Arc<Document>,
}

/// What is decided upon, all from one snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The policy of the key.
    pub key_policy: Option<&'a Document>,
    /// The caller's identity policies; of a federated user, those of the user that it was made by.
    pub identity: &'a [IdentityPolicy],
    /// The permissions boundary of the user or role.
    pub boundary: Option<&'a Document>,
    /// The session policies. `None`: not a session, or one that was made without policies, and not limited by
    /// them. An empty list limits to nothing: what a federated user without policies has.
    pub session: Option<&'a [Arc<Document>]>,
    /// The key's grants. Those to others do not matter: the service finds the caller's by
    /// [`Caller::index_keys`]. [`decide_with_grants`] does without them.
    pub grants: &'a [&'a Grant],
}

/// Decides.
pub fn decide(question: &Question<'_>, evidence: &Evidence<'_>) -> Decision {
    decide_observed(question, evidence, &mut Nobody)
}

/// The same, of however many grants: they are drawn only as long as another could matter. Those to the narrowest of
/// [`Caller::index_keys`] come first; those of the evidence are passed over.
pub fn decide_with_grants<'g>(
    question: &Question<'_>,
    evidence: &Evidence<'_>,
    grants: impl IntoIterator<Item = &'g Grant>,
) -> Decision {
    let evidence = Evidence { grants: &[], ..*evidence };
    let mut collected = collect_question(question, &evidence, &mut Nobody);
    if !collected.is_settled() {
        let Question { caller, action, resource, context } = *question;
        let request = Request::new(Subject::Caller(caller), action, resource, context);
        let first = grants.into_iter().find_map(|grant| Some((grant, grant.lets(&request).ok()?)));
        if let Some((grant, matched)) = first {
            collected.granted[matched as usize] = Some(grant.id.clone());
        }
    }
    collected.decide()
}

pub(crate) fn decide_observed<O: Observer>(
    question: &Question<'_>,
    evidence: &Evidence<'_>,
    observer: &mut O,
) -> Decision {
    collect_question(question, evidence, observer).decide()
}

pub(crate) fn collect_question<O: Observer>(
    question: &Question<'_>,
    evidence: &Evidence<'_>,
    observer: &mut O,
) -> Collected {
    let Question { caller, action, resource, context } = *question;
    let request = Request::new(Subject::Caller(caller), action, resource, context);
    let policy = match resource {
        Resource::Key(_) => Some((PolicyName::KeyPolicy, evidence.key_policy)),
        Resource::Alias(_) | Resource::Other(_) | Resource::None => None,
    };
    let foreign = resource.account().is_some_and(|account| account != caller.account());
    collect(&request, caller, foreign, policy, evidence, observer)
}

/// Collects what every policy and grant says. `policy` is the resource's own; `None` when resources of its kind have
/// none.
pub(crate) fn collect<O: Observer>(
    request: &Request<'_>,
    caller: &Caller,
    foreign: bool,
    policy: Option<(PolicyName, Option<&Document>)>,
    evidence: &Evidence<'_>,
    observer: &mut O,
) -> Collected {
    let mut collected = Collected { foreign, has_policy: policy.is_some(), ..Collected::default() };
    if let Some((name, Some(document))) = &policy {
        collected.resource.hear(document, name, request, Place::Resource, observer);
    }
    for IdentityPolicy { name, document } in evidence.identity {
        let name = PolicyName::Identity(name.clone());
        collected.identity.hear(document, &name, request, Place::Identity, observer);
    }
    if let Some(boundary) = evidence.boundary {
        let said = collected.boundary.get_or_insert_default();
        said.hear(boundary, &PolicyName::Boundary, request, Place::Identity, observer);
    }
    if let Some(policies) = evidence.session {
        let said = collected.session.get_or_insert_default();
        for (at, policy) in policies.iter().enumerate() {
            said.hear(policy, &PolicyName::Session(at), request, Place::Identity, observer);
        }
    }
    if policy.is_some() {
        collected.grants(request, evidence.grants, observer);
    }
    collected.identity_allows =
        caller.has_all_identity_permissions() || collected.identity.allowed[Match::Itself as usize].is_some();
    collected
}

/// What one or more policies say: the first denying statement, and the first allowing one for each way to mean the
/// caller (indexed by [`Match`]).
#[derive(Default)]
struct Said {
    denied: Option<StatementName>,
    allowed: [Option<StatementName>; 4],
}

impl Said {
    /// Adds what a further policy says. An observer that records is told of every statement; else those that could add
    /// nothing are passed over.
    fn hear<O: Observer>(
        &mut self,
        document: &Document,
        name: &PolicyName,
        request: &Request<'_>,
        place: Place,
        observer: &mut O,
    ) {
        for (index, statement) in document.statements.iter().enumerate() {
            if !O::RECORDS && self.has_heard(statement) {
                continue;
            }
            observer.begin(name, index, statement);
            let matched = statement.meets(request, place, observer);
            observer.end(matched);
            let first = match (matched, statement.effect) {
                (None, _) => continue,
                (Some(_), Effect::Deny) => &mut self.denied,
                (Some(matched), Effect::Allow) => &mut self.allowed[matched as usize],
            };
            first.get_or_insert_with(|| StatementName {
                policy: name.clone(),
                index,
                sid: statement.sid.clone(),
            });
        }
    }

    /// Whether a statement can add nothing, because one before it said as much. One without principals means whomever its
    /// policy is attached to, the caller itself, and in no other way.
    fn has_heard(&self, statement: &Statement) -> bool {
        match (statement.effect, &statement.principals) {
            (Effect::Deny, _) => self.denied.is_some(),
            (Effect::Allow, Principals::Attached) => self.of(Match::Itself).is_some(),
            (Effect::Allow, Principals::Only(_) | Principals::AllBut(_)) => false,
        }
    }

    /// The statement that allows in this way.
    fn of(&self, matched: Match) -> Option<&StatementName> {
        self.allowed[matched as usize].as_ref()
    }

    /// The statement that allows in the strongest way.
    fn any(&self) -> Option<&StatementName> {
        self.allowed.iter().flatten().next()
    }
}

/// A rule that allows, with the resource's statement or the grant that it rests on.
type Support<'a> = (Rule, Option<&'a StatementName>, Option<&'a Arc<str>>);

/// A policy that does not allow and would have to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The resource's own: a statement that names the caller itself.
    Resource,
    Identity,
    Boundary,
    Session,
}

/// Everything that was said about a request.
#[derive(Default)]
pub(crate) struct Collected {
    foreign: bool,
    /// Resources of this kind have a policy.
    has_policy: bool,
    resource: Said,
    identity: Said,
    identity_allows: bool,
    boundary: Option<Said>,
    session: Option<Said>,
    /// The first grant that lets, for each way to mean the caller.
    granted: [Option<Arc<str>>; 4],
}

impl Collected {
    fn grants<O: Observer>(&mut self, request: &Request<'_>, grants: &[&Grant], observer: &mut O) {
        for grant in grants {
            let result = grant.lets(request);
            observer.grant(grant, result);
            if let Ok(matched) = result {
                self.granted[matched as usize].get_or_insert_with(|| grant.id.clone());
            }
        }
    }

    /// Whether policies have decided, so that no grant changes anything.
    fn is_settled(&self) -> bool {
        let by_policies = if self.foreign {
            self.identity_allows && self.resource.any().is_some()
        } else {
            self.resource.of(Match::Itself).is_some()
        };
        !self.has_policy || by_policies || self.denying().is_some()
    }

    /// The rules, in their order.
    pub(crate) fn decide(&self) -> Decision {
        if let Some(statement) = self.denying() {
            return self.denied(Rule::ExplicitDeny, Some(statement));
        }
        let itself = self.resource.of(Match::Itself).filter(|_| !self.foreign);
        if let Some(statement) = itself {
            return self.allowed(Rule::ResourcePolicyNamesCaller, Some(statement), None);
        }
        if let Some(grant) = self.granted[Match::Itself as usize].as_ref().filter(|_| !self.foreign) {
            return self.allowed(Rule::GrantToCaller, None, Some(grant));
        }
        match (self.limited(), self.missing_limit()) {
            (Ok((rule, statement, grant)), None) => self.allowed(rule, statement, grant),
            (Ok(_), Some(limit)) => self.denied(limit, None),
            (Err(rule), _) => self.denied(rule, None),
        }
    }

    fn denying(&self) -> Option<&StatementName> {
        let limits = [&self.boundary, &self.session].into_iter().flatten();
        [&self.resource, &self.identity].into_iter().chain(limits).find_map(|said| said.denied.as_ref())
    }

    /// The rule by which the request would be allowed if the limits allow it, or what is missing.
    fn limited(&self) -> Result<Support<'_>, Rule> {
        if !self.has_policy {
            let rule = self.identity_allows && !self.foreign;
            return if rule {
                Ok((Rule::IdentityAllows, None, None))
            } else {
                Err(Rule::NoIdentityPolicyAllows)
            };
        }
        let direct = self.resource.of(Match::Issuer).or(self.resource.of(Match::Anyone));
        if let Some(statement) = direct.filter(|_| !self.foreign) {
            return Ok((Rule::ResourcePolicyNamesIssuer, Some(statement), None));
        }
        let rule = if self.foreign { Rule::CrossAccount } else { Rule::ResourcePolicyDelegates };
        let resource = self.resource.any();
        if let Some(statement) = resource.filter(|_| self.identity_allows) {
            return Ok((rule, Some(statement), None));
        }
        let [to_caller, to_issuer, _, to_account] = &self.granted;
        if let Some(grant) = to_caller {
            return Ok((Rule::GrantToCaller, None, Some(grant)));
        }
        let by_account = to_account.as_ref().filter(|_| self.identity_allows);
        if let Some(grant) = to_issuer.as_ref().or(by_account) {
            return Ok((Rule::GrantToIssuer, None, Some(grant)));
        }
        let delegates = resource.is_some() || to_account.is_some();
        Err(if delegates { Rule::NoIdentityPolicyAllows } else { Rule::NoResourcePolicyAllows })
    }

    /// The limit that exists and does not allow.
    fn missing_limit(&self) -> Option<Rule> {
        match (forbids(&self.boundary), forbids(&self.session)) {
            (true, _) => Some(Rule::NoBoundaryAllows),
            (false, true) => Some(Rule::NoSessionPolicyAllows),
            (false, false) => None,
        }
    }

    /// Whether nothing can allow: another account's alias has no policy that could let somebody in.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        self.foreign && !self.has_policy
    }

    /// What would have to allow in addition, explicit denies apart: the fewest policies.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        let named = !self.foreign && self.resource.of(Match::Itself).is_some();
        let granted = !self.foreign && self.granted[Match::Itself as usize].is_some();
        if named || granted {
            return Vec::new();
        }
        let mut missing = Vec::new();
        if self.limited().is_err() {
            let delegated = self.resource.any().is_some() || self.granted[Match::Account as usize].is_some();
            if self.has_policy && !delegated {
                missing.push(Missing::Resource);
            }
            if !self.identity_allows && (self.foreign || delegated || !self.has_policy) {
                missing.push(Missing::Identity);
            }
        }
        if self.has_policy && !self.foreign && missing == [Missing::Resource] {
            return missing;
        }
        missing.extend(forbids(&self.boundary).then_some(Missing::Boundary));
        missing.extend(forbids(&self.session).then_some(Missing::Session));
        let one_is_enough = self.has_policy && !self.foreign && missing.len() > 1;
        if one_is_enough { vec![Missing::Resource] } else { missing }
    }

    fn denied(&self, rule: Rule, statement: Option<&StatementName>) -> Decision {
        Decision::Denied(Denial { rule, statement: statement.cloned(), foreign: self.foreign })
    }

    fn allowed(&self, rule: Rule, resource: Option<&StatementName>, grant: Option<&Arc<str>>) -> Decision {
        let limited = self.foreign || !matches!(rule, Rule::ResourcePolicyNamesCaller | Rule::GrantToCaller);
        let by_identity = match rule {
            Rule::ResourcePolicyDelegates | Rule::CrossAccount | Rule::IdentityAllows => true,
            Rule::GrantToIssuer => self.granted[Match::Issuer as usize].is_none(),
            _ => false,
        };
        let limit = |said: &Option<Said>| said.as_ref().filter(|_| limited).and_then(Said::any).cloned();
        Decision::Allowed(Reason {
            rule,
            resource: resource.cloned(),
            grant: grant.cloned(),
            identity: self.identity.any().filter(|_| by_identity).cloned(),
            boundary: limit(&self.boundary),
            session: limit(&self.session),
        })
    }
}

/// Whether a limit exists and does not allow.
fn forbids(limit: &Option<Said>) -> bool {
    limit.as_ref().is_some_and(|said| said.any().is_none())
}
