//! GetAccessKeyLastUsed: when, for which service and in which Region.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, access_key, user};
use crate::ops::Plane;
use crate::state::layout::Used;
use strongroom_api::Time;
use strongroom_api::iam::operation::{
    GetAccessKeyLastUsed, GetAccessKeyLastUsedInput, GetAccessKeyLastUsedOutput,
};
use strongroom_api::iam::shape::AccessKeyLastUsed;
use strongroom_policy::RequestFacts;
use strongroom_types::PrincipalArn;

const ACTION: &str = "iam:GetAccessKeyLastUsed";

/// What stands for a service and a Region while there are none.
const NONE: &str = "N/A";

impl QueryBehaviour for GetAccessKeyLastUsed {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &GetAccessKeyLastUsedInput,
    ) -> Result<GetAccessKeyLastUsedOutput, Fault> {
        let id = &input.access_key_id;
        let key = call.snapshot.directory.access_key(id).filter(|key| key.account == *call.account());
        // Who may ask about no user learns nothing of which ids there are.
        let Some(key) = key else {
            call.authorize_account(ACTION)?;
            return Err(access_key::no_such(id));
        };
        match key.user() {
            Some(name) => user::authorized(call, name, ACTION, RequestFacts::default()).map(drop)?,
            None => {
                let root = PrincipalArn::Root(call.account().clone()).to_string();
                call.authorize_resource(&root, ACTION, RequestFacts::default(), None).map(drop)?;
            }
        }
        let last = call.service.last_use(&Used::AccessKey(id.clone()));
        let (service, region) =
            last.as_ref().map_or((NONE, NONE), |last| (last.service.as_str(), last.region.as_str()));
        Ok(GetAccessKeyLastUsedOutput {
            user_name: key.user().map(str::to_owned),
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: last.as_ref().map(|last| Time(last.at)),
                region: Some(region.to_owned()),
                service_name: Some(service.to_owned()),
            }),
        })
    }
}
