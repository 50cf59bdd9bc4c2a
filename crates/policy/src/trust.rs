//! Who may assume a role: the decision of sts:AssumeRole and sts:AssumeRoleWithWebIdentity.

use crate::decide::{Collected, collect};
use crate::observer::{Nobody, Observer};
use crate::request::{Place, Request, Subject};
use crate::{
    Context, Decision, Denial, Document, Effect, Evidence, Match, PolicyName, Question, Reason, Resource,
    Rule, StatementName,
};
use strongroom_types::PrincipalArn;

/// May the caller assume the role? The question's action is `sts:AssumeRole` (or `sts:TagSession`), its context
/// holds the STS parameters; its resource is not read, `role` is what is acted on. The trust policy is to the role
/// what a key policy is to a key (rules R1 to R7): naming the caller is enough in the same account, naming the
/// account leaves it to identity policies, another account needs both. Grants and the key policy of the evidence do
/// not matter. (AWS does not let a root assume a role; that is the operation's own check.)
pub fn decide_trust(
    question: &Question<'_>,
    role: &PrincipalArn,
    trust: &Document,
    evidence: &Evidence<'_>,
) -> Decision {
    collect_trust(question, role, trust, evidence, &mut Nobody).decide()
}

/// What every policy says about the assuming of a role.
pub(crate) fn collect_trust<O: Observer>(
    question: &Question<'_>,
    role: &PrincipalArn,
    trust: &Document,
    evidence: &Evidence<'_>,
    observer: &mut O,
) -> Collected {
    let Question { caller, action, context, .. } = *question;
    let text = role.to_string();
    let request = Request::new(Subject::Caller(caller), action, Resource::Other(&text), context);
    let foreign = role.account() != caller.account();
    // The key policy is not asked, and a grant is of a key's actions.
    collect(&request, caller, foreign, Some((PolicyName::TrustPolicy, Some(trust))), evidence, observer)
}

/// May the holder of a verified token of this provider assume the role? The provider is named as trust policies do:
/// by the ARN of the OIDC provider, or by a well-known name. `*` in an Allow does not name it; an explicit Deny may.
pub fn decide_web_identity(
    provider: &str,
    action: &str,
    role: &PrincipalArn,
    trust: &Document,
    context: &Context<'_>,
) -> Decision {
    decide_web_identity_observed(provider, action, role, trust, context, &mut Nobody)
}

pub(crate) fn decide_web_identity_observed<O: Observer>(
    provider: &str,
    action: &str,
    role: &PrincipalArn,
    trust: &Document,
    context: &Context<'_>,
    observer: &mut O,
) -> Decision {
    let text = role.to_string();
    let request =
        Request::new(Subject::WebIdentity(provider), action.into(), Resource::Other(&text), context);
    let (mut denying, mut allowing) = (None, None);
    for (index, statement) in trust.statements.iter().enumerate() {
        observer.begin(&PolicyName::TrustPolicy, index, statement);
        let matched = statement.meets(&request, Place::Resource, observer);
        observer.end(matched);
        let place = match (statement.effect, matched) {
            (Effect::Deny, Some(_)) => &mut denying,
            (Effect::Allow, Some(Match::Itself)) => &mut allowing,
            (Effect::Deny | Effect::Allow, _) => continue,
        };
        place.get_or_insert_with(|| StatementName {
            policy: PolicyName::TrustPolicy,
            index,
            sid: statement.sid.clone(),
        });
    }
    match (denying, allowing) {
        (Some(statement), _) => denied(Rule::ExplicitDeny, Some(statement)),
        (None, None) => denied(Rule::NoResourcePolicyAllows, None),
        (None, resource) => Decision::Allowed(Reason {
            rule: Rule::ResourcePolicyNamesCaller,
            resource,
            grant: None,
            identity: None,
            boundary: None,
            session: None,
        }),
    }
}

fn denied(rule: Rule, statement: Option<StatementName>) -> Decision {
    Decision::Denied(Denial { rule, statement, foreign: false })
}
