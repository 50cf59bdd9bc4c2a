//! ConnectCustomKeyStore: looks whether the cluster's token works and the password is its PIN, and says so in the store's
//! state. AWS answers at once and goes on; here the state is there when the call returns, and the call succeeds as AWS's does
//! when the connection fails.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{Connection, ConnectionError, KeyStoreRecord};
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
            Connection::Failed => return Err(super::invalid_state(&store, "DISCONNECTED or CONNECTED")),
            Connection::Disconnected => {}
        }
        call.room()?;
        let checked = call.vault().check_store(&store.record.cluster, &store.record.password).await;
        let error = checked.err().map(failure).transpose()?;
        if let Some(error) = error {
            tracing::warn!(store = %store.place.id, error = error.as_str(), "a custom key store cannot be connected");
        }
        let connection = if error.is_some() { Connection::Failed } else { Connection::Connected };
        let record = KeyStoreRecord { connection, error, ..store.record.clone() };
        call.commit(super::change_record(&store, &record)?).await?;
        Ok(ConnectCustomKeyStoreOutput {})
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
