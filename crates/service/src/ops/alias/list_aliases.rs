//! ListAliases: of the account and Region, or of one key.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::state::AliasEntry;
use std::sync::Arc;
use strongroom_api::Time;
use strongroom_api::operation::{ListAliases, ListAliasesInput, ListAliasesOutput};
use strongroom_api::shape::AliasListEntry;
use strongroom_types::{AliasArn, AliasName, Timestamp};

impl Behaviour for ListAliases {
    const ACTION: &'static str = "kms:ListAliases";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListAliasesInput) -> Result<ListAliasesOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let only = match &input.key_id {
            Some(key_id) => Some(call.locate(key_id, Forms::IdOrArn, Self::ACTION)?),
            None => None,
        };
        let filter = only.as_ref().map(|located| located.key().arn.key.to_string()).unwrap_or_default();
        let request = ["ListAliases", call.account().as_str(), call.region().as_str(), filter.as_str()];
        let after = match &input.marker {
            Some(marker) => {
                let last = call.service.marker_key().read(&request, marker)?;
                Some(AliasName::parse(&last).map_err(|_| Fault::InvalidMarker)?)
            }
            None => None,
        };
        let aliases: Box<dyn Iterator<Item = (&AliasArn, &Arc<AliasEntry>)>> = match &only {
            Some(located) => {
                // Fifty at most.
                let of_key = call.snapshot.aliases_of(located.key());
                Box::new(of_key.filter(|(arn, _)| after.as_ref().is_none_or(|last| arn.alias > *last)))
            }
            None => Box::new(call.snapshot.aliases_after(call.account(), call.region(), after)),
        };
        let page = page(aliases, limit(input.limit, 50, 100), |(arn, _)| arn.alias.to_string());
        Ok(ListAliasesOutput {
            aliases: Some(page.items.iter().map(|(arn, alias)| entry(arn, alias)).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}

fn entry(arn: &AliasArn, alias: &AliasEntry) -> AliasListEntry {
    AliasListEntry {
        alias_name: Some(arn.alias.to_string()),
        alias_arn: Some(arn.to_string()),
        target_key_id: Some(alias.key.to_string()),
        creation_date: Some(Time(Timestamp::from_millis(alias.record.created_ms))),
        last_updated_date: Some(Time(Timestamp::from_millis(alias.record.updated_ms))),
    }
}
