//! RemoveClientIDFromOpenIDConnectProvider: one audience less; one that is not there is no error.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, provider};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{
    RemoveClientIDFromOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProviderInput,
};

const ACTION: &str = "iam:RemoveClientIDFromOpenIDConnectProvider";

impl QueryBehaviour for RemoveClientIDFromOpenIDConnectProvider {
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &RemoveClientIDFromOpenIDConnectProviderInput,
    ) -> Result<NoOutput, Fault> {
        let found = provider::authorized(call, &input.open_id_connect_provider_arn, ACTION)?;
        let mut record = found.record.clone();
        if record.client_ids.remove(&input.client_id) {
            call.commit(provider::change(&found, &record)?).await?;
        }
        Ok(NoOutput)
    }
}
