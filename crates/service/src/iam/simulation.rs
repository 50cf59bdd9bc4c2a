//! Simulations: would these actions on these resources be allowed? What both operations have in common.
//!
//! The answers are IAM's: policies of the request and of the identity, no policy of a resource but the one that the
//! request gives, no grants, and condition keys as the request gives them. `strongroom simulate` answers upon everything.

mod simulate_custom_policy;
mod simulate_principal_policy;

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, Listed, listed};
use crate::iam::simulated_case::{ResourcePolicy, Setting};
use crate::iam::simulated_policies::Source;
use crate::iam::{Entry, context_entries, entry};
use std::sync::Arc;
use strongroom_api::iam::operation as api;
use strongroom_api::iam::shape::{ContextEntry, EvaluationResult};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::{Caller, DocumentKind, KmsAction, OwnedContext, OwnedSession, Time};
use strongroom_types::{KeyArn, PrincipalArn, UniqueId};

/// The operations of this family.
pub(super) const TABLE: &[Entry] =
    &[entry::<api::SimulateCustomPolicy>(), entry::<api::SimulatePrincipalPolicy>()];

/// The most cases, actions times resources.
const CASES_MAX: usize = 1_000;

/// The most characters of all policies of a request together: it has to fit its audit record.
const POLICY_CHARS_MAX: usize = 65_536;

/// What stands for the resource when none is named.
const ANYTHING: &str = "*";

/// Actions that no operation is named after.
const TRUST_ACTIONS: [&str; 2] = ["TagSession", "SetSourceIdentity"];

/// Who calls when nobody is named: condition keys do not see this.
const NOBODY: (&str, &str) = ("nobody", "AIDASIMULATEDNOBODY");

/// What both operations are asked, read once.
struct Simulation<'a> {
    operation: &'static str,
    /// The identity whose policies are simulated; empty for policies that nobody has.
    holder: &'a str,
    actions: &'a [String],
    resources: Option<&'a Vec<String>>,
    entries: Option<&'a Vec<ContextEntry>>,
    resource_policy: Option<&'a String>,
    marker: Option<&'a String>,
    max_items: Option<i64>,
}

/// Who calls, what it has, and what is known of it.
struct Identity {
    /// `None`: nobody is named.
    caller: Option<Arc<Caller>>,
    policies: Vec<Source>,
    boundary: Option<Source>,
    session: OwnedSession,
}

impl Simulation<'_> {
    /// Decides one page of cases.
    async fn page(&self, call: &Call<'_>, identity: Identity) -> Result<Listed<EvaluationResult>, Fault> {
        let setting = self.setting(call, identity)?;
        let anything = [ANYTHING.to_owned()];
        let resources = self.resources().unwrap_or(&anything);
        if self.actions.len().saturating_mul(resources.len()) > CASES_MAX {
            return Err(invalid(format!("At most {CASES_MAX} actions times resources can be simulated.")));
        }
        let mut request = vec![self.operation, self.holder];
        request.extend(self.actions.iter().chain(resources).map(String::as_str));
        let pairs = self.actions.iter().flat_map(|action| resources.iter().map(move |on| (action, on)));
        let numbered = pairs.enumerate().map(|(at, pair)| (format!("{at:04}"), pair));
        let asked = Asked { request: &request, marker: self.marker, max_items: self.max_items };
        let page = listed(call, &asked, numbered)?;
        let mut results = Vec::new();
        for (action, resource) in page.items {
            results.push(setting.result(action, resource));
            // Requests go first.
            tokio::task::yield_now().await;
        }
        Ok(Listed { items: results, is_truncated: page.is_truncated, marker: page.marker })
    }

    fn resources(&self) -> Option<&[String]> {
        self.resources.map(Vec::as_slice).filter(|resources| !resources.is_empty())
    }

    /// Checks the request, and puts together what every case is decided upon.
    fn setting(&self, call: &Call<'_>, identity: Identity) -> Result<Setting, Fault> {
        self.actions.iter().try_for_each(|action| check_action(action))?;
        for resource in self.resources().unwrap_or_default() {
            self.check_resource(call, resource)?;
        }
        let resource_policy = self.resource_policy(call, identity.caller.is_some())?;
        let given = context_entries::given(self.entries, identity.caller.is_some())?;
        let caller = match identity.caller {
            Some(caller) => caller,
            None => nobody(call)?,
        };
        Ok(Setting {
            caller,
            identity: identity.policies,
            boundary: identity.boundary,
            resource_policy,
            context: OwnedContext {
                session: identity.session,
                now: Some(Time(call.now)),
                given,
                ..OwnedContext::default()
            },
            names_resources: self.resources().is_some(),
        })
    }

    /// An ARN, or `*`. What another account has is guarded by its own policy, which has to be there.
    fn check_resource(&self, call: &Call<'_>, resource: &str) -> Result<(), Fault> {
        if resource == ANYTHING {
            return Ok(());
        }
        if !resource.starts_with("arn:") || resource.split(':').count() < 6 {
            return Err(invalid(format!("{resource} is neither an ARN nor *.")));
        }
        let owner = resource.split(':').nth(4).unwrap_or_default();
        let own = ["", "aws", call.account().as_str()].contains(&owner);
        if !own && self.resource_policy.is_none() {
            return Err(invalid(format!(
                "{resource} is of another account; its policy is needed as ResourcePolicy."
            )));
        }
        Ok(())
    }

    /// The policy that every resource of the request has: keys or roles.
    fn resource_policy(
        &self,
        call: &Call<'_>,
        caller_is_named: bool,
    ) -> Result<Option<ResourcePolicy>, Fault> {
        let Some(text) = self.resource_policy else { return Ok(None) };
        if !caller_is_named {
            return Err(invalid("CallerArn is needed with a ResourcePolicy.".to_owned()));
        }
        let resources = self.resources().unwrap_or_default();
        let all = |are: fn(&str) -> bool| !resources.is_empty() && resources.iter().all(|arn| are(arn));
        let directory = &call.snapshot.directory;
        let source = |kind| {
            Source::of_request("ResourcePolicy".to_owned(), "resource", (text.as_str(), kind), directory)
        };
        if all(|arn| KeyArn::parse(arn).is_ok()) {
            return source(DocumentKind::KeyPolicy).map(|source| Some(ResourcePolicy::Key(source)));
        }
        if all(|arn| matches!(PrincipalArn::parse(arn), Ok(PrincipalArn::Role(..)))) {
            return source(DocumentKind::TrustPolicy).map(|source| Some(ResourcePolicy::Role(source)));
        }
        Err(invalid(
            "A ResourcePolicy is of keys, or of roles, all of them named by ResourceArns.".to_owned(),
        ))
    }
}

