//! ListOpenIDConnectProviders: the ARNs, all at once.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, listing};
use crate::ops::Plane;
use crate::state::provider_arn;
use strongroom_api::iam::operation::{
    ListOpenIDConnectProviders, ListOpenIDConnectProvidersInput, ListOpenIDConnectProvidersOutput,
};
use strongroom_api::iam::shape::OpenIDConnectProviderListEntry;
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:ListOpenIDConnectProviders";

impl QueryBehaviour for ListOpenIDConnectProviders {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        _: &ListOpenIDConnectProvidersInput,
    ) -> Result<ListOpenIDConnectProvidersOutput, Fault> {
        let all = provider_arn(call.account(), "*");
        call.authorize_resource(&all, ACTION, RequestFacts::default(), None)?;
        let own = listing::own(&call.snapshot.directory.providers, call.account());
        let shown = own.map(|(_, provider)| OpenIDConnectProviderListEntry { arn: Some(provider.arn()) });
        Ok(ListOpenIDConnectProvidersOutput { open_id_connect_provider_list: Some(shown.collect()) })
    }
}
