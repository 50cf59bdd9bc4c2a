//! DescribeKey: a key's facts, in every state.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::state::KeyEntry;
use crate::usable::States;
use strongroom_api::Time;
use strongroom_api::operation::{DescribeKey, DescribeKeyInput, DescribeKeyOutput};
use strongroom_api::shape::KeyMetadata;
use strongroom_types::{KeyState, Origin, Timestamp};

impl Behaviour for DescribeKey {
    const ACTION: &'static str = "kms:DescribeKey";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &DescribeKeyInput) -> Result<DescribeKeyOutput, Fault> {
        call.grant_tokens(input.grant_tokens.as_ref()).await?;
        let located = call.locate_anywhere(&input.key_id, Forms::Any, Self::ACTION)?;
        let key = call.authorize(located, Self::ACTION)?.usable(States::Any)?;
        Ok(DescribeKeyOutput { key_metadata: Some(metadata(key.key())) })
    }
}

/// `KeyMetadata` (reference kms-contract.md, 1.7).
pub(in crate::ops) fn metadata(key: &KeyEntry) -> KeyMetadata {
    let (record, store) = (&key.record, key.store.as_ref());
    // Only material that is made here or imported has an id that is shown.
    let material = key.current().filter(|_| record.origin == Origin::AwsKms);
    KeyMetadata {
        aws_account_id: Some(key.arn.account.to_string()),
        key_id: Some(key.arn.key.to_string()),
        arn: Some(key.arn.to_string()),
        creation_date: Some(Time(Timestamp::from_millis(record.created_ms))),
        enabled: Some(key.state() == KeyState::Enabled),
        description: Some(record.description.clone()),
        key_usage: Some(record.usage.to_string()),
        key_state: Some(key.state().to_string()),
        origin: Some(record.origin.to_string()),
        key_manager: Some("CUSTOMER".to_owned()),
        customer_master_key_spec: Some(record.spec.to_string()),
        key_spec: Some(record.spec.to_string()),
        multi_region: Some(key.arn.key.is_multi_region()),
        encryption_algorithms: Some(vec!["SYMMETRIC_DEFAULT".to_owned()]),
        deletion_date: record.deletion_ms.map(|ms| Time(Timestamp::from_millis(ms))),
        current_key_material_id: material.map(|material| material.id.to_string()),
        custom_key_store_id: record.custom_key_store.clone(),
        cloud_hsm_cluster_id: store.map(|store| store.record.cluster.clone()),
        ..KeyMetadata::default()
    }
}
