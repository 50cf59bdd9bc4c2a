//! AssumeRoleWithWebIdentity, the one request that nobody signs: the token of an identity provider is what tells who
//! asks. Its line is the line of `line.rs` in small; the token's signature stands where SigV4 stands there
//! (docs/order-of-checks.md, W).
//!
//! Until the token is verified the caller is a stranger, and strangers are not on the record.

use crate::denials::Denied;
use crate::fault::Fault;
use crate::figures::OperationNumber;
use crate::iam::{Assumed, assume, authorized};
use crate::kept::KeptDecision;
use crate::provider_keys::NoProviderKeys;
use crate::query;
use crate::quota::Sending;
use crate::received::{Received, Response};
use crate::recording;
use crate::service::Service;
use crate::state::{Snapshot, provider_arn};
use std::sync::Arc;
use strongroom_api::query::{Form, QueryErrorCode, QueryOperation, QueryService, answer};
use strongroom_api::sts::operation::{
    AssumeRoleWithWebIdentity as Api, AssumeRoleWithWebIdentityInput as Input,
};
use strongroom_audit::{Durability, Pending, Purpose, Record};
use strongroom_storage::Revision;
use strongroom_types::{AccountId, PrincipalArn, Timestamp};
use strongroom_web_identity::{Expected, Token, TokenError, VerifiedClaims};

/// The longest form that is read of a stranger, in bytes: the token and the policy, each byte percent-encoded.
const FORM_BYTES_MAX: usize = 128 * 1024;

/// How often a call is decided anew because the role's account changed under it.
const TRIES_MAX: usize = 16;

/// Claims of a token that would change the session and are not built; such a token is refused, not half obeyed.
pub(crate) const CLAIMS_UNBUILT: [&str; 2] =
    ["https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity"];

/// Who asks: proof that a provider of the role's account says so. Made by [`verify`] only.
pub(crate) struct Holder {
    pub(crate) role: PrincipalArn,
    /// The provider by its ARN, as trust policies name it.
    pub(crate) provider: String,
    /// The issuer without `https://`, as condition keys name it.
    pub(crate) issuer: String,
    pub(crate) claims: VerifiedClaims,
}

/// Why a holder was denied, for whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Why {
    /// The decision, with what it was decided upon.
    pub(crate) decision: Option<KeptDecision>,
    /// Why there was none.
    pub(crate) unasked: Option<&'static str>,
}

/// Whether a request is this one: a form in the body, with neither a signature's header nor a query.
pub(crate) fn is_asked_by(received: &Received<'_>) -> bool {
    let unsigned = received.method == "POST"
        && received.query.is_empty()
        && !received.headers.iter().any(|(name, _)| *name == "authorization");
    unsigned
        && received.body.len() <= FORM_BYTES_MAX
        && Form::parse(received.body).is_ok_and(|form| form.get("Action") == Some(Api::NAME))
}

/// Serves it.
pub(crate) async fn serve(service: &Service, received: &Received<'_>) -> Response {
    answered(service, received).await.of(OperationNumber::query(QueryService::Sts, Api::NAME))
}

async fn answered(service: &Service, received: &Received<'_>) -> Response {
    let refused = |fault: &Fault| query::fault(QueryService::Sts, fault, received.request_id);
    let now = service.clock().now();
    let known = decode(received).and_then(|input| {
        let holder = verify(service, &service.snapshot(), &input, now)?;
        Ok((input, holder))
    });
    let (input, holder) = match known {
        Ok(known) => known,
        Err(fault) => {
            service.strangers().note(received, &fault, now);
            return refused(&fault);
        }
    };
    let Ok(pending) = service.room_on_record(Purpose::Use).await else { return refused(&Fault::Audit) };
    let mut why = Why::default();
    let (outcome, rests_on) = decide(service, received, &input, &mut why).await;
    keep_denial(service, received, &holder, why, outcome.as_ref().err());
    let error = outcome.as_ref().err().map(query::wire);
    let shown = outcome.as_ref().ok().map(|assumed| &assumed.shown);
    let record = recording::web_identity(service, received, &input, &holder, shown, error.as_ref());
    let synced = if service.parts().data_plane_synced { Durability::Disk } else { Durability::Kernel };
    if service.audit().record(&pending, &record, synced).await.is_err() {
        return refused(&Fault::Audit);
    }
    if changed(service, &holder.role) != rests_on {
        return withdraw(service, received, pending, record).await;
    }
    match outcome {
        Ok(assumed) => {
            let body = answer::<Api>(&assumed.output, &received.request_id.to_string());
            query::xml(200, None, body)
        }
        Err(fault) => {
            let sending = sending(service, holder.role.account(), &fault);
            Response { sending, ..refused(&fault) }
        }
    }
}

