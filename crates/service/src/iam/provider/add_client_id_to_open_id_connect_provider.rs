//! AddClientIDToOpenIDConnectProvider: one more audience; one that is there already is no error.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, provider};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{
    AddClientIDToOpenIDConnectProvider, AddClientIDToOpenIDConnectProviderInput,
};

const ACTION: &str = "iam:AddClientIDToOpenIDConnectProvider";

impl QueryBehaviour for AddClientIDToOpenIDConnectProvider {
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &AddClientIDToOpenIDConnectProviderInput,
    ) -> Result<NoOutput, Fault> {
        let found = provider::authorized(call, &input.open_id_connect_provider_arn, ACTION)?;
        let mut record = found.record.clone();
        if record.client_ids.insert(input.client_id.clone()) {
            provider::check_client_ids(record.client_ids.len())?;
            call.room()?;
            call.commit(provider::change(&found, &record)?).await?;
        }
        Ok(NoOutput)
    }
}
