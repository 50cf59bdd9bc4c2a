//! UntagOpenIDConnectProvider: takes tags from a provider; those that are not there are no error.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, provider};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UntagOpenIDConnectProvider, UntagOpenIDConnectProviderInput};
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:UntagOpenIDConnectProvider";

impl QueryBehaviour for UntagOpenIDConnectProvider {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UntagOpenIDConnectProviderInput) -> Result<NoOutput, Fault> {
        let keys: Vec<&str> = input.tag_keys.iter().map(String::as_str).collect();
        let facts = RequestFacts { tag_keys: &keys, ..RequestFacts::default() };
        let found = provider::authorized_for(call, &input.open_id_connect_provider_arn, ACTION, facts)?;
        let mut record = found.record.clone();
        record.tags.retain(|known, _| !keys.iter().any(|key| key.eq_ignore_ascii_case(known)));
        if record.tags.len() != found.record.tags.len() {
            call.commit(provider::change(&found, &record)?).await?;
        }
        Ok(NoOutput)
    }
}