/// When a refusal leaves. Anybody can have tokens of a public issuer: whoever is not let in must not use up what the role
/// and its account may do.
fn sending(service: &Service, account: &AccountId, fault: &Fault) -> Sending {
    match fault {
        Fault::Denied(_) => service.quotas().sending_to_outsider(account, service.clock().now()),
        _ => service.quotas().sending(account, fault),
    }
}

/// Keeps what the holder was denied, in the share of the role's account.
fn keep_denial(service: &Service, received: &Received<'_>, holder: &Holder, why: Why, fault: Option<&Fault>) {
    let Why { decision, unasked } = why;
    let Some(fault) = fault else { return };
    if decision.is_none() && unasked.is_none() {
        return;
    }
    let (account, at, told) = (holder.role.account().clone(), service.clock().now(), query::wire(fault));
    let decisions = decision.into_iter().collect();
    let denied = Denied { account, at, operation: Api::NAME, told, decisions, unasked };
    service.denials().keep(received.request_id, denied);
}

fn decode(received: &Received<'_>) -> Result<Input, Fault> {
    let form = Form::parse(received.body)?;
    QueryService::Sts.action(&form)?;
    Ok(Api::decode(&form)?)
}

/// Decides and performs, anew while the role's account changes meanwhile; says what it rests on. A holder who is let in
/// counts, once, for the role as if a session of it called.
async fn decide(
    service: &Service,
    received: &Received<'_>,
    input: &Input,
    why: &mut Why,
) -> (Result<Assumed, Fault>, Revision) {
    let mut last = (Err(stale()), Revision::ZERO);
    let mut counted = false;
    for _ in 0..TRIES_MAX {
        *why = Why::default();
        let (snapshot, now) = (service.snapshot(), service.clock().now());
        let holder = match verify(service, &snapshot, input, now) {
            Ok(holder) => holder,
            // It was good a moment ago: the provider is gone, or the time is over.
            Err(fault) => return (Err(fault), account_changed(&snapshot, &input.role_arn)),
        };
        let account = holder.role.account();
        let rests_on = snapshot.directory.changed(account);
        let outcome = match authorized(service, received, &snapshot, input, &holder, now, why) {
            Ok(role) => {
                if !counted
                    && let Err(too_fast) = service.quotas().admit_to_role(&role.unique_id, account, now)
                {
                    return (Err(too_fast), rests_on);
                }
                counted = true;
                assume(service, &snapshot, input, &holder, role, now).await
            }
            Err(denied) => Err(denied),
        };
        last = (outcome, rests_on);
        if changed(service, &holder.role) == last.1 {
            break;
        }
    }
    last
}

