//! DeleteCustomKeyStore: only one that is disconnected and has no keys, not even such as wait for their deletion.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{Changes, layout};
use strongroom_api::ErrorCode;
use strongroom_api::operation::{
    DeleteCustomKeyStore, DeleteCustomKeyStoreInput, DeleteCustomKeyStoreOutput,
};

impl Behaviour for DeleteCustomKeyStore {
    const ACTION: &'static str = "kms:DeleteCustomKeyStore";
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &DeleteCustomKeyStoreInput,
    ) -> Result<DeleteCustomKeyStoreOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let store = super::find(call, &input.custom_key_store_id)?;
        super::disconnected(&store)?;
        let keys = call.snapshot.keys_in_store(&store.place).count();
        if keys > 0 {
            let text = format!("The custom key store {} has {keys} KMS keys.", store.place.id);
            return Err(Fault::KeyStore(ErrorCode::CustomKeyStoreHasCMKs, text));
        }
        // Keys are made in connected stores only, and their changes rest on the store's record: none can come meanwhile.
        let place = || layout::key_store(&store.place);
        let mut changes = Changes::new();
        changes.unchanged(place(), store.revision).map_err(change_fault)?;
        changes.delete(place()).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(DeleteCustomKeyStoreOutput {})
    }
}
