//! Who may retire a grant (contract section 4.11): mostly the grant itself says it.

use crate::observer::{Nobody, Observer};
use crate::request::{Place, Request, Subject};
use crate::{
    Caller, Decision, Denial, Document, Effect, Evidence, Grant, GrantOperation, Match, PolicyName, Question,
    Reason, Resource, Rule, StatementName,
};
use std::sync::Arc;

/// May the caller retire this grant? The question's resource is the grant's key, its action `kms:RetireGrant`.
///
/// An explicit Deny anywhere wins. Else the retiring principal may; the grantee, if the grant lists RetireGrant or
/// it is also the retiring principal; and the root of the account that issued the grant, which need not be the key's. A
/// principal that is meant by its account only (retiring, grantee or issuing) also needs an identity policy that allows
/// `kms:RetireGrant`. Whom the grant does not name itself is held within boundary and session policies, and so is everybody
/// on another account's key, as with every other grant. An Allow of a key policy does nothing. The source ARN and the
/// constraints are not asked for.
pub fn decide_retire_grant(question: &Question<'_>, evidence: &Evidence<'_>, grant: &Grant) -> Decision {
    Retiring::collect(question, evidence, grant, &mut Nobody).decide(grant)
}

/// By what somebody may retire a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum RetirerKind {
    /// The grant's retiring principal.
    RetiringPrincipal,
    /// Its grantee, if the grant lists RetireGrant.
    Grantee,
    /// The account that issued it.
    IssuingAccount,
}

/// One way to retire a grant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) kind: RetirerKind,
    /// Whether the grant opens it.
    pub(crate) open: bool,
    /// How it means the caller.
    pub(crate) matched: Option<Match>,
}

/// Everything that was said about the retiring of a grant.
pub(crate) struct Retiring {
    foreign: bool,
    denying: Option<StatementName>,
    /// Whether each allows, or is not there to limit anything.
    identity: bool,
    boundary: bool,
    session: bool,
    pub(crate) ways: Vec<Way>,
}

/// What would have to be different, explicit denies apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// A grant that names the caller.
    Grant,
    Identity,
    Boundary,
    Session,
}

impl Retiring {
    /// Collects what the grant and every policy say.
    pub(crate) fn collect<O: Observer>(
        question: &Question<'_>,
        evidence: &Evidence<'_>,
        grant: &Grant,
        observer: &mut O,
    ) -> Self {
        let Question { caller, action, resource, context } = *question;
        let request = Request::new(Subject::Caller(caller), action, resource, context);
        let key_account = match resource {
            Resource::Key(arn) => Some(&arn.account),
            Resource::Alias(_) | Resource::Other(_) | Resource::None => None,
        };
        let foreign = key_account != Some(caller.account());
        let mut said = Self {
            foreign,
            denying: None,
            identity: caller.has_all_identity_permissions(),
            boundary: evidence.boundary.is_none(),
            session: evidence.session.is_none(),
            ways: ways(grant, caller),
        };
        for (policy, document, place) in policies(evidence) {
            for (index, statement) in document.statements.iter().enumerate() {
                observer.begin(&policy, index, statement);
                let matched = statement.meets(&request, place, observer);
                observer.end(matched);
                if matched.is_some() {
                    let name = StatementName { policy: policy.clone(), index, sid: statement.sid.clone() };
                    said.hear(statement.effect, name);
                }
            }
        }
        said
    }

    /// A statement that matches.
    fn hear(&mut self, effect: Effect, statement: StatementName) {
        if effect == Effect::Deny {
            self.denying.get_or_insert(statement);
            return;
        }
        match statement.policy {
            PolicyName::Identity(_) => self.identity = true,
            PolicyName::Boundary => self.boundary = true,
            PolicyName::Session(_) => self.session = true,
            PolicyName::KeyPolicy | PolicyName::TrustPolicy => {}
        }
    }

