//! RevokeGrant: takes a grant away, by whom policies let do it. In force when it is acknowledged.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::selector::Forms;
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{RevokeGrant, RevokeGrantInput};
use strongroom_policy::RequestFacts;

impl Behaviour for RevokeGrant {
    const ACTION: &'static str = "kms:RevokeGrant";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &RevokeGrantInput) -> Result<NoOutput, Fault> {
        let located = call.locate_anywhere(&input.key_id, Forms::IdOrArn, Self::ACTION)?;
        let facts = RequestFacts { grant_is_for_aws_resource: Some(false), ..RequestFacts::default() };
        let key = call.authorize_request(located, Self::ACTION, facts)?.usable(States::Any)?;
        let grant = super::find(key.key(), &super::grant_id(&input.grant_id)?)?;
        call.dry_run(input.dry_run)?;
        call.commit(super::removal(key.key(), grant)?).await?;
        call.note_response("keyId", key.arn());
        Ok(NoOutput)
    }
}
