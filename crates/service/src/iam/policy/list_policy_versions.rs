//! ListPolicyVersions: the newest first, without their documents.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListPolicyVersions, ListPolicyVersionsInput, ListPolicyVersionsOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListPolicyVersions {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListPolicyVersionsInput,
    ) -> Result<ListPolicyVersionsOutput, Fault> {
        let action = "iam:ListPolicyVersions";
        let found = policy::authorized(call, &input.policy_arn, action, RequestFacts::default())?;
        let asked = Asked {
            request: &["ListPolicyVersions", found.arn()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        // Sorted by what is left of all numbers, so that the newest comes first.
        let place = |number: u32| format!("{:010}", u32::MAX - number);
        let versions = found.versions(false).into_iter();
        let page = listed(call, &asked, versions.map(|(number, version)| (place(number), version)))?;
        Ok(ListPolicyVersionsOutput {
            versions: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
