//! DecodeAuthorizationMessage: the plain text of a denial's encoded message.
//!
//! A message is sealed by the vault: the account that it is about, twelve digits, then a text. Only that account reads
//! it.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::ops::Plane;
use strongroom_api::query::QueryErrorCode;
use strongroom_api::sts::operation::{
    DecodeAuthorizationMessage, DecodeAuthorizationMessageInput, DecodeAuthorizationMessageOutput,
};
use strongroom_types::AccountId;
use strongroom_vault_protocol::{TokenKind, VaultError};

impl QueryBehaviour for DecodeAuthorizationMessage {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &DecodeAuthorizationMessageInput,
    ) -> Result<DecodeAuthorizationMessageOutput, Fault> {
        call.authorize_account("sts:DecodeAuthorizationMessage")?;
        let opened = call.vault().open_token(TokenKind::AuthorizationMessage, &input.encoded_message).await;
        let opened = opened.map_err(|error| match error {
            VaultError::TokenRejected => invalid(),
            error => Fault::Vault(error),
        })?;
        let text = message(opened.expose(), call.account()).ok_or_else(invalid)?;
        Ok(DecodeAuthorizationMessageOutput { decoded_message: Some(text.to_owned()) })
    }
}

/// The text of a message that is about this account.
fn message<'a>(opened: &'a [u8], account: &AccountId) -> Option<&'a str> {
    std::str::from_utf8(opened).ok()?.strip_prefix(account.as_str())
}

fn invalid() -> Fault {
    let text = "Message is not valid".to_owned();
    Fault::Query(QueryErrorCode::InvalidAuthorizationMessageException, text)
}
