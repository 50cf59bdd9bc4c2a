//! DisconnectCustomKeyStore: its keys are unusable from the answer on, also for calls that are in flight. The token stays
//! logged in: the operator's PIN file says whether it is.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{Connection, KeyStoreRecord};
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
        if store.record.connection == Connection::Disconnected {
            return Err(super::invalid_state(&store, "CONNECTED or FAILED"));
        }
        let connection = Connection::Disconnected;
        let record = KeyStoreRecord { connection, error: None, ..store.record.clone() };
        call.commit(super::change_record(&store, &record)?).await?;
        Ok(DisconnectCustomKeyStoreOutput {})
    }
}
