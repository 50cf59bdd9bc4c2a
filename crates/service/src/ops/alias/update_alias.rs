//! UpdateAlias: needs authority over the alias, over the key it points at, and over the new one.

use super::create_alias::ALIASES_MAX;
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
        let alias = super::own_alias(call, &input.alias_name)?;
        call.authorize_alias(&alias, Self::ACTION)?;
        let Some(entry) = call.snapshot.alias(&alias).cloned() else {
            return Err(Fault::AliasNotFound(alias));
        };
        let current = call.locate(&entry.key.to_string(), Forms::IdOrArn, Self::ACTION)?;
        let current = call.authorize(current, Self::ACTION)?;
        let key = super::target(call, &input.target_key_id, Self::ACTION)?;
        let moves = key.key().arn != *current.arn();
        if moves && call.snapshot.aliases_of(&key.key().arn).count() >= ALIASES_MAX {
            return Err(Fault::Limit(format!(
                "The limit of {ALIASES_MAX} aliases for {} has been reached.",
                key.arn()
            )));
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
        Ok(NoOutput)
    }
}
