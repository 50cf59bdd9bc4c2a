//! DisconnectCustomKeyStore: its keys are unusable from DISCONNECTING on, also for calls that are in flight. The token stays
//! logged in: the operator's PIN file says whether it is.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::Connection;
use strongroom_api::operation::{
    DisconnectCustomKeyStore, DisconnectCustomKeyStoreInput, DisconnectCustomKeyStoreOutput,
};

impl Behaviour for DisconnectCustomKeyStore {
    const ACTION: &'static str = "kms:DisconnectCustomKeyStore";
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &DisconnectCustomKeyStoreInput,
    ) -> Result<DisconnectCustomKeyStoreOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let store = super::find(call, &input.custom_key_store_id)?;
        let is_done = match store.record.connection {
            Connection::Disconnected => true,
            Connection::Disconnecting => !call.service.passages().is_left(&store.record),
            // A call that is connecting it finds that out when it has looked at the token.
            Connection::Connecting | Connection::Connected | Connection::Failed => false,
        };
        if is_done {
            return Err(super::invalid_state(&store, "CONNECTED, CONNECTING or FAILED"));
        }
        let passage = call.service.begin_passage();
        let record = passage.on_the_way(&store.record, Connection::Disconnecting);
        call.commit(super::change_record(&store, &record)?).await?;
        call.service.end_passage(&store.place, &passage, (Connection::Disconnected, None)).await?;
        Ok(DisconnectCustomKeyStoreOutput {})
    }
}
