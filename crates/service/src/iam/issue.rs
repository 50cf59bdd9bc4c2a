//! Making a session: its claims and their size, and the credentials that the vault makes for them.

use super::session_limits::Limits;
use super::session_tags::SessionTags;
use crate::fault::Fault;
use crate::session::{Claims, SessionOf, WebClaims};
use strongroom_api::query::QueryErrorCode;
use strongroom_api::sts::shape::Credentials;
use strongroom_api::{SensitiveText, Time};
use strongroom_audit::event_time;
use strongroom_types::{AccountId, Timestamp};
use strongroom_vault_protocol::{SESSION_CLAIMS_BYTES_MAX, SessionRequest, VaultClient};

/// A session to be made.
pub(super) struct Wanted<'a> {
    pub(super) account: &'a AccountId,
    pub(super) of: SessionOf,
    pub(super) now: Timestamp,
    pub(super) seconds: i64,
    pub(super) limits: Limits,
    pub(super) tags: SessionTags,
    pub(super) source_identity: Option<String>,
    pub(super) web: Option<WebClaims>,
    /// When a code of an MFA device was taken for it.
    pub(super) mfa: Option<Timestamp>,
}

/// A session that was made.
pub(super) struct Issued {
    pub(super) credentials: Credentials,
    /// What the record shows of the credentials: neither secret nor token.
    pub(super) shown: serde_json::Value,
    /// Policies and tags in percent of the room they have; absent without any.
    pub(super) packed_percent: Option<i64>,
}

/// Makes a session.
pub(super) async fn issue(vault: &VaultClient, wanted: Wanted<'_>) -> Result<Issued, Fault> {
    let Wanted { account, of, now, seconds, limits, tags, source_identity, web, mfa } = wanted;
    let has_policies = limits.any();
    let packed = has_policies || !tags.all.is_empty();
    let claims = Claims {
        of,
        issued_ms: now.millis(),
        policies: limits.policies,
        policy_arns: limits.policy_arns,
        tags: tags.all,
        transitive: tags.transitive,
        source_identity,
        web,
        mfa_ms: mfa.map(Timestamp::millis),
    };
    let claims = serde_json::to_vec(&claims).map_err(crate::call::change_fault)?;
    let percent = percent(claims.len());
    if claims.len() > SESSION_CLAIMS_BYTES_MAX {
        return Err(too_large(has_policies, percent));
    }
    // Whole seconds, as answers show it: a session is not longer than it says.
    let ends_s = now.seconds().saturating_add(seconds.unsigned_abs());
    let expires_at = Timestamp::from_millis(ends_s.saturating_mul(1_000));
    let request = SessionRequest { account: account.as_str(), expires_at, claims: &claims };
    let made = vault.create_session(request).await?;
    let secret = String::from_utf8(made.secret.expose().to_vec());
    let secret = secret.map_err(|_| Fault::Internal("The vault made a secret that is no text."))?;
    Ok(Issued {
        shown: serde_json::json!({
            "accessKeyId": &made.access_key_id,
            "expiration": event_time(expires_at),
        }),
        credentials: Credentials {
            access_key_id: Some(made.access_key_id),
            expiration: Some(Time(expires_at)),
            secret_access_key: Some(SensitiveText::new(secret)),
            session_token: Some(SensitiveText::new(made.token)),
        },
        packed_percent: packed.then_some(percent),
    })
}

/// Of the room that claims have, rounded up.
fn percent(bytes: usize) -> i64 {
    i64::try_from(bytes.saturating_mul(100).div_ceil(SESSION_CLAIMS_BYTES_MAX)).unwrap_or(i64::MAX)
}

fn too_large(has_policies: bool, percent: i64) -> Fault {
    let text = if has_policies {
        format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
    } else {
        format!("Packed size of session tags consumes {percent}% of allotted space.")
    };
    Fault::Query(QueryErrorCode::PackedPolicyTooLarge, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_rounded_up() {
        assert_eq!(percent(0), 0);
        assert_eq!(percent(1), 1);
        assert_eq!(percent(SESSION_CLAIMS_BYTES_MAX), 100);
        assert_eq!(percent(SESSION_CLAIMS_BYTES_MAX + 1), 101);
    }
}
