//! GetKeyLastUsage: in every state. Every use since the key was made is known, so tracking began when it was made.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::States;
use strongroom_api::Time;
use strongroom_api::operation::{GetKeyLastUsage, GetKeyLastUsageInput, GetKeyLastUsageOutput};
use strongroom_api::shape::KeyLastUsageData;
use strongroom_types::Timestamp;

impl Behaviour for GetKeyLastUsage {
    const ACTION: &'static str = "kms:GetKeyLastUsage";
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetKeyLastUsageInput) -> Result<GetKeyLastUsageOutput, Fault> {
        let located = call.locate(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let key = call.authorize(located, Self::ACTION)?.usable(States::Any)?.key().clone();
        let created = Time(Timestamp::from_millis(key.record.created_ms));
        let last = call.service.last_use_of_key(&key.arn).map(|last| KeyLastUsageData {
            cloud_trail_event_id: Some(last.event_id),
            kms_request_id: Some(last.request_id),
            operation: Some(last.operation.into_owned()),
            timestamp: Some(Time(last.at)),
        });
        Ok(GetKeyLastUsageOutput {
            key_id: Some(key.arn.to_string()),
            key_creation_date: Some(created),
            tracking_start_date: Some(created),
            // Of a key that was never used it is there, and empty.
            key_last_usage: Some(last.unwrap_or_default()),
        })
    }
}
