//! SimulatePrincipalPolicy: what the policies of a user, group or role allow.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::simulated_policies::{self, Source};
use crate::iam::simulation::{
    Identity, Simulation, boundary_given, caller_named, check_length, invalid, refuse,
};
use crate::iam::{QueryBehaviour, no_such};
use crate::ops::Plane;
use crate::state::{GroupEntry, RoleEntry, UserEntry};
use std::sync::Arc;
use strongroom_api::iam::operation::{
    SimulatePrincipalPolicy, SimulatePrincipalPolicyInput, SimulatePrincipalPolicyOutput,
};
use strongroom_policy::{Caller, OwnedSession, RequestFacts};
use strongroom_types::PARTITION;

const ACTION: &str = "iam:SimulatePrincipalPolicy";

/// The session in which a role calls.
const SESSION: &str = "simulated";

impl QueryBehaviour for SimulatePrincipalPolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &SimulatePrincipalPolicyInput,
    ) -> Result<SimulatePrincipalPolicyOutput, Fault> {
        let holder = Holder::authorized(call, &input.policy_source_arn)?;
        check(input)?;
        let simulation = Simulation {
            operation: "SimulatePrincipalPolicy",
            holder: &input.policy_source_arn,
            actions: &input.action_names,
            resources: input.resource_arns.as_ref(),
            entries: input.context_entries.as_ref(),
            resource_policy: input.resource_policy.as_ref(),
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let identity = identity(call, input, &holder)?;
        let page = simulation.page(call, identity).await?;
        Ok(SimulatePrincipalPolicyOutput {
            evaluation_results: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn check(input: &SimulatePrincipalPolicyInput) -> Result<(), Fault> {
    refuse("ResourceHandlingOption", input.resource_handling_option.is_some())?;
    refuse("ResourceOwner", input.resource_owner.is_some())?;
    refuse("PolicyExclusionList", input.policy_exclusion_list.is_some())?;
    let lists = [&input.policy_input_list, &input.permissions_boundary_policy_input_list];
    check_length(lists.into_iter().flatten().flatten().chain(&input.resource_policy))
}

/// The policies of the holder and those that the request adds; a boundary of the request is in place of the holder's.
fn identity(
    call: &Call<'_>,
    input: &SimulatePrincipalPolicyInput,
    holder: &Holder,
) -> Result<Identity, Fault> {
    let directory = &call.snapshot.directory;
    let itself = holder.caller();
    let named = input.caller_arn.as_deref().map(|arn| caller_named(call, arn)).transpose()?;
    let mut policies = holder.policies(call);
    policies.extend(Source::of_list("PolicyInputList", input.policy_input_list.as_ref(), directory)?);
    let given = boundary_given(call, input.permissions_boundary_policy_input_list.as_ref())?;
    let own = || itself.as_ref().and_then(|caller| simulated_policies::boundary_of(directory, caller));
    let boundary = given.or_else(own);
    // Tags are the holder's: of another user, nobody said that they may be known.
    let principal_tags = match &named {
        Some(other) if itself.as_ref().is_none_or(|itself| itself.arn() != other.arn()) => None,
        _ => itself.as_ref().and_then(|caller| directory.tags(caller)).cloned(),
    };
    let session = OwnedSession { principal_tags, ..OwnedSession::default() };
    Ok(Identity { caller: named.or(itself), policies, boundary, session })
}

/// Who has the policies.
enum Holder {
    User(Arc<UserEntry>),
    Group(Arc<GroupEntry>),
    Role(Arc<RoleEntry>),
}

impl Holder {
    /// Authority over the holder, and the holder. Whether there is one is said only to who may ask.
    fn authorized(call: &Call<'_>, arn: &str) -> Result<Self, Fault> {
        let found = Self::find(call, arn);
        let tags = match &found {
            Some(Self::User(user)) => Some(&user.record.tags),
            Some(Self::Role(role)) => Some(&role.record.tags),
            Some(Self::Group(_)) | None => None,
        };
        call.authorize_resource(arn, ACTION, RequestFacts::default(), tags)?;
        let word = match arn.splitn(6, ':').nth(5).and_then(|resource| resource.split_once('/')) {
            Some((word @ ("user" | "group" | "role"), _)) => word,
            _ => return Err(invalid(format!("{arn} is not the ARN of a user, group or role."))),
        };
        found.ok_or_else(|| no_such(word, arn))
    }

    /// The user, group or role of the caller's account that has exactly that ARN.
    fn find(call: &Call<'_>, arn: &str) -> Option<Self> {
        let (directory, account) = (&call.snapshot.directory, call.account());
        let resource = arn.strip_prefix(&format!("arn:{PARTITION}:iam::{account}:"))?;
        let (kind, path_and_name) = resource.split_once('/')?;
        let name = path_and_name.rsplit('/').next()?;
        let found = match kind {
            "user" => Self::User(directory.user(account, name)?.clone()),
            "group" => Self::Group(directory.group(account, name)?.clone()),
            "role" => Self::Role(directory.role(account, name)?.clone()),
            _ => return None,
        };
        Some(found).filter(|found| found.arn() == arn)
    }

    fn arn(&self) -> String {
        match self {
            Self::User(user) => user.arn().to_string(),
            Self::Group(group) => group.arn(),
            Self::Role(role) => role.arn().to_string(),
        }
    }

    /// The holder as a caller; a role in a session. Groups do not call.
    fn caller(&self) -> Option<Arc<Caller>> {
        match self {
            Self::User(user) => Some(user.caller.clone()),
            Self::Group(_) => None,
            Self::Role(role) => {
                let (account, id) = (role.account.clone(), role.unique_id.clone());
                Some(Arc::new(Caller::role_session(account, &role.path_and_name(), id, SESSION)))
            }
        }
    }

    fn policies(&self, call: &Call<'_>) -> Vec<Source> {
        let directory = &call.snapshot.directory;
        match self {
            Self::User(user) => simulated_policies::of_user(directory, user),
            Self::Group(group) => simulated_policies::of_group(directory, group),
            Self::Role(role) => simulated_policies::of_role(directory, role),
        }
    }
}
