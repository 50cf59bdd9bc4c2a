//! DescribeCustomKeyStores: all stores of the account and Region, or the one of an id or a name.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use crate::state::KeyStoreEntry;
use std::sync::Arc;
use strongroom_api::Time;
use strongroom_api::operation::{
    DescribeCustomKeyStores, DescribeCustomKeyStoresInput, DescribeCustomKeyStoresOutput,
};
use strongroom_api::shape::CustomKeyStoresListEntry;
use strongroom_types::Timestamp;

impl Behaviour for DescribeCustomKeyStores {
    const ACTION: &'static str = "kms:DescribeCustomKeyStores";
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &DescribeCustomKeyStoresInput,
    ) -> Result<DescribeCustomKeyStoresOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let (id, name) = (input.custom_key_store_id.as_deref(), input.custom_key_store_name.as_deref());
        if id.is_some() && name.is_some() {
            let text = "You cannot specify CustomKeyStoreId and CustomKeyStoreName in the same request.";
            return Err(Fault::Invalid(text.to_owned()));
        }
        let request = [
            "DescribeCustomKeyStores",
            call.account().as_str(),
            call.region().as_str(),
            id.or(name).unwrap_or(""),
        ];
        let after = match &input.marker {
            Some(marker) => call.service.marker_key().read(&request, marker)?,
            None => String::new(),
        };
        let wanted = |store: &&Arc<KeyStoreEntry>| {
            id.is_none_or(|id| store.place.id.as_str() == id)
                && name.is_none_or(|name| store.record.name == name)
        };
        let found: Vec<_> = call.snapshot.key_stores(call.account(), call.region()).filter(wanted).collect();
        if found.is_empty() && (id.is_some() || name.is_some()) {
            return Err(Fault::CustomKeyStoreNotFound);
        }
        let rest = found.into_iter().filter(|store| *store.place.id.as_str() > *after);
        let page = page(rest, limit(input.limit, 1_000, 1_000), |store| store.place.id.to_string());
        Ok(DescribeCustomKeyStoresOutput {
            custom_key_stores: Some(page.items.iter().map(|store| entry(store)).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}

fn entry(store: &KeyStoreEntry) -> CustomKeyStoresListEntry {
    let record = &store.record;
    CustomKeyStoresListEntry {
        custom_key_store_id: Some(store.place.id.to_string()),
        custom_key_store_name: Some(record.name.clone()),
        custom_key_store_type: Some("AWS_CLOUDHSM".to_owned()),
        cloud_hsm_cluster_id: Some(record.cluster.clone()),
        trust_anchor_certificate: Some(record.trust_anchor.clone()),
        connection_state: Some(record.connection.as_str().to_owned()),
        connection_error_code: record.error.map(|error| error.as_str().to_owned()),
        creation_date: Some(Time(Timestamp::from_millis(record.created_ms))),
        ..CustomKeyStoresListEntry::default()
    }
}
