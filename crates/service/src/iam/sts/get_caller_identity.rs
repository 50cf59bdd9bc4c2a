//! GetCallerIdentity: who signed. Nothing can forbid it.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::ops::Plane;
use strongroom_api::sts::operation::{GetCallerIdentity, GetCallerIdentityInput, GetCallerIdentityOutput};

impl QueryBehaviour for GetCallerIdentity {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, _: &GetCallerIdentityInput) -> Result<GetCallerIdentityOutput, Fault> {
        let caller = call.caller.caller();
        Ok(GetCallerIdentityOutput {
            account: Some(caller.account().to_string()),
            arn: Some(caller.arn().to_string()),
            user_id: Some(caller.user_id().to_owned()),
        })
    }
}
