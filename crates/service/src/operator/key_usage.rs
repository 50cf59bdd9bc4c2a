//! `strongroom usage`: what the state knows of a key's use, and what would break if the key were deleted. How often it was
//! used, and by whom, is on the audit record. And the operator's looks at the audit record, which are put on it.

use super::OperatorError;
use super::hypothetical::Target;
use crate::service::Service;
use crate::state::{GrantEntry, KeyEntry};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use strongroom_audit::event_time;
use strongroom_types::Timestamp;

/// The most grants, and the most principals of a key policy, that are shown.
const SHOWN_MAX: usize = 1_000;

/// The most unused keys that are listed: the answer travels in one message.
const UNUSED_MAX: usize = 2_000;

const DAY_MS: u64 = 86_400_000;

/// A key, and what hangs on it.
#[derive(Debug, Serialize)]
pub struct KeyUsage {
    /// The key's ARN.
    pub key: String,
    /// Its state.
    pub state: String,
    /// When it was made.
    pub created: String,
    /// When it will be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion: Option<String>,
    /// Its last use; absent if it was never used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use: Option<LastUseShown>,
    /// Aliases that lead to it.
    pub aliases: Vec<String>,
    /// Grants on it.
    pub grants: Vec<GrantShown>,
    /// How many more there are.
    pub grants_left_out: usize,
    /// Whom its key policy names beside its own account: users, roles and sessions.
    pub policy_principals: Vec<String>,
    /// Whether identity policies of its account may allow its use too.
    pub default_policy: bool,
}

/// A last use.
#[derive(Debug, Serialize)]
pub struct LastUseShown {
    /// When.
    pub at: String,
    /// The operation.
    pub operation: String,
    /// The request's id.
    pub request_id: String,
    /// The record's id.
    pub event_id: String,
}

/// A grant.
#[derive(Debug, Serialize)]
pub struct GrantShown {
    /// Its id.
    pub id: String,
    /// To whom.
    pub grantee: String,
    /// For what.
    pub operations: Vec<String>,
}

/// Keys that were not used.
#[derive(Debug, Serialize)]
pub struct UnusedKeys {
    /// The first moment of the time in which they were not used.
    pub since: String,
    /// Those that were never used first, then by last use; those made since then are not among them.
    pub keys: Vec<UnusedKey>,
    /// How many more there are.
    pub left_out: usize,
}

/// A key that was not used.
#[derive(Debug, Serialize)]
pub struct UnusedKey {
    /// The key's ARN.
    pub key: String,
    /// Its state.
    pub state: String,
    /// When it was made.
    pub created: String,
    /// When it was last used; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use: Option<String>,
}

impl Service {
    /// What a key was last used for, and what hangs on it.
    pub async fn key_usage(&self, key: &str, peer_uid: u32) -> Result<KeyUsage, OperatorError> {
        self.record_act("OperatorShowKeyUsage", peer_uid, true, Some(json!({ "key": key }))).await?;
        let snapshot = self.snapshot();
        let Target::Key(key, _) = self.target(Some(key), &self.parts().account, &snapshot)? else {
            return Err(OperatorError::Question(format!("{key} is not a key")));
        };
        Ok(self.usage_of(&key))
    }

    fn usage_of(&self, key: &Arc<KeyEntry>) -> KeyUsage {
        let record = &key.record;
        let grants: Vec<GrantShown> = key.grants.after(None).take(SHOWN_MAX).map(grant).collect();
        let last_use = self.last_use_of_key(&key.arn).map(|last| LastUseShown {
            at: event_time(last.at),
            operation: last.operation.into_owned(),
            request_id: last.request_id,
            event_id: last.event_id,
        });
        let named: BTreeSet<String> = key.policy.bindings().arns.keys().map(ToString::to_string).collect();
        KeyUsage {
            key: key.arn.to_string(),
            state: record.state.to_string(),
            created: at_ms(record.created_ms),
            deletion: record.deletion_ms.map(at_ms),
            last_use,
            aliases: key.aliases.iter().map(ToString::to_string).collect(),
            grants_left_out: key.grants.len() - grants.len(),
            grants,
            policy_principals: named.into_iter().take(SHOWN_MAX).collect(),
            default_policy: key.policy_text.is_none(),
        }
    }

    /// The keys of every account that were not used for so many days and are at least as old.
    pub async fn unused_keys(&self, days: u32, peer_uid: u32) -> Result<UnusedKeys, OperatorError> {
        self.record_act("OperatorListUnusedKeys", peer_uid, true, Some(json!({ "days": days }))).await?;
        let since_ms = self.clock().now().millis().saturating_sub(u64::from(days) * DAY_MS);
        let snapshot = self.snapshot();
        let old = snapshot.keys().filter(|key| key.record.created_ms <= since_ms);
        let with_use = old.map(|key| (self.last_use_of_key(&key.arn).map(|last| last.at.millis()), key));
        let mut unused: Vec<_> =
            with_use.filter(|(last, _)| last.is_none_or(|last| last < since_ms)).collect();
        unused.sort_by_key(|(last, key)| (*last, key.record.created_ms));
        let left_out = unused.len().saturating_sub(UNUSED_MAX);
        let shown = unused.iter().take(UNUSED_MAX).map(|(last, key)| UnusedKey {
            key: key.arn.to_string(),
            state: key.record.state.to_string(),
            created: at_ms(key.record.created_ms),
            last_use: last.map(at_ms),
        });
        Ok(UnusedKeys { since: at_ms(since_ms), keys: shown.collect(), left_out })
    }

    /// Puts an operator's look at the audit record on it.
    pub async fn note_audit_look(&self, query: &Value, peer_uid: u32) -> Result<(), OperatorError> {
        Ok(self.record_act("OperatorQueryAudit", peer_uid, true, Some(query.clone())).await?)
    }

    /// The ARN of the key that an alias leads to; any other text as it is, for keys may be gone and still be on the
    /// record.
    pub fn key_on_record(&self, text: &str) -> String {
        if !text.contains("alias/") {
            return text.to_owned();
        }
        match self.target(Some(text), &self.parts().account, &self.snapshot()) {
            Ok(Target::Key(key, _)) => key.arn.to_string(),
            _ => text.to_owned(),
        }
    }
}

fn at_ms(ms: u64) -> String {
    event_time(Timestamp::from_millis(ms))
}

fn grant(entry: &Arc<GrantEntry>) -> GrantShown {
    GrantShown {
        id: entry.id.to_string(),
        grantee: entry.record.grantee.name.clone(),
        operations: entry.record.operations.iter().cloned().collect(),
    }
}
