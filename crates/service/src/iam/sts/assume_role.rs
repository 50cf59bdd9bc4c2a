//! AssumeRole: temporary credentials of a role, for whom its trust policy lets in.

use super::{HOUR_S, refuse_token_size, role_arn};
use crate::call::Call;
use crate::fault::Fault;
use crate::iam::QueryBehaviour;
use crate::iam::issue::{Wanted, issue};
use crate::iam::second_factor::second_factor;
use crate::iam::session_limits::Limits;
use crate::iam::session_tags::SessionTags;
use crate::ops::Plane;
use crate::session::{Claims, SessionOf, is_role_session};
use crate::state::RoleEntry;
use serde_json::json;
use std::sync::Arc;
use strongroom_api::sts::operation::{AssumeRole, AssumeRoleInput, AssumeRoleOutput};
use strongroom_api::sts::shape::AssumedRoleUser;
use strongroom_policy::{AssumeRoleFacts, CallerKind, RequestFacts};
use strongroom_types::PrincipalArn;

impl QueryBehaviour for AssumeRole {
    /// As CloudTrail says: it changes nothing that is kept.
    const PLANE: Plane = Plane::Read;
    const MAKES_SESSION: bool = true;

    async fn answer(call: &Call<'_>, input: &AssumeRoleInput) -> Result<AssumeRoleOutput, Fault> {
        refuse_unbuilt(input)?;
        let arn = role_arn(&input.role_arn)?;
        if *call.caller.caller().kind() == CallerKind::Root {
            return Err(Fault::Denied("Roles may not be assumed by root accounts.".to_owned()));
        }
        let mfa = second_factor(call, input.serial_number.as_ref(), input.token_code.as_ref()).await?;
        let chained = call.caller.session().map(|session| &session.claims);
        let tags = SessionTags::read(input.tags.as_ref(), input.transitive_tag_keys.as_ref(), chained)?;
        let source_identity = source_identity(input, chained)?;
        let role = authorized(call, &arn, input, &tags, source_identity.as_deref())?;
        let seconds = duration(input, &role, is_role_session(call.caller.caller()))?;
        let directory = &call.snapshot.directory;
        let limits =
            Limits::read(input.policy.as_ref(), input.policy_arns.as_ref(), &role.account, directory)?;
        let session = input.role_session_name.clone();
        let of = SessionOf::Role { id: role.unique_id.to_string(), session };
        let wanted = Wanted {
            account: &role.account,
            of,
            now: call.now,
            seconds,
            limits,
            tags,
            source_identity: source_identity.clone(),
            web: None,
            mfa,
        };
        let issued = issue(call.vault(), wanted).await?;
        let user = assumed_user(&role, &input.role_session_name);
        call.note_response("credentials", issued.shown);
        call.note_response(
            "assumedRoleUser",
            json!({ "assumedRoleId": &user.assumed_role_id, "arn": &user.arn }),
        );
        Ok(AssumeRoleOutput {
            assumed_role_user: Some(user),
            credentials: Some(issued.credentials),
            packed_policy_size: issued.packed_percent,
            source_identity,
            ..AssumeRoleOutput::default()
        })
    }
}

fn refuse_unbuilt(input: &AssumeRoleInput) -> Result<(), Fault> {
    refuse_token_size(input.minimum_session_token_size)?;
    match input.provided_contexts {
        Some(_) => Err(Fault::Invalid("ProvidedContexts are not supported.".to_owned())),
        None => Ok(()),
    }
}

/// The source identity of the session: once it is set, it stays through every role that is assumed.
fn source_identity(input: &AssumeRoleInput, chained: Option<&Claims>) -> Result<Option<String>, Fault> {
    let inherited = chained.and_then(|claims| claims.source_identity.as_ref());
    match (inherited, &input.source_identity) {
        (Some(inherited), Some(asked)) if inherited != asked => Err(Fault::Denied(
            "The source identity of a session cannot be changed by the roles that it assumes.".to_owned(),
        )),
        (inherited, asked) => Ok(inherited.or(asked.as_ref()).cloned()),
    }
}

/// Authority to assume the role, to tag its session, and to set its source identity.
fn authorized(
    call: &Call<'_>,
    arn: &PrincipalArn,
    input: &AssumeRoleInput,
    tags: &SessionTags,
    source_identity: Option<&str>,
) -> Result<Arc<RoleEntry>, Fault> {
    let transitive = tags.transitive_keys();
    let facts = RequestFacts {
        tags: tags.facts(),
        assume_role: AssumeRoleFacts {
            external_id: input.external_id.as_deref(),
            role_session_name: Some(&input.role_session_name),
            source_identity,
            transitive_tag_keys: &transitive,
        },
        ..RequestFacts::default()
    };
    let role = call.authorize_role(arn, "sts:AssumeRole", facts)?;
    if tags.facts().is_some() {
        call.authorize_role(arn, "sts:TagSession", facts)?;
    }
    if source_identity.is_some() {
        call.authorize_role(arn, "sts:SetSourceIdentity", facts)?;
    }
    Ok(role.into_role())
}

/// How long the session lasts, in seconds.
fn duration(input: &AssumeRoleInput, role: &RoleEntry, chained: bool) -> Result<i64, Fault> {
    let seconds = input.duration_seconds.unwrap_or(HOUR_S);
    if chained && seconds > HOUR_S {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(Fault::Invalid(text.to_owned()));
    }
    if seconds > i64::from(role.record.max_session_s) {
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Fault::Invalid(text.to_owned()));
    }
    Ok(seconds)
}

/// The session as answers show it.
pub(super) fn assumed_user(role: &RoleEntry, session: &str) -> AssumedRoleUser {
    let arn = PrincipalArn::AssumedRole {
        account: role.account.clone(),
        role: role.name.as_str().into(),
        session: session.into(),
    };
    AssumedRoleUser {
        arn: Some(arn.to_string()),
        assumed_role_id: Some(format!("{}:{session}", role.unique_id)),
    }
}
