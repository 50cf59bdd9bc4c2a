//! ListKeys: every key of the account and Region, whatever its state.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use strongroom_api::operation::{ListKeys, ListKeysInput, ListKeysOutput};
use strongroom_api::shape::KeyListEntry;
use strongroom_types::KeyId;

impl Behaviour for ListKeys {
    const ACTION: &'static str = "kms:ListKeys";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListKeysInput) -> Result<ListKeysOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let owners = input.resource_owners.as_deref().unwrap_or_default();
        // Keys that other accounts share need RAM: there are none.
        let own = owners.is_empty() || owners.iter().any(|owner| owner == "SELF");
        let owners = owners.join(",");
        let request = ["ListKeys", call.account().as_str(), call.region().as_str(), owners.as_str()];
        let after = match &input.marker {
            Some(marker) => {
                let last = call.service.marker_key().read(&request, marker)?;
                Some(KeyId::parse(&last).map_err(|_| Fault::InvalidMarker)?)
            }
            None => None,
        };
        let keys = call.snapshot.keys_after(call.account(), call.region(), after).filter(|_| own);
        let page = page(keys, limit(input.limit, 100, 1_000), |key| key.arn.key.to_string());
        let entry = |key: &&std::sync::Arc<crate::state::KeyEntry>| KeyListEntry {
            key_id: Some(key.arn.key.to_string()),
            key_arn: Some(key.arn.to_string()),
        };
        Ok(ListKeysOutput {
            keys: Some(page.items.iter().map(entry).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}
