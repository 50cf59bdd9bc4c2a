//! Operations of the Security Token Service.

mod assume_role;
mod assume_role_with_web_identity;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;

pub(crate) use assume_role_with_web_identity::{Assumed, assume, authorized};

use super::{Entry, entry};
use crate::authenticate::Authenticated;
use crate::fault::Fault;
use crate::session::SessionOf;
use strongroom_api::query::{QueryErrorCode, QueryService};
use strongroom_api::sts::operation as api;
use strongroom_types::PrincipalArn;

/// The operations of this family. AssumeRoleWithWebIdentity is not among them: nobody signs it (`web_identity.rs`).
pub(super) const TABLE: &[Entry] = &[
    entry::<api::AssumeRole>(),
    entry::<api::DecodeAuthorizationMessage>(),
    entry::<api::GetAccessKeyInfo>(),
    entry::<api::GetCallerIdentity>(),
    entry::<api::GetFederationToken>(),
    entry::<api::GetSessionToken>(),
];

/// How long a session of a user lasts when nobody says, in seconds.
const USER_SESSION_S: i64 = 12 * 3600;

/// The longest session of a root, in seconds; also the longest of a role that a session of a role assumes.
const HOUR_S: i64 = 3600;

/// Why temporary credentials may not call an operation of IAM or STS, if they may not. What AWS's table "Comparing
/// AWS STS credentials" says: sessions of users reach IAM only with MFA and of STS two operations, federated users one;
/// sessions of roles make no sessions but of roles.
pub(crate) fn closed_to_session(
    caller: &Authenticated,
    service: QueryService,
    action: &str,
) -> Option<Fault> {
    let claims = &caller.session()?.claims;
    let open = match (&claims.of, service) {
        (SessionOf::Role { .. }, QueryService::Iam) => true,
        (SessionOf::Root | SessionOf::User { .. }, QueryService::Iam) if claims.mfa_ms.is_some() => true,
        (SessionOf::Role { .. }, QueryService::Sts) => {
            !["GetSessionToken", "GetFederationToken"].contains(&action)
        }
        (_, QueryService::Iam) => {
            let text = "The security token included in the request is invalid".to_owned();
            return Some(Fault::Query(QueryErrorCode::InvalidClientTokenId, text));
        }
        (SessionOf::Root | SessionOf::User { .. }, QueryService::Sts) => {
            ["GetCallerIdentity", "AssumeRole"].contains(&action)
        }
        (SessionOf::Federated { .. }, QueryService::Sts) => action == "GetCallerIdentity",
    };
    (!open).then(|| Fault::Denied(format!("Cannot call {action} with session credentials")))
}

/// The role that a request names.
pub(crate) fn role_arn(text: &str) -> Result<PrincipalArn, Fault> {
    match PrincipalArn::parse(text) {
        Ok(arn @ PrincipalArn::Role(..)) => Ok(arn),
        _ => Err(Fault::Invalid(format!("{text} is invalid"))),
    }
}

/// Longer tokens than necessary are not made.
fn refuse_token_size(minimum: Option<i64>) -> Result<(), Fault> {
    match minimum {
        None | Some(0) => Ok(()),
        Some(_) => Err(Fault::Invalid("MinimumSessionTokenSize is not supported.".to_owned())),
    }
}

pub(super) fn invalid_parameter(text: impl Into<String>) -> Fault {
    Fault::Query(QueryErrorCode::InvalidParameterValue, text.into())
}
