//! The engine's answer to a case, through its public interface.

use crate::case::{Case, GrantData, On, Pairs, Who};
use crate::engine_context::Borrowed;
use crate::oracle::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use strongroom_policy::{
    BoundPrincipal, Caller, Constraints, Decision, Document, DocumentKind, Evidence, Explanation, Grant,
    GrantOperation, GrantOperations, IdentityPolicy, PolicyError, PolicyName, Question, Resolver, Resource,
    Rule, decide_retire_grant, decide_trust, decide_web_identity, decide_with_grants,
};
use strongroom_types::{AccountId, AliasArn, KeyArn, PrincipalArn, UniqueId};

/// What the engine says: a verdict with one reason, whether the caller does not learn it, and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) foreign: bool,
    pub(crate) rule: Rule,
}

/// Unique ids by ARN, as the service would find them.
struct Directory(BTreeMap<String, UniqueId>);

impl Directory {
    fn of(case: &Case) -> Self {
        Self(case.directory.iter().map(|(arn, id)| (arn.clone(), unique_id(id))).collect())
    }
}

impl Resolver for Directory {
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        let PrincipalArn::AssumedRole { account, role, .. } = arn else {
            return self.0.get(&arn.to_string()).cloned();
        };
        let start = format!("arn:aws:iam::{account}:role/");
        let named =
            |text: &str| text.strip_prefix(&start).and_then(|path| path.rsplit('/').next()) == Some(role);
        self.0.iter().find(|(text, _)| named(text)).map(|(_, id)| id.clone())
    }

    fn knows(&self, id: &UniqueId) -> bool {
        self.0.values().any(|known| known == id)
    }
}

/// The documents of a case, compiled.
struct Documents {
    key: Option<Document>,
    trust: Option<Document>,
    identity: Vec<IdentityPolicy>,
    boundary: Option<Document>,
    session: Option<Vec<Arc<Document>>>,
}

impl Documents {
    fn parse(case: &Case, directory: &Directory) -> Result<Self, PolicyError> {
        let parse = |kind, text: &String| Document::parse(kind, text, directory);
        let identity = case.identity.iter().map(|(name, text)| {
            let document = Arc::new(parse(DocumentKind::Identity, text)?);
            Ok(IdentityPolicy { name: name.as_str().into(), document })
        });
        let session = |texts: &Vec<String>| {
            texts.iter().map(|t| parse(DocumentKind::Session, t).map(Arc::new)).collect()
        };
        // Compiled as it is after a restart: with what its names stood for when it was put.
        let key = case.key_policy.as_ref().map(|text| {
            let put = parse(DocumentKind::KeyPolicy, text)?;
            Document::parse(DocumentKind::KeyPolicy, text, put.bindings())
        });
        Ok(Self {
            key: key.transpose()?,
            trust: case.trust.as_ref().map(|text| parse(DocumentKind::TrustPolicy, text)).transpose()?,
            identity: identity.collect::<Result<_, PolicyError>>()?,
            boundary: case.boundary.as_ref().map(|text| parse(DocumentKind::Identity, text)).transpose()?,
            session: case.session.as_ref().map(session).transpose()?,
        })
    }
}

/// Asks the engine. The error is that of a document that it refuses.
pub(crate) fn decide(case: &Case) -> Result<Answer, PolicyError> {
    let directory = Directory::of(case);
    let documents = Documents::parse(case, &directory)?;
    if let (Who::WebIdentity { provider }, Some(trust)) = (&case.caller, &documents.trust) {
        let borrowed = Borrowed::of(&case.facts);
        let claims = borrowed.claims();
        let context = borrowed.context(&case.facts, &claims);
        let role = PrincipalArn::parse(case.on.text()).unwrap();
        return Ok(answer(decide_web_identity(provider, &case.action, &role, trust, &context)));
    }
    let decision = with_question(case, &directory, &documents, |question, evidence| {
        match (&documents.trust, &case.retire) {
            (Some(trust), _) => {
                decide_trust(question, &PrincipalArn::parse(case.on.text()).unwrap(), trust, evidence)
            }
            (None, Some(grant)) => {
                decide_retire_grant(question, evidence, &grant_of(grant, case, &directory))
            }
            (None, None) => decide_both_ways(question, evidence),
        }
    });
    Ok(answer(decision))
}

/// With the grants of the evidence, and with those that an index by grantee gives one after the other: alike.
fn decide_both_ways(question: &Question<'_>, evidence: &Evidence<'_>) -> Decision {
    let keys = question.caller.index_keys();
    let drawn = keys.iter().flat_map(|key| evidence.grants.iter().filter(move |grant| grant.grantee == *key));
    let decision = strongroom_policy::decide(question, evidence);
    assert_eq!(decide_with_grants(question, evidence, drawn.copied()), decision);
    decision
}

/// Asks the engine why, of a case without a trust policy and without a grant to retire.
pub(crate) fn explain(case: &Case) -> Result<Explanation, PolicyError> {
    let directory = Directory::of(case);
    let documents = Documents::parse(case, &directory)?;
    Ok(with_question(case, &directory, &documents, strongroom_policy::explain))
}

