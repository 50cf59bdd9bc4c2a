//! CreateCustomKeyStore: a name for a cluster whose token the operator configured. It is not connected yet.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::{ChangeError, Changes, Connection, KeyStorePlace, KeyStoreRecord, layout};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_api::ErrorCode;
use strongroom_api::operation::{
    CreateCustomKeyStore, CreateCustomKeyStoreInput, CreateCustomKeyStoreOutput,
};
use strongroom_types::KeyStoreId;

/// The most stores of an account and Region.
const STORES_MAX: usize = 10;

impl Behaviour for CreateCustomKeyStore {
    const ACTION: &'static str = "kms:CreateCustomKeyStore";
    const PLANE: Plane = Plane::Addition;

    fn complete(input: &mut CreateCustomKeyStoreInput) {
        input.custom_key_store_type.get_or_insert_with(|| "AWS_CLOUDHSM".to_owned());
    }

    async fn answer(
        call: &Call<'_>,
        input: &CreateCustomKeyStoreInput,
    ) -> Result<CreateCustomKeyStoreOutput, Fault> {
        call.authorize_account(Self::ACTION)?;
        let Parameters { cluster, trust_anchor, password } = parameters(input)?;
        let name = &input.custom_key_store_name;
        super::name_is_free(call, name, None)?;
        super::cluster_is_known(call, cluster)?;
        if super::cluster_in_use(call, cluster) {
            let text = format!("The cluster {cluster} is associated with a custom key store already.");
            return Err(Fault::KeyStore(ErrorCode::CloudHsmClusterInUse, text));
        }
        super::cluster_is_active(call, cluster).await?;
        if call.snapshot.key_stores(call.account(), call.region()).count() >= STORES_MAX {
            return Err(Fault::Limit(format!(
                "The limit of {STORES_MAX} custom key stores has been reached."
            )));
        }
        call.room()?;
        let record = KeyStoreRecord {
            created_ms: call.now.millis(),
            name: name.clone(),
            cluster: cluster.to_owned(),
            trust_anchor: trust_anchor.to_owned(),
            password: call.vault().seal_store_password(cluster, password.as_bytes()).await?,
            connection: Connection::Disconnected,
            error: None,
            passage: None,
            unknown: serde_json::Map::new(),
        };
        let id = KeyStoreId::from_random(call.service.random_id());
        let place = KeyStorePlace { account: call.account().clone(), region: call.region().clone(), id };
        call.commit(new_store(call, &place, &record).map_err(change_fault)?).await?;
        call.note_response("customKeyStoreId", place.id.as_str());
        Ok(CreateCustomKeyStoreOutput { custom_key_store_id: Some(place.id.to_string()) })
    }
}

/// What a store of this type must have.
struct Parameters<'a> {
    cluster: &'a str,
    trust_anchor: &'a str,
    password: &'a str,
}

fn parameters(input: &CreateCustomKeyStoreInput) -> Result<Parameters<'_>, Fault> {
    if input.custom_key_store_type.as_deref() == Some("EXTERNAL_KEY_STORE") {
        return Err(Fault::Unsupported(Some(
            "Custom key stores of type EXTERNAL_KEY_STORE are not supported by this version of Strongroom."
                .to_owned(),
        )));
    }
    super::no_external_parameters(&[
        ("XksProxyUriEndpoint", input.xks_proxy_uri_endpoint.is_some()),
        ("XksProxyUriPath", input.xks_proxy_uri_path.is_some()),
        ("XksProxyVpcEndpointServiceName", input.xks_proxy_vpc_endpoint_service_name.is_some()),
        ("XksProxyVpcEndpointServiceOwner", input.xks_proxy_vpc_endpoint_service_owner.is_some()),
        ("XksProxyAuthenticationCredential", input.xks_proxy_authentication_credential.is_some()),
        ("XksProxyConnectivity", input.xks_proxy_connectivity.is_some()),
    ])?;
    let missing = |name: &str| {
        Fault::Invalid(format!("{name} is required for a custom key store of type AWS_CLOUDHSM."))
    };
    let trust_anchor = input.trust_anchor_certificate.as_deref();
    let password = input.key_store_password.as_ref().ok_or_else(|| missing("KeyStorePassword"))?;
    let parameters = Parameters {
        cluster: input.cloud_hsm_cluster_id.as_deref().ok_or_else(|| missing("CloudHsmClusterId"))?,
        trust_anchor: trust_anchor.ok_or_else(|| missing("TrustAnchorCertificate"))?,
        password: password.expose(),
    };
    if is_certificate(parameters.trust_anchor) {
        Ok(parameters)
    } else {
        let text = "The trust anchor certificate is not an X.509 certificate in PEM form.";
        Err(Fault::KeyStore(ErrorCode::IncorrectTrustAnchor, text.to_owned()))
    }
}

/// Whether a text is one PEM block of a DER sequence that is as long as it says. There is no cluster to compare it with: the
/// token is on this host, and nothing is reached through the certificate.
fn is_certificate(text: &str) -> bool {
    let inside = text.trim().strip_prefix("-----BEGIN CERTIFICATE-----");
    let Some(body) = inside.and_then(|rest| rest.strip_suffix("-----END CERTIFICATE-----")) else {
        return false;
    };
    let body: String = body.split_ascii_whitespace().collect();
    let Ok(der) = STANDARD.decode(body) else { return false };
    match der.as_slice() {
        [0x30, 0x82, high, low, content @ ..] => {
            content.len() == usize::from(u16::from_be_bytes([*high, *low]))
        }
        [0x30, 0x81, length, content @ ..] => content.len() == usize::from(*length),
        _ => false,
    }
}

/// Nothing may have become a store meanwhile: names, clusters and their number are looked at in the snapshot.
fn new_store(
    call: &Call<'_>,
    place: &KeyStorePlace,
    record: &KeyStoreRecord,
) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    changes.none_newer(layout::key_stores_prefix(), call.snapshot.revision)?;
    changes.absent(layout::key_store(place))?.put(layout::key_store(place), record)?;
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    #[test]
    fn certificate_is_one_whole_sequence_in_pem() {
        let long = [&[0x30, 0x82, 1, 0][..], &[7; 256]].concat();
        let short = [&[0x30, 0x81, 200][..], &[7; 200]].concat();
        assert!(is_certificate(&pem(&long)) && is_certificate(&pem(&short)));
        for bad in ["", "-----BEGIN CERTIFICATE-----", &pem(&long[1..]), &pem(&long[..200]), &pem(&[]), "x"] {
            assert!(!is_certificate(bad), "{bad}");
        }
        assert!(!is_certificate(&format!("{0}{0}", pem(&long))), "two");
    }
}
