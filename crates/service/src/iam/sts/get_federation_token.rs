//! GetFederationToken: temporary credentials for somebody whom the caller vouches for, limited by session policies
//! and by what the caller may.

use super::{HOUR_S, USER_SESSION_S, refuse_token_size};
use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::issue::{Wanted, issue};
use crate::iam::session_limits::Limits;
use crate::iam::session_tags::SessionTags;
use crate::ops::Plane;
use crate::session::SessionOf;
use serde_json::json;
use strongroom_api::sts::operation::{GetFederationToken, GetFederationTokenInput, GetFederationTokenOutput};
use strongroom_api::sts::shape::FederatedUser;
use strongroom_policy::{CallerKind, RequestFacts};
use strongroom_types::PrincipalArn;

impl QueryBehaviour for GetFederationToken {
    const PLANE: Plane = Plane::Read;
    const MAKES_SESSION: bool = true;

    async fn answer(
        call: &Call<'_>,
        input: &GetFederationTokenInput,
    ) -> Result<GetFederationTokenOutput, Fault> {
        refuse_token_size(input.minimum_session_token_size)?;
        let asked = input.duration_seconds.unwrap_or(USER_SESSION_S);
        let (by, seconds) = match call.caller.caller().kind() {
            CallerKind::Root => (None, asked.min(HOUR_S)),
            CallerKind::User(id) => (Some(id.to_string()), asked),
            CallerKind::RoleSession(_) | CallerKind::FederatedUser(_) => {
                let text = "Cannot call GetFederationToken with session credentials";
                return Err(Fault::Denied(text.to_owned()));
            }
        };
        let tags = SessionTags::read(input.tags.as_ref(), None, None)?;
        let arn = PrincipalArn::FederatedUser(call.account().clone(), input.name.as_str().into()).to_string();
        let facts = RequestFacts { tags: tags.facts(), ..RequestFacts::default() };
        call.authorize_resource(&arn, "sts:GetFederationToken", facts, None)?;
        if tags.facts().is_some() {
            call.authorize_resource(&arn, "sts:TagSession", facts, None)?;
        }
        let directory = &call.snapshot.directory;
        let limits =
            Limits::read(input.policy.as_ref(), input.policy_arns.as_ref(), call.account(), directory)?;
        let wanted = Wanted {
            account: call.account(),
            of: SessionOf::Federated { name: input.name.clone(), by },
            now: call.now,
            seconds,
            limits: limits.always(),
            tags,
            source_identity: None,
            web: None,
            mfa: None,
        };
        let issued = issue(call.vault(), wanted).await?;
        let id = format!("{}:{}", call.account(), input.name);
        call.note_response("credentials", issued.shown);
        call.note_response("federatedUser", json!({ "federatedUserId": &id, "arn": &arn }));
        Ok(GetFederationTokenOutput {
            credentials: Some(issued.credentials),
            federated_user: Some(FederatedUser { arn: Some(arn), federated_user_id: Some(id) }),
            packed_policy_size: issued.packed_percent,
            ..GetFederationTokenOutput::default()
        })
    }
}