/// Puts question and evidence together.
fn with_question<T>(
    case: &Case,
    directory: &Directory,
    documents: &Documents,
    read: impl FnOnce(&Question<'_>, &Evidence<'_>) -> T,
) -> T {
    let borrowed = Borrowed::of(&case.facts);
    let claims = borrowed.claims();
    let context = borrowed.context(&case.facts, &claims);
    let grants: Vec<_> = case.grants.iter().map(|grant| grant_of(grant, case, directory)).collect();
    let caller = caller(&case.caller);
    // As the service finds them: by the index of grantees.
    let keys = caller.index_keys();
    let grants: Vec<_> =
        grants.iter().filter(|grant| !case.narrowed || keys.contains(&grant.grantee)).collect();
    let evidence = Evidence {
        key_policy: documents.key.as_ref(),
        identity: &documents.identity,
        boundary: documents.boundary.as_ref(),
        session: documents.session.as_deref(),
        grants: &grants,
    };
    let (key, alias) = match &case.on {
        On::Key(arn) => (Some(KeyArn::parse(arn).unwrap()), None),
        On::Alias(arn) => (None, Some(AliasArn::parse(arn).unwrap())),
        On::Nothing | On::Other(_) => (None, None),
    };
    let resource = match (&case.on, &key, &alias) {
        (_, Some(key), _) => Resource::Key(key),
        (_, _, Some(alias)) => Resource::Alias(alias),
        (On::Other(arn), _, _) => Resource::Other(arn),
        _ => Resource::None,
    };
    let action = case.action.as_str().into();
    read(&Question { caller: &caller, action, resource, context: &context }, &evidence)
}

fn answer(decision: Decision) -> Answer {
    let rule = decision.rule();
    match decision {
        Decision::Allowed(_) => Answer { verdict: Verdict::Allowed(BTreeSet::new()), foreign: false, rule },
        Decision::Denied(denial) => {
            let reason = match denial.rule {
                Rule::NoResourcePolicyAllows => "no resource policy allows",
                Rule::NoIdentityPolicyAllows => "no identity policy allows",
                Rule::NoBoundaryAllows => "no boundary allows",
                Rule::NoSessionPolicyAllows => "no session policy allows",
                _ => match denial.statement.as_ref().map(|statement| &statement.policy) {
                    Some(PolicyName::Identity(_)) => "deny: identity",
                    Some(PolicyName::Boundary) => "deny: boundary",
                    Some(PolicyName::Session(_)) => "deny: session",
                    Some(PolicyName::KeyPolicy | PolicyName::TrustPolicy) => "deny: resource",
                    None => "deny: without a statement",
                },
            };
            Answer { verdict: Verdict::Denied(BTreeSet::from([reason])), foreign: denial.foreign, rule }
        }
    }
}

fn unique_id(text: &str) -> UniqueId {
    UniqueId::parse(text).unwrap()
}

fn account_id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn caller(who: &Who) -> Caller {
    let account = account_id(who.account());
    match who {
        Who::Nobody | Who::WebIdentity { .. } | Who::Root { .. } => Caller::root(account),
        Who::User { path_and_name, id, .. } => Caller::user(account, path_and_name, unique_id(id)),
        Who::RoleSession { role, id, session, .. } => {
            Caller::role_session(account, role, unique_id(id), session)
        }
        Who::FederatedUser { name, by, .. } => {
            Caller::federated_user(account, name, by.as_deref().map(unique_id))
        }
    }
}

fn principal(text: &str, directory: &Directory) -> BoundPrincipal {
    match UniqueId::parse(text) {
        Ok(id) if id.is_role() => BoundPrincipal::Role(id),
        Ok(id) if id.is_user() => BoundPrincipal::User(id),
        _ => {
            BoundPrincipal::bind(&PrincipalArn::parse(text).unwrap(), |arn| directory.unique_id(arn)).unwrap()
        }
    }
}

pub(crate) fn constraints(equals: &Option<Pairs>, subset: &Option<Pairs>) -> Option<Constraints> {
    match (equals, subset) {
        (Some(pairs), _) => Some(Constraints::Equals(pairs.clone())),
        (None, Some(pairs)) => Some(Constraints::Subset(pairs.clone())),
        (None, None) => None,
    }
}

pub(crate) fn operations(names: &[String]) -> GrantOperations {
    names.iter().filter_map(|name| GrantOperation::parse(name)).collect()
}

fn grant_of(grant: &GrantData, case: &Case, directory: &Directory) -> Grant {
    let key_account = case.on.text().split(':').nth(4).unwrap_or_default();
    Grant {
        id: grant.id.as_str().into(),
        grantee: principal(&grant.grantee, directory),
        retiring: grant.retiring.as_ref().map(|retiring| principal(retiring, directory)),
        issuer: account_id(grant.issuer.as_deref().unwrap_or(key_account)),
        operations: operations(&grant.operations),
        constraints: constraints(&grant.equals, &grant.subset),
        source_arn: grant.source_arn.as_deref().map(Into::into),
    }
}
