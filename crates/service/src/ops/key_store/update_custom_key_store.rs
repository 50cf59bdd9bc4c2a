//! UpdateCustomKeyStore: another name at any time; another password or cluster while it is disconnected.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{KeyStoreEntry, layout};
use strongroom_api::ErrorCode;
use strongroom_api::operation::{
    UpdateCustomKeyStore, UpdateCustomKeyStoreInput, UpdateCustomKeyStoreOutput,
};

impl Behaviour for UpdateCustomKeyStore {
    const ACTION: &'static str = "kms:UpdateCustomKeyStore";
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &UpdateCustomKeyStoreInput,
    ) -> Result<UpdateCustomKeyStoreOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let store = super::find(call, &input.custom_key_store_id)?;
        parameters(input)?;
        let mut record = store.record.clone();
        if let Some(name) = &input.new_custom_key_store_name {
            super::name_is_free(call, name, Some(&store.place.id))?;
            record.name.clone_from(name);
        }
        if input.key_store_password.is_some() || input.cloud_hsm_cluster_id.is_some() {
            super::disconnected(&store)?;
        }
        if let Some(cluster) = input.cloud_hsm_cluster_id.as_ref().filter(|given| **given != record.cluster) {
            may_move(call, &store, cluster, input.key_store_password.is_some())?;
            super::cluster_is_active(call, cluster).await?;
            record.cluster.clone_from(cluster);
        }
        call.room()?;
        if let Some(password) = &input.key_store_password {
            let password = password.expose().as_bytes();
            record.password = call.vault().seal_store_password(&record.cluster, password).await?;
        }
        let mut changes = super::change_record(&store, &record)?;
        // Names and clusters were looked at in the snapshot.
        changes.none_newer(layout::key_stores_prefix(), call.snapshot.revision).map_err(change_fault)?;
        if input.key_store_password.is_some() {
            changes.replaces_wrapped();
        }
        call.commit(changes).await?;
        Ok(UpdateCustomKeyStoreOutput {})
    }
}

fn parameters(input: &UpdateCustomKeyStoreInput) -> Result<(), Fault> {
    super::no_external_parameters(&[
        ("XksProxyUriEndpoint", input.xks_proxy_uri_endpoint.is_some()),
        ("XksProxyUriPath", input.xks_proxy_uri_path.is_some()),
        ("XksProxyVpcEndpointServiceName", input.xks_proxy_vpc_endpoint_service_name.is_some()),
        ("XksProxyVpcEndpointServiceOwner", input.xks_proxy_vpc_endpoint_service_owner.is_some()),
        ("XksProxyAuthenticationCredential", input.xks_proxy_authentication_credential.is_some()),
        ("XksProxyConnectivity", input.xks_proxy_connectivity.is_some()),
    ])?;
    let given = input.new_custom_key_store_name.is_some()
        || input.key_store_password.is_some()
        || input.cloud_hsm_cluster_id.is_some();
    if given { Ok(()) } else { Err(Fault::Invalid("Nothing is given that could be changed.".to_owned())) }
}

/// A store without keys may be made of another cluster. AWS lets one with keys move to a cluster that was restored from the same
/// backup; here a clone of a token is put in the place of the old one by the operator, under the same cluster id.
fn may_move(call: &Call<'_>, store: &KeyStoreEntry, cluster: &str, with_password: bool) -> Result<(), Fault> {
    super::cluster_is_known(call, cluster)?;
    if super::cluster_in_use(call, cluster) || call.snapshot.keys_in_store(&store.place).next().is_some() {
        let text = format!("The cluster {cluster} is not related to that of the custom key store.");
        return Err(Fault::KeyStore(ErrorCode::CloudHsmClusterNotRelated, text));
    }
    if !with_password {
        let text =
            "KeyStorePassword is required with another CloudHsmClusterId: its token has a PIN of its own.";
        return Err(Fault::Invalid(text.to_owned()));
    }
    Ok(())
}
