//! TagOpenIDConnectProvider: adds tags to a provider, or changes their values.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, provider};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{TagOpenIDConnectProvider, TagOpenIDConnectProviderInput};
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:TagOpenIDConnectProvider";

impl QueryBehaviour for TagOpenIDConnectProvider {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &TagOpenIDConnectProviderInput) -> Result<NoOutput, Fault> {
        let given = attachments::pairs(&input.tags);
        let facts = RequestFacts { tags: Some(&given), ..RequestFacts::default() };
        let found = provider::authorized_for(call, &input.open_id_connect_provider_arn, ACTION, facts)?;
        let mut record = found.record.clone();
        record.tags = attachments::merged(&found.record.tags, &input.tags)?;
        call.room()?;
        call.commit(provider::change(&found, &record)?).await?;
        Ok(NoOutput)
    }
}
