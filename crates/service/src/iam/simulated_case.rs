//! One case of a simulation, an action on a resource: decided by the code that serves, told in IAM's terms.

use crate::iam::context_entries::is_given;
use crate::iam::simulated_policies::Source;
use crate::kept::{DecidedBy, KeptQuestion, KeptResource};
use std::collections::BTreeSet;
use std::sync::Arc;
use strongroom_api::iam::shape::{
    EvaluationResult, PermissionsBoundaryDecisionDetail, ResourceSpecificResult, Statement,
};
use strongroom_policy::{
    Caller, Effect, Explanation, IdentityPolicy, OwnedContext, PolicyName, Rule, StatementFinding,
};
use strongroom_types::{KeyArn, PrincipalArn};

/// The most statements that a result names: a policy may have thousands that match.
const STATEMENTS_SHOWN_MAX: usize = 20;

/// A policy of the resources, and what they are.
pub(super) enum ResourcePolicy {
    /// Keys.
    Key(Source),
    /// Roles, whose trust policy it is.
    Role(Source),
}

impl ResourcePolicy {
    fn source(&self) -> &Source {
        match self {
            Self::Key(source) | Self::Role(source) => source,
        }
    }
}

/// What all cases of a simulation are decided upon.
pub(super) struct Setting {
    pub(super) caller: Arc<Caller>,
    pub(super) identity: Vec<Source>,
    pub(super) boundary: Option<Source>,
    pub(super) resource_policy: Option<ResourcePolicy>,
    pub(super) context: OwnedContext,
    /// Whether the request names resources.
    pub(super) names_resources: bool,
}

impl Setting {
    /// Decides a case. The resource is `*` or an ARN; with a resource policy, of a key or a role.
    pub(super) fn result(&self, action: &str, resource: &str) -> EvaluationResult {
        let seen = self.question(action, resource).observe();
        let decision = decision(&seen).to_owned();
        let matched = Some(self.determining(&seen));
        let missing = Some(self.missing(&seen));
        let boundary = self.boundary.as_ref().map(|_| boundary_detail(&seen));
        let specific = self.names_resources.then(|| ResourceSpecificResult {
            eval_resource_decision: Some(decision.clone()),
            eval_resource_name: Some(resource.to_owned()),
            matched_statements: matched.clone(),
            missing_context_values: missing.clone(),
            permissions_boundary_decision_detail: boundary.clone(),
            ..ResourceSpecificResult::default()
        });
        EvaluationResult {
            eval_action_name: Some(action.to_owned()),
            eval_decision: Some(decision),
            eval_resource_name: Some(resource.to_owned()),
            matched_statements: matched,
            missing_context_values: missing,
            permissions_boundary_decision_detail: boundary,
            resource_specific_results: specific.map(|result| vec![result]),
            ..EvaluationResult::default()
        }
    }

    fn question(&self, action: &str, resource: &str) -> KeptQuestion {
        let other = || match resource {
            "*" => KeptResource::None,
            arn => KeptResource::Other(arn.to_owned()),
        };
        let (resource, key_policy, by) = match &self.resource_policy {
            Some(ResourcePolicy::Key(source)) => match KeyArn::parse(resource) {
                Ok(arn) => (KeptResource::Key(arn), Some(source.document().clone()), DecidedBy::Policies),
                Err(_) => (other(), None, DecidedBy::Policies),
            },
            Some(ResourcePolicy::Role(source)) => match PrincipalArn::parse(resource) {
                Ok(role) => (other(), None, DecidedBy::Trust { role, policy: source.document().clone() }),
                Err(_) => (other(), None, DecidedBy::Policies),
            },
            None => (other(), None, DecidedBy::Policies),
        };
        // Each policy is named by its place: inline policies of several groups may have one name.
        let identity = self.identity.iter().enumerate().map(|(at, source)| IdentityPolicy {
            name: at.to_string().into(),
            document: source.document().clone(),
        });
        KeptQuestion {
            caller: self.caller.clone(),
            action: action.to_owned().into(),
            resource,
            context: self.context.clone(),
            key_policy,
            identity: identity.collect(),
            boundary: self.boundary.as_ref().map(|source| source.document().clone()),
            session: None,
            grants: Vec::new(),
            grants_left_out: 0,
            by,
        }
    }

    /// The policy of a statement.
    fn source(&self, name: &PolicyName) -> Option<&Source> {
        match name {
            PolicyName::Identity(place) => self.identity.get(place.parse::<usize>().ok()?),
            PolicyName::Boundary => self.boundary.as_ref(),
            PolicyName::KeyPolicy | PolicyName::TrustPolicy => {
                self.resource_policy.as_ref().map(ResourcePolicy::source)
            }
            PolicyName::Session(_) => None,
        }
    }

    /// The statements that determined the decision: what denies, or, where nothing does, what allows.
    fn determining(&self, seen: &Explanation) -> Vec<Statement> {
        let effect = match (seen.allowed, seen.rule) {
            (true, _) => Effect::Allow,
            (false, Rule::ExplicitDeny) => Effect::Deny,
            (false, _) => return Vec::new(),
        };
        let matched = seen.statements.iter().filter(|found| matches(found, effect));
        let named = matched.filter_map(|found| {
            let name = &found.statement;
            Some(self.source(&name.policy)?.statement(name.index))
        });
        named.take(STATEMENTS_SHOWN_MAX).collect()
    }

    /// Condition keys that a statement asks for which matches in everything else, and that have no value.
    fn missing(&self, seen: &Explanation) -> Vec<String> {
        let open = seen.statements.iter().filter(|found| found.mismatches.is_empty());
        let absent = open.flat_map(|found| &found.conditions).filter(|condition| condition.actual.is_none());
        let absent = absent.map(|condition| &condition.key).filter(|key| !is_given(&self.context.given, key));
        absent.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn matches(found: &StatementFinding, effect: Effect) -> bool {
    found.effect == effect && found.matched.is_some()
}

fn decision(seen: &Explanation) -> &'static str {
    match (seen.allowed, seen.rule) {
        (true, _) => "allowed",
        (false, Rule::ExplicitDeny) => "explicitDeny",
        (false, _) => "implicitDeny",
    }
}

fn boundary_detail(seen: &Explanation) -> PermissionsBoundaryDecisionDetail {
    let of_boundary =
        || seen.statements.iter().filter(|found| found.statement.policy == PolicyName::Boundary);
    let allows = of_boundary().any(|found| matches(found, Effect::Allow));
    let denies = of_boundary().any(|found| matches(found, Effect::Deny));
    PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: Some(allows && !denies) }
}
