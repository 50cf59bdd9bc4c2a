//! OpenID Connect identity providers.

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

use crate::iam::permission::arn;
use crate::query_answer::XmlAnswer;
use crate::scenario::Scenario;

/// The issuer of every scenario here.
pub(crate) const URL: &str = "https://idp.example/realms/one";

/// The ARN of its provider.
pub(crate) fn provider() -> String {
    arn("oidc-provider/idp.example/realms/one")
}

/// The parameter that names the provider.
pub(crate) fn named(provider: &str) -> (&'static str, &str) {
    ("OpenIDConnectProviderArn", provider)
}

/// A service with the provider and the client id `one`.
pub(crate) async fn with_provider() -> Scenario {
    let s = Scenario::start().await;
    let params = [("Url", URL), ("ClientIDList.member.1", "one")];
    s.iam("CreateOpenIDConnectProvider", &params).await.ok();
    s
}

/// Adds a tag to the provider, or changes its value.
pub(crate) async fn tag(s: &Scenario, key: &str, value: &str) -> XmlAnswer {
    let provider = provider();
    let params = [named(&provider), ("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
    s.iam("TagOpenIDConnectProvider", &params).await
}

/// The provider as it stands.
pub(crate) async fn get(s: &Scenario) -> XmlAnswer {
    s.iam("GetOpenIDConnectProvider", &[named(&provider())]).await.ok()
}

/// A provider that is not there is found by nobody.
pub(crate) async fn unknown(s: &Scenario, action: &str, params: &[(&str, &str)]) {
    for unknown in [arn("oidc-provider/none.example"), provider().replace("111122223333", "999999999999")] {
        let mut all = vec![named(&unknown)];
        all.extend_from_slice(params);
        let text = format!("OpenIDConnect Provider not found for arn {unknown}");
        s.iam(action, &all).await.refused("NoSuchEntity", &text);
    }
}
