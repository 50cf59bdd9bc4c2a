//! Operations on OpenID Connect identity providers.

mod add_client_id_to_open_id_connect_provider;
mod create_open_id_connect_provider;
mod delete_open_id_connect_provider;
mod get_open_id_connect_provider;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
mod remove_client_id_from_open_id_connect_provider;
mod tag_open_id_connect_provider;
mod untag_open_id_connect_provider;
mod update_open_id_connect_provider_thumbprint;

use super::attachments::quota;
use super::{Entry, entry};
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, ProviderEntry, ProviderRecord, provider_arn};
use std::sync::Arc;
use strongroom_api::iam::operation as api;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::AddClientIDToOpenIDConnectProvider>(),
    entry::<api::CreateOpenIDConnectProvider>(),
    entry::<api::DeleteOpenIDConnectProvider>(),
    entry::<api::GetOpenIDConnectProvider>(),
    entry::<api::ListOpenIDConnectProviderTags>(),
    entry::<api::ListOpenIDConnectProviders>(),
    entry::<api::RemoveClientIDFromOpenIDConnectProvider>(),
    entry::<api::TagOpenIDConnectProvider>(),
    entry::<api::UntagOpenIDConnectProvider>(),
    entry::<api::UpdateOpenIDConnectProviderThumbprint>(),
];

/// The most client ids of a provider.
const CLIENT_IDS_MAX: usize = 100;

/// The most thumbprints of a provider.
const THUMBPRINTS_MAX: usize = 5;

/// Authority over a provider, and the provider. Whether there is one is said only to who may ask.
fn authorized(call: &Call<'_>, arn: &str, action: &'static str) -> Result<Arc<ProviderEntry>, Fault> {
    authorized_for(call, arn, action, RequestFacts::default())
}

/// The same for a request with parameters that condition keys read.
fn authorized_for(
    call: &Call<'_>,
    arn: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Arc<ProviderEntry>, Fault> {
    let issuer = arn.strip_prefix(&provider_arn(call.account(), ""));
    let provider = issuer.and_then(|issuer| call.snapshot.directory.provider(call.account(), issuer));
    let tags = provider.map(|provider| &provider.record.tags);
    call.authorize_resource(arn, action, facts, tags)?;
    provider.cloned().ok_or_else(|| {
        Fault::Query(QueryErrorCode::NoSuchEntity, format!("OpenIDConnect Provider not found for arn {arn}"))
    })
}

/// The change of a provider's record, resting on it as it was read.
fn change(provider: &ProviderEntry, record: &ProviderRecord) -> Result<Changes, Fault> {
    let place = || layout::iam(&provider.account, IamKind::Provider, provider.issuer());
    let mut changes = Changes::new();
    let built =
        changes.unchanged(place(), provider.revision).and_then(|changes| changes.put(place(), record));
    built.map_err(change_fault)?;
    Ok(changes)
}

/// Refuses more client ids than a provider may have.
fn check_client_ids(count: usize) -> Result<(), Fault> {
    if count <= CLIENT_IDS_MAX {
        Ok(())
    } else {
        Err(quota("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS_MAX))
    }
}

/// Thumbprints are kept and shown, and not used: keys of providers come from files, or over verified TLS.
fn check_thumbprints(given: &[String]) -> Result<Vec<String>, Fault> {
    let refused = |text: &str| Err(Fault::Query(QueryErrorCode::InvalidInput, text.to_owned()));
    if given.len() > THUMBPRINTS_MAX {
        return refused("Thumbprint list must contain fewer than 5 entries.");
    }
    if !given.iter().all(|thumbprint| thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return refused("Thumbprint must be the SHA-1 digest of a certificate in hexadecimal.");
    }
    Ok(given.iter().map(|thumbprint| thumbprint.to_ascii_lowercase()).collect())
}
