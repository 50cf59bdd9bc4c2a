//! ListPolicyTags: in the order of their keys.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, attachments, policy};
use crate::ops::Plane;
use strongroom_api::iam::operation::{ListPolicyTags, ListPolicyTagsInput, ListPolicyTagsOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListPolicyTags {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListPolicyTagsInput) -> Result<ListPolicyTagsOutput, Fault> {
        let action = "iam:ListPolicyTags";
        let found = policy::authorized(call, &input.policy_arn, action, RequestFacts::default())?;
        let asked = Asked {
            request: &["ListPolicyTags", found.arn()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let tags = attachments::shown_tags(&found.tags()).unwrap_or_default();
        // A key may be longer than a marker has room for, so its number is its place.
        let numbered = tags.into_iter().enumerate().map(|(index, tag)| (format!("{index:02}"), tag));
        let page = listed(call, &asked, numbered)?;
        Ok(ListPolicyTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
