//! SimulateCustomPolicy: what policies would allow that nobody has yet.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::simulated_policies::Source;
use crate::iam::simulation::{
    Identity, Simulation, boundary_given, caller_named, check_length, invalid, refuse,
};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    SimulateCustomPolicy, SimulateCustomPolicyInput, SimulateCustomPolicyOutput,
};
use strongroom_policy::OwnedSession;

impl QueryBehaviour for SimulateCustomPolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &SimulateCustomPolicyInput,
    ) -> Result<SimulateCustomPolicyOutput, Fault> {
        call.authorize_account("iam:SimulateCustomPolicy")?;
        check(input)?;
        let caller = input.caller_arn.as_deref().map(|arn| caller_named(call, arn)).transpose()?;
        let directory = &call.snapshot.directory;
        let identity = Identity {
            caller,
            policies: Source::of_list("PolicyInputList", Some(&input.policy_input_list), directory)?,
            boundary: boundary_given(call, input.permissions_boundary_policy_input_list.as_ref())?,
            session: OwnedSession::default(),
        };
        let simulation = Simulation {
            operation: "SimulateCustomPolicy",
            holder: "",
            actions: &input.action_names,
            resources: input.resource_arns.as_ref(),
            entries: input.context_entries.as_ref(),
            resource_policy: input.resource_policy.as_ref(),
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = simulation.page(call, identity).await?;
        Ok(SimulateCustomPolicyOutput {
            evaluation_results: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn check(input: &SimulateCustomPolicyInput) -> Result<(), Fault> {
    refuse("ResourceHandlingOption", input.resource_handling_option.is_some())?;
    refuse("ResourceOwner", input.resource_owner.is_some())?;
    refuse("OrderedOrganizationPolicyInputList", input.ordered_organization_policy_input_list.is_some())?;
    if input.policy_input_list.is_empty() {
        return Err(invalid("PolicyInputList has no policy.".to_owned()));
    }
    let boundaries = input.permissions_boundary_policy_input_list.iter().flatten();
    check_length(input.policy_input_list.iter().chain(boundaries).chain(&input.resource_policy))
}
