//! Operations on custom key stores of type AWS_CLOUDHSM: a token that the operator configured under a cluster's id. Stores of
//! type EXTERNAL_KEY_STORE are not built; what they would add is a second kind of place in a key's record, and an arm where
//! this family looks at the type.

mod connect_custom_key_store;
mod create_custom_key_store;
mod delete_custom_key_store;
mod describe_custom_key_stores;
mod disconnect_custom_key_store;
mod update_custom_key_store;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::state::{Changes, Connection, KeyStoreEntry, KeyStoreRecord, layout};
use std::sync::Arc;
use strongroom_api::ErrorCode;
use strongroom_types::KeyStoreId;
use strongroom_vault_protocol::{Pkcs11State, StoreState, VaultError};

/// The store of that id in the caller's account and Region.
pub(super) fn find(call: &Call<'_>, id: &str) -> Result<Arc<KeyStoreEntry>, Fault> {
    let id = KeyStoreId::parse(id).map_err(|_| Fault::CustomKeyStoreNotFound)?;
    let found = call.snapshot.key_store(call.account(), call.region(), &id);
    found.cloned().ok_or(Fault::CustomKeyStoreNotFound)
}

/// The refusal of what the store's connection state does not allow.
pub(super) fn invalid_state(store: &KeyStoreEntry, wanted: &str) -> Fault {
    let (id, state) = (&store.place.id, store.record.connection.as_str());
    let text = format!("The custom key store {id} is {state}; it must be {wanted}.");
    Fault::KeyStore(ErrorCode::CustomKeyStoreInvalidState, text)
}

/// The store must be disconnected.
fn disconnected(store: &KeyStoreEntry) -> Result<(), Fault> {
    match store.record.connection {
        Connection::Disconnected => Ok(()),
        Connection::Connecting | Connection::Connected | Connection::Failed | Connection::Disconnecting => {
            Err(invalid_state(store, "DISCONNECTED"))
        }
    }
}

/// No two stores of an account and Region have one name.
fn name_is_free(call: &Call<'_>, name: &str, but: Option<&KeyStoreId>) -> Result<(), Fault> {
    let mut stores = call.snapshot.key_stores(call.account(), call.region());
    match stores.any(|store| store.record.name == name && Some(&store.place.id) != but) {
        true => {
            let text = format!("There is a custom key store with the name {name} already.");
            Err(Fault::KeyStore(ErrorCode::CustomKeyStoreNameInUse, text))
        }
        false => Ok(()),
    }
}

/// The operator has to have configured the cluster.
fn cluster_is_known(call: &Call<'_>, cluster: &str) -> Result<(), Fault> {
    match call.service.parts().clusters.iter().any(|known| known == cluster) {
        true => Ok(()),
        false => {
            let text = format!("No token is configured for the cluster {cluster}.");
            Err(Fault::KeyStore(ErrorCode::CloudHsmClusterNotFound, text))
        }
    }
}

/// The cluster's token has to be there. Refused is one that the vault misses already and that does not answer now either;
/// whatever else is wrong with a token, connecting tells.
async fn cluster_is_active(call: &Call<'_>, cluster: &str) -> Result<(), Fault> {
    let states = call.service.cluster_states().await;
    let missed = |state: &StoreState| state.cluster == cluster && state.state == Pkcs11State::Away;
    if !states.iter().any(missed) {
        return Ok(());
    }
    // A command that every token knows and that needs no password.
    match call.vault().random_of_store(cluster, 1).await {
        Err(VaultError::StoreAway) => {
            let text = format!("The cluster {cluster} is not active: its token is away.");
            Err(Fault::KeyStore(ErrorCode::CloudHsmClusterNotActive, text))
        }
        _ => Ok(()),
    }
}

/// Whether a store has the cluster, of whatever account: there is one token behind it.
fn cluster_in_use(call: &Call<'_>, cluster: &str) -> bool {
    call.snapshot.all_key_stores().any(|store| store.record.cluster == cluster)
}

/// The change of a store's record, resting on the record as it was read.
pub(crate) fn change_record(store: &KeyStoreEntry, record: &KeyStoreRecord) -> Result<Changes, Fault> {
    let place = || layout::key_store(&store.place);
    let mut changes = Changes::new();
    changes.unchanged(place(), store.revision).map_err(change_fault)?;
    changes.put(place(), record).map_err(change_fault)?;
    Ok(changes)
}

/// A parameter that belongs to another kind of store, by its name.
fn no_external_parameters(given: &[(&str, bool)]) -> Result<(), Fault> {
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => {
            Err(Fault::Invalid(format!("{name} is not valid for a custom key store of type AWS_CLOUDHSM.")))
        }
        None => Ok(()),
    }
}