/// Who asks, by the snapshot's providers.
fn verify(service: &Service, snapshot: &Snapshot, input: &Input, now: Timestamp) -> Result<Holder, Fault> {
    if input.provider_id.is_some() {
        // OAuth 2.0 access tokens of named providers; a provider of OpenID Connect is found by its issuer.
        return Err(Fault::Invalid("ProviderId is not supported.".to_owned()));
    }
    let role = crate::iam::role_arn(&input.role_arn)?;
    let token = Token::parse(input.web_identity_token.expose()).map_err(token_fault)?;
    let named = token.unverified_issuer().map_err(token_fault)?;
    let issuer = named.strip_prefix("https://").unwrap_or(named);
    let provider = snapshot.directory.provider(role.account(), issuer);
    let provider = provider.ok_or_else(|| {
        let text = format!("No OpenIDConnect provider found in your account for https://{issuer}");
        Fault::Query(QueryErrorCode::InvalidIdentityToken, text)
    })?;
    let keys = service.parts().provider_keys.jwks(issuer).map_err(|error| keys_fault(&error, issuer))?;
    let expected = Expected { issuer: named, audiences: &provider.record.client_ids, now };
    let claims = token.verify(&keys, &expected).map_err(|error| {
        if error == TokenError::UnknownKey {
            service.parts().provider_keys.outdated(issuer);
        }
        token_fault(error)
    })?;
    if let Some(unbuilt) = CLAIMS_UNBUILT.iter().find(|claim| claims.names.contains(**claim)) {
        return Err(Fault::Query(
            QueryErrorCode::IDPRejectedClaim,
            format!("Tokens with the claim {unbuilt} are not supported."),
        ));
    }
    let provider = provider_arn(role.account(), issuer);
    Ok(Holder { issuer: issuer.to_owned(), role, provider, claims })
}

fn changed(service: &Service, role: &PrincipalArn) -> Revision {
    service.snapshot().directory.changed(role.account())
}

fn account_changed(snapshot: &Arc<Snapshot>, role: &str) -> Revision {
    PrincipalArn::parse(role).map_or(Revision::ZERO, |role| snapshot.directory.changed(role.account()))
}

fn stale() -> Fault {
    Fault::Internal("The role or its account changed while the request was served.")
}

/// The answer was not released: nothing of it is revealed, and a second record says so.
async fn withdraw(
    service: &Service,
    received: &Received<'_>,
    pending: Pending,
    record: Record<'_>,
) -> Response {
    let stale = stale();
    let correction = recording::withdrawn(service, record, &query::wire(&stale));
    if let Err(error) = service.audit().correct(pending, &correction).await {
        let request_id = received.request_id;
        tracing::error!(%request_id, %error, "a withdrawn answer could not be recorded");
    }
    query::fault(QueryService::Sts, &stale, received.request_id)
}

/// The operator learns why; the stranger that the keys cannot be had.
fn keys_fault(error: &NoProviderKeys, issuer: &str) -> Fault {
    tracing::debug!(%error, issuer, "the keys of an identity provider cannot be had");
    let text = "The keys of the identity provider cannot be had: they are read from the folder that --oidc-keys names, or \
                fetched for the issuers that --oidc-issuer lists.";
    Fault::Query(QueryErrorCode::IDPCommunicationError, text.to_owned())
}

/// STS's names and texts for what is wrong with a token.
fn token_fault(error: TokenError) -> Fault {
    let (code, text) = match error {
        TokenError::Expired { now, expired_at } => (
            QueryErrorCode::ExpiredTokenException,
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time {expired_at}"
            ),
        ),
        TokenError::TooLong | TokenError::Malformed(_) => (
            QueryErrorCode::InvalidIdentityToken,
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
                .to_owned(),
        ),
        TokenError::Missing(claim) => {
            (QueryErrorCode::InvalidIdentityToken, format!("Missing a required claim: {claim}"))
        }
        TokenError::Audience => (QueryErrorCode::InvalidIdentityToken, "Incorrect token audience".to_owned()),
        TokenError::UnknownKey => (
            QueryErrorCode::InvalidIdentityToken,
            "Couldn't retrieve verification key from your identity provider, please reference \
             AssumeRoleWithWebIdentity documentation for requirements"
                .to_owned(),
        ),
        other @ (TokenError::Algorithm
        | TokenError::Critical
        | TokenError::Signature
        | TokenError::Issuer
        | TokenError::NotYet) => (QueryErrorCode::InvalidIdentityToken, other.to_string()),
    };
    Fault::Query(code, text)
}
