//! DeleteOpenIDConnectProvider: nobody comes in with its tokens any more; roles that name it stay.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, provider};
use crate::ops::Plane;
use crate::state::Changes;
use crate::state::layout::{self, IamKind};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteOpenIDConnectProvider, DeleteOpenIDConnectProviderInput};

const ACTION: &str = "iam:DeleteOpenIDConnectProvider";

impl QueryBehaviour for DeleteOpenIDConnectProvider {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteOpenIDConnectProviderInput) -> Result<NoOutput, Fault> {
        let found = provider::authorized(call, &input.open_id_connect_provider_arn, ACTION)?;
        let place = || layout::iam(call.account(), IamKind::Provider, found.issuer());
        let mut changes = Changes::new();
        changes
            .unchanged(place(), found.revision)
            .and_then(|changes| changes.delete(place()))
            .map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
