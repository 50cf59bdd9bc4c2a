//! GetSessionToken: temporary credentials of the caller itself. No policy is asked, as with AWS: whoever holds the
//! access key may have something weaker.

use super::{HOUR_S, USER_SESSION_S, refuse_token_size};
use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::issue::{Wanted, issue};
use crate::iam::second_factor::second_factor;
use crate::iam::session_limits::Limits;
use crate::iam::session_tags::SessionTags;
use crate::ops::Plane;
use crate::session::SessionOf;
use strongroom_api::sts::operation::{GetSessionToken, GetSessionTokenInput, GetSessionTokenOutput};
use strongroom_policy::CallerKind;

impl QueryBehaviour for GetSessionToken {
    const PLANE: Plane = Plane::Read;
    const MAKES_SESSION: bool = true;

    async fn answer(call: &Call<'_>, input: &GetSessionTokenInput) -> Result<GetSessionTokenOutput, Fault> {
        refuse_token_size(input.minimum_session_token_size)?;
        let asked = input.duration_seconds.unwrap_or(USER_SESSION_S);
        let (of, seconds) = match call.caller.caller().kind() {
            CallerKind::Root => (SessionOf::Root, asked.min(HOUR_S)),
            CallerKind::User(id) => (SessionOf::User { id: id.to_string() }, asked),
            CallerKind::RoleSession(_) | CallerKind::FederatedUser(_) => {
                let text = "Cannot call GetSessionToken with session credentials";
                return Err(Fault::Denied(text.to_owned()));
            }
        };
        let mfa = second_factor(call, input.serial_number.as_ref(), input.token_code.as_ref()).await?;
        let wanted = Wanted {
            account: call.account(),
            of,
            now: call.now,
            seconds,
            limits: Limits::default(),
            tags: SessionTags::default(),
            source_identity: None,
            web: None,
            mfa,
        };
        let issued = issue(call.vault(), wanted).await?;
        call.note_response("credentials", issued.shown);
        Ok(GetSessionTokenOutput {
            credentials: Some(issued.credentials),
            ..GetSessionTokenOutput::default()
        })
    }
}
