//! DeleteAccountAlias: the account has only its number again.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, account, no_such};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteAccountAlias, DeleteAccountAliasInput};

impl QueryBehaviour for DeleteAccountAlias {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteAccountAliasInput) -> Result<NoOutput, Fault> {
        call.authorize_account("iam:DeleteAccountAlias")?;
        if account::alias(call) != Some(&input.account_alias) {
            return Err(no_such("account alias", &input.account_alias));
        }
        call.commit(account::change(call, |record| record.alias = None)?).await?;
        Ok(NoOutput)
    }
}
