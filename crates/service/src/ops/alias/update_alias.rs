//! UpdateAlias: needs authority over the alias, over the key it points at, and over the new one.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::state::{Changes, layout};
use strongroom_api::NoOutput;
use strongroom_api::operation::{UpdateAlias, UpdateAliasInput};

impl Behaviour for UpdateAlias {
    const ACTION: &'static str = "kms:UpdateAlias";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UpdateAliasInput) -> Result<NoOutput, Fault> {
        let (alias, entry) = super::existing(call, &input.alias_name, Self::ACTION)?;
        let current = call.locate(&entry.key.to_string(), Forms::IdOrArn, Self::ACTION)?;
        let current = call.authorize(current, Self::ACTION)?;
        let key = super::target(call, &input.target_key_id, Self::ACTION)?;
        let moves = key.key().arn != *current.arn();
        if moves {
            super::within_limit(key.key())?;
        }
        call.room()?;
        let mut record = entry.record.clone();
        record.key_id = key.key().arn.key.to_string();
        record.updated_ms = call.now.millis();
        let mut changes = Changes::new();
        super::renew_key(&mut changes, key.key())?;
        if moves {
            super::renew_key(&mut changes, current.key())?;
        }
        changes.unchanged(layout::alias(&alias), entry.revision).map_err(change_fault)?;
        changes.put(layout::alias(&alias), &record).map_err(change_fault)?;
        call.commit(changes).await?;
        call.note_response("keyId", key.key().arn_text());
        Ok(NoOutput)
    }
}
