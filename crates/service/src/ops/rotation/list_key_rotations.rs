//! ListKeyRotations: the rotations that were done, oldest first; on request every key material.

use crate::call::Call;
use crate::fault::Fault;
use crate::marker::{limit, page};
use crate::ops::{Behaviour, Plane};
use crate::state::{KeyEntry, Material};
use strongroom_api::Time;
use strongroom_api::operation::{ListKeyRotations, ListKeyRotationsInput, ListKeyRotationsOutput};
use strongroom_api::shape::RotationsListEntry;
use strongroom_types::Timestamp;

impl Behaviour for ListKeyRotations {
    const ACTION: &'static str = "kms:ListKeyRotations";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &ListKeyRotationsInput) -> Result<ListKeyRotationsOutput, Fault> {
        let key = super::readable(call, &input.key_id, Self::ACTION)?;
        super::rotatable(&key)?;
        let all = input.include_key_material.as_deref() == Some("ALL_KEY_MATERIAL");
        let arn = key.arn.to_string();
        let request = ["ListKeyRotations", arn.as_str(), if all { "all" } else { "rotations" }];
        let after: u32 = match &input.marker {
            Some(marker) => {
                let last = call.service.marker_key().read(&request, marker)?;
                last.parse().map_err(|_| Fault::InvalidMarker)?
            }
            None => 0,
        };
        let wanted =
            |material: &&Material| material.seq > after && (all || material.record.rotation.is_some());
        let materials = key.materials.iter().filter(wanted);
        let page = page(materials, limit(input.limit, 100, 1_000), |material| material.seq.to_string());
        Ok(ListKeyRotationsOutput {
            rotations: Some(page.items.iter().map(|material| entry(&key, material)).collect()),
            truncated: Some(page.continues.is_some()),
            next_marker: page.continues.map(|last| call.service.marker_key().make(&request, &last)),
        })
    }
}

fn entry(key: &KeyEntry, material: &Material) -> RotationsListEntry {
    let state = if material.seq == key.record.current { "CURRENT" } else { "NON_CURRENT" };
    let rotation = material.record.rotation;
    RotationsListEntry {
        key_id: Some(key.arn.to_string()),
        key_material_id: Some(material.id.to_string()),
        key_material_state: Some(state.to_owned()),
        rotation_date: rotation.map(|_| Time(Timestamp::from_millis(material.record.created_ms))),
        rotation_type: rotation.map(|kind| kind.as_str().to_owned()),
        ..RotationsListEntry::default()
    }
}
