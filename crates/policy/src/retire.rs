//! Who may retire a grant (contract section 4.11): mostly the grant itself says it.

use crate::request::{Place, Request, Subject};
use crate::statement::Statement;
use crate::{
    Decision, Denial, Document, Effect, Evidence, Grant, GrantOperation, Match, PolicyName, Question, Reason,
    Resource, Rule, StatementName,
};
use std::sync::Arc;

/// May the caller retire this grant? The question's resource is the grant's key, its action `kms:RetireGrant`.
///
/// An explicit Deny anywhere wins. Else the retiring principal may; the grantee, if the grant lists RetireGrant or
/// it is also the retiring principal; and the root of the account that owns the key. A principal that is meant by
/// its account only (retiring or grantee account, or the key's account) also needs an identity policy that allows
/// `kms:RetireGrant`. Whom the grant does not name itself is held within boundary and session policies. An Allow of a
/// key policy does nothing. The source ARN and the constraints are not asked for.
pub fn decide_retire_grant(question: &Question<'_>, evidence: &Evidence<'_>, grant: &Grant) -> Decision {
    let Question { caller, action, resource, context } = *question;
    let request = Request::new(Subject::Caller(caller), action, resource, context);
    let key_account = match resource {
        Resource::Key(arn) => Some(&arn.account),
        Resource::Alias(_) | Resource::Other(_) | Resource::None => None,
    };
    let foreign = key_account != Some(caller.account());
    let mut identity = caller.has_all_identity_permissions();
    let (mut boundary, mut session) = (evidence.boundary.is_none(), evidence.session.is_none());
    for (policy, document, place) in policies(evidence) {
        for (index, statement) in document.statements.iter().enumerate() {
            if !meets(statement, &request, place) {
                continue;
            }
            if statement.effect == Effect::Deny {
                let statement = Some(StatementName { policy, index, sid: statement.sid.clone() });
                return Decision::Denied(Denial { rule: Rule::ExplicitDeny, statement, foreign });
            }
            identity |= matches!(policy, PolicyName::Identity(_));
            boundary |= policy == PolicyName::Boundary;
            session |= matches!(policy, PolicyName::Session(_));
        }
    }
    let as_grantee = Some(&grant.grantee).filter(|_| grant.operations.contains(GrantOperation::RetireGrant));
    let named = grant.retiring.iter().chain(as_grantee).filter_map(|named| caller.matched_by(named)).min();
    let of_key_account = (!foreign).then_some(Match::Account);
    match named.or(of_key_account) {
        Some(Match::Itself) => allowed(grant, Rule::GrantToCaller),
        Some(Match::Anyone | Match::Account) if !identity => denied(Rule::NoIdentityPolicyAllows, foreign),
        Some(_) if !boundary => denied(Rule::NoBoundaryAllows, foreign),
        Some(_) if !session => denied(Rule::NoSessionPolicyAllows, foreign),
        Some(_) => allowed(grant, Rule::GrantToIssuer),
        None => denied(Rule::NoResourcePolicyAllows, foreign),
    }
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

fn meets(statement: &Statement, request: &Request<'_>, place: Place) -> bool {
    statement.meets(request, place, &mut crate::observer::Nobody).is_some()
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

fn denied(rule: Rule, foreign: bool) -> Decision {
    Decision::Denied(Denial { rule, statement: None, foreign })
}
