//! ConnectCustomKeyStore: looks whether the cluster's token works and the password is its PIN, and says so in the store's
//! state, which is CONNECTING meanwhile. AWS answers at once and goes on; here the state in the end is there when the call
//! returns, and the call succeeds as AWS's does when the connection fails.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{Connection, ConnectionError};
use strongroom_api::operation::{
    ConnectCustomKeyStore, ConnectCustomKeyStoreInput, ConnectCustomKeyStoreOutput,
};
use strongroom_vault_protocol::VaultError;

impl Behaviour for ConnectCustomKeyStore {
    const ACTION: &'static str = "kms:ConnectCustomKeyStore";
    const PLANE: Plane = Plane::Addition;

    async fn answer(
        call: &Call<'_>,
        input: &ConnectCustomKeyStoreInput,
    ) -> Result<ConnectCustomKeyStoreOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let store = super::find(call, &input.custom_key_store_id)?;
        match store.record.connection {
            Connection::Connected => return Ok(ConnectCustomKeyStoreOutput {}),
            // Another call is at it.
            Connection::Connecting if !call.service.passages().is_left(&store.record) => {
                return Ok(ConnectCustomKeyStoreOutput {});
            }
            Connection::Failed | Connection::Disconnecting => {
                return Err(super::invalid_state(&store, "DISCONNECTED, CONNECTING or CONNECTED"));
            }
            Connection::Disconnected | Connection::Connecting => {}
        }
        call.room()?;
        super::cluster_is_active(call, &store.record.cluster).await?;
        let passage = call.service.begin_passage();
        let record = passage.on_the_way(&store.record, Connection::Connecting);
        call.commit(super::change_record(&store, &record)?).await?;
        let checked = call.vault().check_store(&record.cluster, &record.password).await;
        let (state, said) = match checked.err().map(failure).transpose() {
            Ok(None) => ((Connection::Connected, None), Ok(ConnectCustomKeyStoreOutput {})),
            Ok(Some(error)) => {
                tracing::warn!(store = %store.place.id, error = error.as_str(), "a custom key store cannot be connected");
                ((Connection::Failed, Some(error)), Ok(ConnectCustomKeyStoreOutput {}))
            }
            Err(fault) => ((Connection::Disconnected, None), Err(fault)),
        };
        call.service.end_passage(&store.place, &passage, state).await?;
        said
    }
}

/// What a refusal says about the store; one that says nothing about it is the call's own.
fn failure(error: VaultError) -> Result<ConnectionError, Fault> {
    Ok(match error {
        // A password that an earlier keyring key sealed has to be given again too.
        VaultError::StorePinRefused | VaultError::TokenRejected => ConnectionError::InvalidCredentials,
        VaultError::StorePinLocked => ConnectionError::UserLockedOut,
        VaultError::StoreUnknown => ConnectionError::ClusterNotFound,
        VaultError::StoreAway | VaultError::TimedOut => ConnectionError::NetworkErrors,
        VaultError::StoreFailed | VaultError::StoreKeyMissing => ConnectionError::InternalError,
        other => return Err(Fault::Vault(other)),
    })
}
