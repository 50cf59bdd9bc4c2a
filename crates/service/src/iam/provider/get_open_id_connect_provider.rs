//! GetOpenIDConnectProvider: all that is kept of one provider.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::attachments::shown_tags;
use crate::iam::{QueryBehaviour, provider, time};
use crate::ops::Plane;
use strongroom_api::iam::operation::{
    GetOpenIDConnectProvider, GetOpenIDConnectProviderInput, GetOpenIDConnectProviderOutput,
};

const ACTION: &str = "iam:GetOpenIDConnectProvider";

impl QueryBehaviour for GetOpenIDConnectProvider {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &GetOpenIDConnectProviderInput,
    ) -> Result<GetOpenIDConnectProviderOutput, Fault> {
        let found = provider::authorized(call, &input.open_id_connect_provider_arn, ACTION)?;
        let record = &found.record;
        Ok(GetOpenIDConnectProviderOutput {
            client_id_list: Some(record.client_ids.iter().cloned().collect()),
            create_date: Some(time(record.created_ms)),
            tags: shown_tags(&record.tags),
            thumbprint_list: Some(record.thumbprints.clone()),
            // AWS shows the issuer as ARNs name it.
            url: Some(found.issuer().to_owned()),
        })
    }
}
