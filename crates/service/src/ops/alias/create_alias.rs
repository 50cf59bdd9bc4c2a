//! CreateAlias: needs authority over the alias and over the key.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{AliasRecord, Changes, layout};
use strongroom_api::NoOutput;
use strongroom_api::operation::{CreateAlias, CreateAliasInput};

/// The most aliases of one key.
pub(super) const ALIASES_MAX: usize = 50;

impl Behaviour for CreateAlias {
    const ACTION: &'static str = "kms:CreateAlias";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &CreateAliasInput) -> Result<NoOutput, Fault> {
        let alias = super::own_alias(call, &input.alias_name)?;
        call.authorize_alias(&alias, Self::ACTION)?;
        let key = super::target(call, &input.target_key_id, Self::ACTION)?;
        if call.snapshot.alias(&alias).is_some() {
            return Err(Fault::AliasExists(alias));
        }
        if call.snapshot.aliases_of(&key.key().arn).count() >= ALIASES_MAX {
            return Err(Fault::Limit(format!(
                "The limit of {ALIASES_MAX} aliases for {} has been reached.",
                key.arn()
            )));
        }
        call.room()?;
        let record = AliasRecord {
            key_id: key.key().arn.key.to_string(),
            created_ms: call.now.millis(),
            updated_ms: call.now.millis(),
            unknown: serde_json::Map::new(),
        };
        let mut changes = Changes::new();
        super::renew_key(&mut changes, key.key())?;
        changes.absent(layout::alias(&alias)).map_err(change_fault)?;
        changes.put(layout::alias(&alias), &record).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
