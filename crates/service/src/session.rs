//! Sessions: temporary credentials whose token holds everything about them, sealed by the vault.

use crate::state::{Nobody, Pairs, Snapshot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use strongroom_policy::{Caller, CallerKind, Document, DocumentKind, SessionFacts, WebIdentity};
use strongroom_types::{AccountId, Timestamp, UniqueId};

/// What a session token says (docs/key-hierarchy.md: at most 2,900 bytes, not secret from the service).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Whose session it is.
    pub(crate) of: SessionOf,
    /// When it was made, in milliseconds.
    pub(crate) issued_ms: u64,
    /// Session policies: documents. `None`: not limited by any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policies: Option<Vec<String>>,
    /// ARNs of managed policies that are session policies too, read when they are needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) policy_arns: Vec<String>,
    /// Tags of the session.
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub(crate) tags: Pairs,
    /// Which of them go on to roles assumed by this session.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) transitive: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
    /// The identity provider's token that it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) web: Option<WebClaims>,
    /// When a code of an MFA device was taken for it, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mfa_ms: Option<u64>,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionOf {
    /// The root of the account (GetSessionToken).
    Root,
    /// A user (GetSessionToken).
    User { id: String },
    /// A role (AssumeRole and its kin).
    Role { id: String, session: String },
    /// A federated user, made by a user or by the root.
    Federated { name: String, by: Option<String> },
}

/// Verified claims of a web identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WebClaims {
    /// Without `https://`.
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) subject: String,
}

/// A session that was opened.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) access_key_id: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) claims: Claims,
    pub(crate) caller: Arc<Caller>,
    /// Session policies given as documents.
    policies: Option<Vec<Arc<Document>>>,
    account: AccountId,
}

/// A token that is authentic and still of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SessionError {
    /// The user, role or account is gone.
    #[error("the principal of the session does not exist any more")]
    PrincipalGone,
    /// Written by a version that says what this one does not understand.
    #[error("the session cannot be read")]
    Unreadable,
}

impl Session {
    /// Reads what a token says, by the principals of a snapshot.
    pub(crate) fn open(
        access_key_id: &str,
        account: &str,
        expires_at: Timestamp,
        claims: &[u8],
        snapshot: &Snapshot,
    ) -> Result<Self, SessionError> {
        let unreadable = |_| SessionError::Unreadable;
        let account = AccountId::parse(account).map_err(|_| SessionError::Unreadable)?;
        let claims: Claims = serde_json::from_slice(claims).map_err(unreadable)?;
        let caller = caller(&account, &claims.of, snapshot)?;
        let compile = |text: &String| {
            let document = Document::parse(DocumentKind::Session, text, &Nobody);
            document.map(Arc::new).map_err(|_| SessionError::Unreadable)
        };
        let policies =
            claims.policies.as_ref().map(|texts| texts.iter().map(compile).collect()).transpose()?;
        let access_key_id = access_key_id.to_owned();
        Ok(Self { access_key_id, expires_at, claims, caller: Arc::new(caller), policies, account })
    }

    /// Whether it is still good: its principal is there, and its account is the one it was made in and not one that
    /// was made later under the same id.
    pub(crate) fn holds(&self, snapshot: &Snapshot) -> bool {
        let account = snapshot.account(&self.account);
        let same_account = account.is_some_and(|entry| entry.record.created_ms <= self.claims.issued_ms);
        same_account && snapshot.directory.knows_caller(&self.caller)
    }

    /// The session policies in force. A managed policy that is gone allows nothing.
    pub(crate) fn policies(&self, snapshot: &Snapshot) -> Option<Vec<Arc<Document>>> {
        if self.policies.is_none() && self.claims.policy_arns.is_empty() {
            return None;
        }
        let mut policies = self.policies.clone().unwrap_or_default();
        let managed = self.claims.policy_arns.iter().filter_map(|arn| snapshot.directory.in_force(arn));
        policies.extend(managed.map(|policy| policy.document.clone()));
        Some(policies)
    }

    /// The tags of the user or role, with the session's own over them.
    pub(crate) fn tags(&self, snapshot: &Snapshot) -> Pairs {
        let mut tags = snapshot.directory.tags(&self.caller).cloned().unwrap_or_default();
        for (key, value) in &self.claims.tags {
            // Tag keys do not tell upper from lower case.
            tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
            tags.insert(key.clone(), value.clone());
        }
        tags
    }

    /// What condition keys read of it at a time.
    pub(crate) fn facts<'a>(&'a self, tags: Option<&'a Pairs>, now: Timestamp) -> SessionFacts<'a> {
        let web = self.claims.web.as_ref();
        SessionFacts {
            principal_tags: tags,
            token_issue_time: Some(Timestamp::from_millis(self.claims.issued_ms)),
            mfa_present: Some(self.claims.mfa_ms.is_some()),
            mfa_age_s: self.claims.mfa_ms.map(|at| now.millis().saturating_sub(at) / 1_000),
            federated_provider: web.map(|web| web.issuer.as_str()),
            source_identity: self.claims.source_identity.as_deref(),
            web_identity: web.map(|web| WebIdentity {
                issuer: &web.issuer,
                audience: &web.audience,
                subject: &web.subject,
                claims: &[],
            }),
        }
    }
}

/// Whom the session is of, if that principal exists.
fn caller(account: &AccountId, of: &SessionOf, snapshot: &Snapshot) -> Result<Caller, SessionError> {
    let id = |id: &String| UniqueId::parse(id).map_err(|_| SessionError::Unreadable);
    let caller = match of {
        SessionOf::Root => Caller::root(account.clone()),
        SessionOf::User { id: user } => {
            let user = snapshot.directory.user_with(&id(user)?).ok_or(SessionError::PrincipalGone)?;
            (*user.caller).clone()
        }
        SessionOf::Role { id: role, session } => {
            let role = snapshot.directory.role_with(&id(role)?).ok_or(SessionError::PrincipalGone)?;
            Caller::role_session(account.clone(), &role.path_and_name(), role.unique_id.clone(), session)
        }
        SessionOf::Federated { name, by } => {
            Caller::federated_user(account.clone(), name, by.as_ref().map(id).transpose()?)
        }
    };
    // Ids are unique among all accounts; a token of another account must not find one.
    let own = caller.account() == account && snapshot.directory.knows_caller(&caller);
    if own { Ok(caller) } else { Err(SessionError::PrincipalGone) }
}

/// Whether a caller has credentials for ever, or a session.
pub(crate) fn is_role_session(caller: &Caller) -> bool {
    matches!(caller.kind(), CallerKind::RoleSession(_))
}
