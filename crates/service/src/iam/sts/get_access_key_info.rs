//! GetAccessKeyInfo: the account of an access key id, whichever account that is.

use super::invalid_parameter;
use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::ops::Plane;
use strongroom_api::sts::operation::{GetAccessKeyInfo, GetAccessKeyInfoInput, GetAccessKeyInfoOutput};

impl QueryBehaviour for GetAccessKeyInfo {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetAccessKeyInfoInput) -> Result<GetAccessKeyInfoOutput, Fault> {
        call.authorize_account("sts:GetAccessKeyInfo")?;
        let id = input.access_key_id.as_str();
        // The id of temporary credentials is random and kept nowhere: only their holder's own is known.
        let account = if id == call.caller.access_key_id() {
            call.account()
        } else {
            let known = call.snapshot.directory.access_key(id);
            &known
                .ok_or_else(|| {
                    invalid_parameter("The access key id belongs to no access key that is known.")
                })?
                .account
        };
        Ok(GetAccessKeyInfoOutput { account: Some(account.to_string()) })
    }
}
