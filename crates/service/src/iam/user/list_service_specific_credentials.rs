//! ListServiceSpecificCredentials: always none, of one user or of all. Clients ask before they delete a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed};
use crate::iam::{QueryBehaviour, access_key};
use crate::ops::Plane;
use crate::state::iam_arn;
use std::iter;
use strongroom_api::iam::operation::{
    ListServiceSpecificCredentials, ListServiceSpecificCredentialsInput, ListServiceSpecificCredentialsOutput,
};
use strongroom_policy::RequestFacts;

const ACTION: &str = "iam:ListServiceSpecificCredentials";

impl QueryBehaviour for ListServiceSpecificCredentials {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListServiceSpecificCredentialsInput,
    ) -> Result<ListServiceSpecificCredentialsOutput, Fault> {
        let whose = whose(call, input)?;
        let asked = Asked {
            request: &["ListServiceSpecificCredentials", whose.as_str()],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, iter::empty())?;
        Ok(ListServiceSpecificCredentialsOutput {
            service_specific_credentials: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// The name of the user that is asked about; `*` for all users, which takes authority over all.
fn whose(call: &Call<'_>, input: &ListServiceSpecificCredentialsInput) -> Result<String, Fault> {
    if input.all_users != Some(true) {
        let whose = access_key::authorized(call, input.user_name.as_ref(), ACTION)?;
        return Ok(whose.name().unwrap_or_default().to_owned());
    }
    if input.user_name.is_some() {
        return Err(Fault::Invalid("AllUsers cannot be specified together with UserName.".to_owned()));
    }
    let everybody = iam_arn(call.account(), "user", "/", "*");
    call.authorize_resource(&everybody, ACTION, RequestFacts::default(), None)?;
    Ok("*".to_owned())
}
