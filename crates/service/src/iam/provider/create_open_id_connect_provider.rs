//! CreateOpenIDConnectProvider: an issuer whose tokens trust policies may name.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::attachments::{merged, pairs, quota, shown_tags};
use crate::iam::{QueryBehaviour, listing, provider};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, Pairs, ProviderRecord, like, provider_arn};
use strongroom_api::iam::operation::{
    CreateOpenIDConnectProvider, CreateOpenIDConnectProviderInput, CreateOpenIDConnectProviderOutput,
};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:CreateOpenIDConnectProvider";
const TAG_ACTION: &str = "iam:TagOpenIDConnectProvider";

/// The most providers of an account.
const PROVIDERS_MAX: usize = 100;

impl QueryBehaviour for CreateOpenIDConnectProvider {
    const PLANE: Plane = Plane::Addition;

    async fn answer(
        call: &Call<'_>,
        input: &CreateOpenIDConnectProviderInput,
    ) -> Result<CreateOpenIDConnectProviderOutput, Fault> {
        let arn = provider_arn(call.account(), input.url.strip_prefix("https://").unwrap_or_default());
        authorize(call, input, &arn)?;
        let issuer = issuer(&input.url)?;
        let record = new_record(call, input)?;
        let providers = &call.snapshot.directory.providers;
        if like(providers, call.account(), issuer).is_some() {
            let text = format!("Provider with url {} already exists.", input.url);
            return Err(Fault::Query(QueryErrorCode::EntityAlreadyExists, text));
        }
        if listing::own(providers, call.account()).count() >= PROVIDERS_MAX {
            return Err(quota("OpenIdConnectProvidersPerAccount", PROVIDERS_MAX));
        }
        call.room()?;
        let place = || layout::iam(call.account(), IamKind::Provider, issuer);
        let mut changes = Changes::new();
        changes
            .none_newer(layout::iam_prefix(call.account()), call.snapshot.revision)
            .and_then(|changes| changes.absent(place()))
            .and_then(|changes| changes.put(place(), &record))
            .map_err(change_fault)?;
        call.commit(changes).await?;
        call.note_response("openIDConnectProviderArn", arn.clone());
        let tags = shown_tags(&record.tags);
        Ok(CreateOpenIDConnectProviderOutput { open_id_connect_provider_arn: Some(arn), tags })
    }
}

/// Authority to create it, and to tag it.
fn authorize(call: &Call<'_>, input: &CreateOpenIDConnectProviderInput, arn: &str) -> Result<(), Fault> {
    let tags = input.tags.as_deref().map(pairs);
    let facts = RequestFacts { tags: tags.as_ref(), ..RequestFacts::default() };
    call.authorize_resource(arn, ACTION, facts, None)?;
    if input.tags.is_some() {
        call.authorize_resource(arn, TAG_ACTION, facts, None)?;
    }
    Ok(())
}

/// The issuer without `https://`: a host and maybe a path, in characters that ARNs and condition keys can hold.
fn issuer(url: &str) -> Result<&str, Fault> {
    let valid = |issuer: &&str| {
        let (host, path) = issuer.split_once('/').unwrap_or((*issuer, ""));
        let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
        let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%+=,:".contains(&byte);
        host.starts_with(|first: char| first.is_ascii_alphanumeric())
            && host.bytes().all(in_host)
            && path.bytes().all(in_path)
    };
    url.strip_prefix("https://").filter(valid).ok_or_else(|| {
        let text = "Invalid Open ID Connect Provider URL";
        Fault::Query(QueryErrorCode::InvalidInput, text.to_owned())
    })
}

fn new_record(call: &Call<'_>, input: &CreateOpenIDConnectProviderInput) -> Result<ProviderRecord, Fault> {
    let client_ids = input.client_id_list.iter().flatten().cloned().collect();
    let record = ProviderRecord {
        url: input.url.clone(),
        client_ids,
        thumbprints: provider::check_thumbprints(input.thumbprint_list.as_deref().unwrap_or_default())?,
        tags: merged(&Pairs::new(), input.tags.as_deref().unwrap_or_default())?,
        created_ms: call.now.millis(),
        unknown: serde_json::Map::new(),
    };
    provider::check_client_ids(record.client_ids.len())?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_of_urls() {
        for good in ["https://idp.example", "https://idp.example:8443/realms/one", "https://a.b/c_d/"] {
            assert_eq!(issuer(good).unwrap(), &good[8..]);
        }
        let bad =
            ["http://idp.example", "https://", "https:///x", "https://a b", "https://a/x?y", "https://a#b"];
        for bad in bad.into_iter().chain(["https://me@host", "https://*.example", "idp.example"]) {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
