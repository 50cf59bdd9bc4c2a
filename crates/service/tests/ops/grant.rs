//! Operations on grants, and what grants are worth.

mod create_grant;
mod list_grants;
mod list_retirable_grants;
mod retire_grant;
mod revoke_grant;

use crate::answer::Answer;
use crate::plaintext::SECRET;
use crate::scenario::{Caller, Key, Scenario, caller};
use serde_json::{Value, json};

/// A grant that was made.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// Another user whom nothing names.
pub(crate) async fn user(s: &Scenario, name: &str) -> Caller {
    let made = s.service.create_user(name, 0).await.unwrap();
    caller(made.arn, &made.access_key_id, made.secret.expose())
}

/// CreateGrant's input: these operations for alice, and what else is given.
pub(crate) fn wanted(s: &Scenario, key: &Key, operations: &[&str], more: Value) -> Value {
    let mut input = json!({ "KeyId": key.arn, "GranteePrincipal": s.alice.arn, "Operations": operations });
    for (member, value) in more.as_object().unwrap() {
        input[member] = value.clone();
    }
    input
}

/// What CreateGrant answered.
#[track_caller]
pub(crate) fn made(answer: Answer) -> Made {
    let answer = answer.ok();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    Made { id: text("GrantId"), token: text("GrantToken") }
}

/// A grant by the account's root.
pub(crate) async fn grant(s: &Scenario, key: &Key, operations: &[&str], more: Value) -> Made {
    made(s.root("CreateGrant", wanted(s, key, operations, more)).await)
}

/// What a caller is answered who encrypts under a context.
pub(crate) async fn encrypt(s: &Scenario, caller: &Caller, key: &Key, context: Value) -> Answer {
    let input = json!({ "KeyId": key.arn, "Plaintext": SECRET, "EncryptionContext": context });
    s.call(caller, "Encrypt", input).await
}

/// ListGrants' entries.
pub(crate) async fn listed(s: &Scenario, input: Value) -> Vec<Value> {
    match s.root("ListGrants", input).await.ok()["Grants"].take() {
        Value::Array(grants) => grants,
        other => panic!("no list: {other}"),
    }
}
