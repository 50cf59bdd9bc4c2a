//! UpdateOpenIDConnectProviderThumbprint: replaces the whole list.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, provider};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{
    UpdateOpenIDConnectProviderThumbprint, UpdateOpenIDConnectProviderThumbprintInput,
};

const ACTION: &str = "iam:UpdateOpenIDConnectProviderThumbprint";

impl QueryBehaviour for UpdateOpenIDConnectProviderThumbprint {
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &UpdateOpenIDConnectProviderThumbprintInput,
    ) -> Result<NoOutput, Fault> {
        let found = provider::authorized(call, &input.open_id_connect_provider_arn, ACTION)?;
        let mut record = found.record.clone();
        record.thumbprints = provider::check_thumbprints(&input.thumbprint_list)?;
        call.commit(provider::change(&found, &record)?).await?;
        Ok(NoOutput)
    }
}
