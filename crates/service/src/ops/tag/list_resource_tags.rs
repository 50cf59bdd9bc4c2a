//! ListResourceTags: in the order of their keys.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::States;
use strongroom_api::operation::{ListResourceTags, ListResourceTagsInput, ListResourceTagsOutput};
use strongroom_api::shape::TagOutput;

impl Behaviour for ListResourceTags {
    const ACTION: &'static str = "kms:ListResourceTags";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListResourceTagsInput) -> Result<ListResourceTagsOutput, Fault> {
        let located = call.locate(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let key = call.authorize(located, Self::ACTION)?.usable(States::Any)?;
        let arn = key.arn();
        let request = ["ListResourceTags", arn.as_str()];
        let after = match &input.marker {
            Some(marker) => Some(call.service.marker_key().read(&request, marker)?),
            None => None,
        };
        let tags = &key.key().record.tags;
        let rest = tags.iter().filter(|(name, _)| after.as_ref().is_none_or(|last| *name > last));
        let page = page(rest, limit(input.limit, 50, 50), |(name, _)| (*name).clone());
        let tag = |(name, value): &(&String, &String)| TagOutput {
            tag_key: Some((*name).clone()),
            tag_value: Some((*value).clone()),
        };
        Ok(ListResourceTagsOutput {
            tags: Some(page.items.iter().map(tag).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}