    /// How the caller is meant: by one of the grant's principals, or else by the account that issued it.
    fn matched(&self) -> Option<Match> {
        let of = |account: bool| {
            let open = self.ways.iter().filter(|way| way.open);
            let ways = open.filter(move |way| (way.kind == RetirerKind::IssuingAccount) == account);
            ways.filter_map(|way| way.matched).min()
        };
        of(false).or_else(|| of(true))
    }

    pub(crate) fn decide(&self, grant: &Grant) -> Decision {
        if let Some(statement) = &self.denying {
            return self.denied(Rule::ExplicitDeny, Some(statement.clone()));
        }
        match self.matched() {
            Some(Match::Itself) if !self.foreign => allowed(grant, Rule::GrantToCaller),
            Some(Match::Anyone | Match::Account) if !self.identity => {
                self.denied(Rule::NoIdentityPolicyAllows, None)
            }
            Some(_) if !self.boundary => self.denied(Rule::NoBoundaryAllows, None),
            Some(_) if !self.session => self.denied(Rule::NoSessionPolicyAllows, None),
            Some(Match::Itself) => allowed(grant, Rule::GrantToCaller),
            Some(_) => allowed(grant, Rule::GrantToIssuer),
            None => self.denied(Rule::NoResourcePolicyAllows, None),
        }
    }

    /// What is needed beside the denying statements' end.
    pub(crate) fn needed(&self) -> Vec<Needed> {
        // A grant that is made anew names the caller itself.
        let (is_named, by_account) = match self.matched() {
            None | Some(Match::Itself) => (true, false),
            Some(Match::Issuer) => (false, false),
            Some(Match::Anyone | Match::Account) => (false, true),
        };
        let limited = self.foreign || !is_named;
        let grant = self.matched().is_none().then_some(Needed::Grant);
        let identity = (by_account && !self.identity).then_some(Needed::Identity);
        let boundary = (limited && !self.boundary).then_some(Needed::Boundary);
        let session = (limited && !self.session).then_some(Needed::Session);
        [grant, identity, boundary, session].into_iter().flatten().collect()
    }

    fn denied(&self, rule: Rule, statement: Option<StatementName>) -> Decision {
        Decision::Denied(Denial { rule, statement, foreign: self.foreign })
    }
}

/// Who may retire the grant, and how each means the caller.
fn ways(grant: &Grant, caller: &Caller) -> Vec<Way> {
    let retiring = grant.retiring.as_ref().map(|named| Way {
        kind: RetirerKind::RetiringPrincipal,
        open: true,
        matched: caller.matched_by(named),
    });
    let grantee = Way {
        kind: RetirerKind::Grantee,
        open: grant.operations.contains(GrantOperation::RetireGrant),
        matched: caller.matched_by(&grant.grantee),
    };
    let issuing = Way {
        kind: RetirerKind::IssuingAccount,
        open: true,
        matched: (grant.issuer == *caller.account()).then_some(Match::Account),
    };
    retiring.into_iter().chain([grantee, issuing]).collect()
}

/// Every policy with its name, and where it stands.
fn policies<'a>(evidence: &Evidence<'a>) -> Vec<(PolicyName, &'a Document, Place)> {
    let key = evidence.key_policy.map(|policy| (PolicyName::KeyPolicy, policy, Place::Resource));
    let identity = evidence
        .identity
        .iter()
        .map(|policy| (PolicyName::Identity(policy.name.clone()), &*policy.document, Place::Identity));
    let boundary = evidence.boundary.map(|policy| (PolicyName::Boundary, policy, Place::Identity));
    let session = evidence.session.unwrap_or_default().iter().enumerate();
    let session = session
        .map(|(at, policy): (usize, &Arc<Document>)| (PolicyName::Session(at), &**policy, Place::Identity));
    key.into_iter().chain(identity).chain(boundary).chain(session).collect()
}

fn allowed(grant: &Grant, rule: Rule) -> Decision {
    Decision::Allowed(Reason {
        rule,
        resource: None,
        grant: Some(grant.id.clone()),
        identity: None,
        boundary: None,
        session: None,
    })
}
