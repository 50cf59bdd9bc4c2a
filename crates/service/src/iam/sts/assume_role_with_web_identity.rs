//! AssumeRoleWithWebIdentity: temporary credentials of a role, for whoever holds a token of an identity provider that
//! its trust policy names. The token was verified before (`web_identity.rs`).

use super::assume_role::assumed_user;
use super::{HOUR_S, refuse_token_size};
use crate::fault::Fault;
use crate::iam::issue::{Wanted, issue};
use crate::iam::session_limits::Limits;
use crate::iam::session_tags::SessionTags;
use crate::kept::{KeptDecision, KeptHolder};
use crate::received::Received;
use crate::service::Service;
use crate::session::{SessionOf, WebClaims};
use crate::state::{RoleEntry, Snapshot};
use crate::web_identity::{Holder, Why};
use serde_json::{Map, Value, json};
use strongroom_api::sts::operation::{
    AssumeRoleWithWebIdentityInput as Input, AssumeRoleWithWebIdentityOutput as Output,
};
use strongroom_policy::{
    AssumeRoleFacts, Context, Denial, NetworkFacts, OwnedContext, RequestFacts, SessionFacts, WebIdentity,
    decide_web_identity,
};
use strongroom_types::Timestamp;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// A role that was assumed.
pub(crate) struct Assumed {
    pub(crate) output: Output,
    /// What the record shows of it.
    pub(crate) shown: Map<String, Value>,
}

/// Makes the session of a role that lets the holder in ([`authorized`]).
pub(crate) async fn assume(
    service: &Service,
    snapshot: &Snapshot,
    input: &Input,
    holder: &Holder,
    role: &RoleEntry,
    now: Timestamp,
) -> Result<Assumed, Fault> {
    refuse_token_size(input.minimum_session_token_size)?;
    let seconds = input.duration_seconds.unwrap_or(HOUR_S);
    if seconds > i64::from(role.record.max_session_s) {
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Fault::Invalid(text.to_owned()));
    }
    let policies = (input.policy.as_ref(), input.policy_arns.as_ref());
    let limits = Limits::read(policies.0, policies.1, &role.account, &snapshot.directory)?;
    let web = WebClaims {
        issuer: holder.issuer.clone(),
        audience: holder.claims.audience.clone(),
        subject: holder.claims.subject.clone(),
    };
    let session = input.role_session_name.clone();
    let wanted = Wanted {
        account: &role.account,
        of: SessionOf::Role { id: role.unique_id.to_string(), session },
        now,
        seconds,
        limits,
        tags: SessionTags::default(),
        source_identity: None,
        web: Some(web),
        mfa: None,
    };
    let issued = issue(service.vault(), wanted).await?;
    let user = assumed_user(role, &input.role_session_name);
    let mut shown = Map::new();
    shown.insert("credentials".to_owned(), issued.shown);
    let assumed = json!({ "assumedRoleId": &user.assumed_role_id, "arn": &user.arn });
    shown.insert("assumedRoleUser".to_owned(), assumed);
    for (name, value) in [
        ("provider", &holder.provider),
        ("audience", &holder.claims.audience),
        ("subjectFromWebIdentityToken", &holder.claims.subject),
    ] {
        shown.insert(name.to_owned(), value.as_str().into());
    }
    let output = Output {
        assumed_role_user: Some(user),
        audience: Some(holder.claims.audience.clone()),
        credentials: Some(issued.credentials),
        packed_policy_size: issued.packed_percent,
        provider: Some(holder.provider.clone()),
        subject_from_web_identity_token: Some(holder.claims.subject.clone()),
        ..Output::default()
    };
    Ok(Assumed { output, shown })
}

/// The role, if its trust policy lets the holder in. No such role and no permission look alike. A denial leaves in `why`
/// what it was decided upon.
pub(crate) fn authorized<'a>(
    service: &Service,
    received: &Received<'_>,
    snapshot: &'a Snapshot,
    input: &Input,
    holder: &Holder,
    now: Timestamp,
    why: &mut Why,
) -> Result<&'a RoleEntry, Fault> {
    let denied = || Fault::Denied(Denial::web_identity_message(ACTION));
    let Some(role) = snapshot.directory.role_at(&holder.role) else {
        why.unasked = Some("there is no role of that ARN");
        return Err(denied());
    };
    allowed(service, received, role, input, holder, now).map_err(|kept| {
        why.decision = Some(KeptDecision::Holder(kept));
        denied()
    })?;
    Ok(role)
}

/// Whether the trust policy lets the holder in; else what that was decided upon.
fn allowed(
    service: &Service,
    received: &Received<'_>,
    role: &RoleEntry,
    input: &Input,
    holder: &Holder,
    now: Timestamp,
) -> Result<(), Box<KeptHolder>> {
    let texts: Vec<(&str, Vec<&str>)> = holder
        .claims
        .others
        .iter()
        .map(|(name, values)| (name.as_str(), values.iter().map(String::as_str).collect()))
        .collect();
    let others: Vec<(&str, &[&str])> =
        texts.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    let context = Context {
        session: SessionFacts {
            federated_provider: Some(&holder.issuer),
            web_identity: Some(WebIdentity {
                issuer: &holder.issuer,
                audience: &holder.claims.audience,
                subject: &holder.claims.subject,
                claims: &others,
            }),
            ..SessionFacts::default()
        },
        network: NetworkFacts {
            source_ip: Some(received.source),
            secure_transport: received.tls.is_some(),
            user_agent: received.header("user-agent"),
            referer: received.header("referer"),
            ..NetworkFacts::default()
        },
        now,
        region: Some(service.parts().region.as_str()),
        resource_tags: Some(&role.record.tags),
        request: RequestFacts {
            assume_role: AssumeRoleFacts {
                role_session_name: Some(&input.role_session_name),
                ..AssumeRoleFacts::default()
            },
            ..RequestFacts::default()
        },
        ..Context::default()
    };
    let arn = role.arn();
    if decide_web_identity(&holder.provider, ACTION, &arn, &role.trust, &context).is_allowed() {
        return Ok(());
    }
    Err(Box::new(KeptHolder {
        provider: holder.provider.clone(),
        action: ACTION,
        role: arn,
        trust: role.trust.clone(),
        context: OwnedContext::of(&context),
    }))
}
