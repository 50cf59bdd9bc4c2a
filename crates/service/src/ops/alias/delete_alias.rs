//! DeleteAlias: needs authority over the alias and over its key; the key is not affected.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::state::{Changes, layout};
use strongroom_api::NoOutput;
use strongroom_api::operation::{DeleteAlias, DeleteAliasInput};

impl Behaviour for DeleteAlias {
    const ACTION: &'static str = "kms:DeleteAlias";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteAliasInput) -> Result<NoOutput, Fault> {
        let (alias, entry) = super::existing(call, &input.alias_name, Self::ACTION)?;
        let key = call.locate(&entry.key.to_string(), Forms::IdOrArn, Self::ACTION)?;
        let key = call.authorize(key, Self::ACTION)?;
        let mut changes = Changes::new();
        super::renew_key(&mut changes, key.key())?;
        changes.unchanged(layout::alias(&alias), entry.revision).map_err(change_fault)?;
        changes.delete(layout::alias(&alias)).map_err(change_fault)?;
        call.commit(changes).await?;
        call.note_response("keyId", key.key().arn_text());
        Ok(NoOutput)
    }
}
