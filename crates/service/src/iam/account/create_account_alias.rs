//! CreateAccountAlias: the account's name, in place of the one it had. No two accounts have the same.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, account};
use crate::ops::Plane;
use crate::state::layout;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{CreateAccountAlias, CreateAccountAliasInput};
use strongroom_api::query::QueryErrorCode;

impl QueryBehaviour for CreateAccountAlias {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &CreateAccountAliasInput) -> Result<NoOutput, Fault> {
        call.authorize_account("iam:CreateAccountAlias")?;
        let name = &input.account_alias;
        if call.snapshot.accounts().any(|(_, other)| other.record.alias.as_ref() == Some(name)) {
            let text = format!("The account alias {name} already exists.");
            return Err(Fault::Query(QueryErrorCode::EntityAlreadyExists, text));
        }
        call.room()?;
        let mut changes = account::change(call, |record| record.alias = Some(name.clone()))?;
        // Another account may have taken it meanwhile.
        changes.none_newer(layout::accounts_prefix(), call.snapshot.revision).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
