//! CreateAlias: needs authority over the alias and over the key.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{AliasRecord, Changes, layout};
use strongroom_api::NoOutput;
use strongroom_api::operation::{CreateAlias, CreateAliasInput};

impl Behaviour for CreateAlias {
    const ACTION: &'static str = "kms:CreateAlias";
    // An alias more may make a policy deny (`kms:ResourceAliases`).
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &CreateAliasInput) -> Result<NoOutput, Fault> {
        let alias = super::new_alias(call, &input.alias_name)?;
        call.authorize_alias(&alias, Self::ACTION)?;
        let key = super::target(call, &input.target_key_id, Self::ACTION)?;
        if call.snapshot.alias(&alias).is_some() {
            return Err(Fault::AliasExists(alias));
        }
        super::within_limit(key.key())?;
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
        call.note_response("keyId", key.key().arn_text());
        Ok(NoOutput)
    }
}
