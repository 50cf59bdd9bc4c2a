//! ListPolicies: those of AWS, then the account's own, in the order of their names.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::listing::{Asked, listed, own};
use crate::iam::managed_policy::Managed;
use crate::iam::policy_usage::{Usage, usage};
use crate::ops::Plane;
use crate::state::AWS_MANAGED;
use strongroom_api::iam::operation::{ListPolicies, ListPoliciesInput, ListPoliciesOutput};
use strongroom_api::iam::shape::Policy;

impl QueryBehaviour for ListPolicies {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListPoliciesInput) -> Result<ListPoliciesOutput, Fault> {
        call.authorize_account("iam:ListPolicies")?;
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        let (scope, prefix) = (text(&input.scope), text(&input.path_prefix));
        let usage = text(&input.policy_usage_filter);
        let attached = if input.only_attached == Some(true) { "attached" } else { "" };
        let asked = Asked {
            request: &["ListPolicies", &scope, &prefix, &usage, attached],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, wanted(call, input).into_iter())?;
        Ok(ListPoliciesOutput {
            policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Every policy that the request's filters let through, and its place in the list.
fn wanted(call: &Call<'_>, input: &ListPoliciesInput) -> Vec<(String, Policy)> {
    let scope = input.scope.as_deref().unwrap_or("All");
    let aws = AWS_MANAGED.iter().filter(|_| scope != "Local");
    let aws = aws.map(|policy| (format!("a/{}", policy.name), "/", Managed::Aws(policy)));
    let local = own(&call.snapshot.directory.policies, call.account()).filter(|_| scope != "AWS");
    let local = local.map(|(name, policy)| {
        (format!("l/{name}"), policy.record.path.as_str(), Managed::Own(policy.clone()))
    });
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let usage = usage(call);
    let mut wanted = Vec::new();
    for (place, path, policy) in aws.chain(local) {
        let used = usage.get(policy.arn()).copied().unwrap_or_default();
        if path.starts_with(prefix) && is_wanted(input, used) {
            wanted.push((place, policy.shown(used, false)));
        }
    }
    wanted
}

/// `OnlyAttached` and `PolicyUsageFilter`.
fn is_wanted(input: &ListPoliciesInput, used: Usage) -> bool {
    let attached = input.only_attached != Some(true) || used.attachments > 0;
    let as_asked = match input.policy_usage_filter.as_deref() {
        Some("PermissionsPolicy") => used.attachments > 0,
        Some("PermissionsBoundary") => used.boundaries > 0,
        _ => true,
    };
    attached && as_asked
}
