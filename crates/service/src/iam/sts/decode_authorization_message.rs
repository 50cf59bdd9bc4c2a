//! DecodeAuthorizationMessage: why a request was denied, for whoever may know it in the account.
//!
//! The encoded message is the id of the denied request, which every client shows with its error. It tells nothing by
//! itself, so nothing has to be sealed. What is decoded is the evidence that the operator's `strongroom explain` reads.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::decoded_message::decoded_message;
use crate::ops::Plane;
use strongroom_api::query::QueryErrorCode;
use strongroom_api::sts::operation::{
    DecodeAuthorizationMessage, DecodeAuthorizationMessageInput, DecodeAuthorizationMessageOutput,
};
use strongroom_types::RequestId;

impl QueryBehaviour for DecodeAuthorizationMessage {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &DecodeAuthorizationMessageInput,
    ) -> Result<DecodeAuthorizationMessageOutput, Fault> {
        call.authorize_account("sts:DecodeAuthorizationMessage")?;
        let request = RequestId::parse(input.encoded_message.trim()).map_err(|_| invalid())?;
        // A denial that concerns another account looks as if it had never been.
        let denied = call.service.denials().find(request).filter(|denied| denied.is_of(call.account()));
        let denied = denied.ok_or_else(invalid)?;
        let text = decoded_message(request, &denied)?;
        call.note_response("requestId", request.to_string());
        Ok(DecodeAuthorizationMessageOutput { decoded_message: Some(text) })
    }
}

fn invalid() -> Fault {
    let text = "Message is not valid".to_owned();
    Fault::Query(QueryErrorCode::InvalidAuthorizationMessageException, text)
}