/// An action that is known here: of any other nothing true could be said.
fn check_action(action: &str) -> Result<(), Fault> {
    let known = match action.split_once(':') {
        Some(("kms", _)) => KmsAction::parse(action).is_some(),
        Some(("iam", name)) => api::NAMES.contains(&name),
        Some(("sts", name)) => {
            strongroom_api::sts::operation::NAMES.contains(&name) || TRUST_ACTIONS.contains(&name)
        }
        _ => false,
    };
    if known {
        return Ok(());
    }
    Err(invalid(format!("{action} is not an action of KMS, IAM or STS that is known here.")))
}

/// The user of the account that is to be taken for the caller.
fn caller_named(call: &Call<'_>, arn: &str) -> Result<Arc<Caller>, Fault> {
    let wrong = || invalid(format!("CallerArn {arn} is not the ARN of a user of this account."));
    let parsed = PrincipalArn::parse(arn).map_err(|_| wrong())?;
    let PrincipalArn::User(account, _) = &parsed else { return Err(wrong()) };
    let name = parsed.name().unwrap_or_default();
    let user = call.snapshot.directory.user(account, name).filter(|user| *user.arn() == parsed);
    let user = user.filter(|user| user.account() == call.account()).ok_or_else(wrong)?;
    Ok(user.caller.clone())
}

fn nobody(call: &Call<'_>) -> Result<Arc<Caller>, Fault> {
    let (name, id) = NOBODY;
    let id = UniqueId::parse(id).map_err(|_| Fault::Internal("Nobody has no id."))?;
    Ok(Arc::new(Caller::user(call.account().clone(), name, id)))
}

/// The permissions boundary that a request gives: one at most.
fn boundary_given(call: &Call<'_>, texts: Option<&Vec<String>>) -> Result<Option<Source>, Fault> {
    if texts.is_some_and(|texts| texts.len() > 1) {
        return Err(invalid("Only one permissions boundary can be simulated.".to_owned()));
    }
    let list = "PermissionsBoundaryPolicyInputList";
    Ok(Source::of_list(list, texts, &call.snapshot.directory)?.pop())
}

/// Refuses what is not built, rather than to answer as if it had not been said.
fn refuse(parameter: &str, is_given: bool) -> Result<(), Fault> {
    if is_given {
        return Err(invalid(format!("{parameter} is not supported by this version of Strongroom.")));
    }
    Ok(())
}

/// Refuses policies that are too long together.
fn check_length<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<(), Fault> {
    let characters: usize = texts.into_iter().map(|text| text.chars().count()).sum();
    if characters > POLICY_CHARS_MAX {
        return Err(invalid(format!("The policies have more than {POLICY_CHARS_MAX} characters together.")));
    }
    Ok(())
}

pub(super) fn invalid(text: String) -> Fault {
    Fault::Query(QueryErrorCode::InvalidInput, text)
}
