//! ListOpenIDConnectProviderTags: in the order of their keys.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, attachments, provider};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    ListOpenIDConnectProviderTags, ListOpenIDConnectProviderTagsInput, ListOpenIDConnectProviderTagsOutput,
};

const ACTION: &str = "iam:ListOpenIDConnectProviderTags";

impl QueryBehaviour for ListOpenIDConnectProviderTags {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListOpenIDConnectProviderTagsInput,
    ) -> Result<ListOpenIDConnectProviderTagsOutput, Fault> {
        let found = provider::authorized(call, &input.open_id_connect_provider_arn, ACTION)?;
        let asked = Asked {
            request: &["ListOpenIDConnectProviderTags", found.issuer()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let tags = attachments::shown_tags(&found.record.tags).unwrap_or_default();
        // A key may be longer than a marker has room for, so its number is its place.
        let numbered = tags.into_iter().enumerate().map(|(index, tag)| (format!("{index:02}"), tag));
        let page = listed(call, &asked, numbered)?;
        Ok(ListOpenIDConnectProviderTagsOutput {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
