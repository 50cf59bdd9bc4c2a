//! UpdateAccessKey: turns an access key off and on again.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, access_key};
use crate::ops::Plane;
use crate::state::{Changes, layout};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UpdateAccessKey, UpdateAccessKeyInput};
use strongroom_api::query::QueryErrorCode;

impl QueryBehaviour for UpdateAccessKey {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UpdateAccessKeyInput) -> Result<NoOutput, Fault> {
        let whose = access_key::authorized(call, input.user_name.as_ref(), "iam:UpdateAccessKey")?;
        let key = access_key::find(call, &whose, &input.access_key_id)?;
        let inactive = match input.status.as_str() {
            "Active" => false,
            "Inactive" => true,
            other => {
                let text = format!("Status {other} cannot be set.");
                return Err(Fault::Query(QueryErrorCode::InvalidInput, text));
            }
        };
        if !inactive {
            call.room()?;
        }
        let mut record = key.record.clone();
        record.inactive = inactive;
        let place = || layout::access_key(&key.id);
        let mut changes = Changes::new();
        let built =
            changes.unchanged(place(), key.revision).and_then(|changes| changes.put(place(), &record));
        built.map_err(change_fault)?;
        call.commit(changes).await?;
        if inactive {
            call.service.forget_secret(&key).await;
        }
        Ok(NoOutput)
    }
}
