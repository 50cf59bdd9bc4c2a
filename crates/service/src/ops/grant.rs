//! Operations on grants (reference kms-contract.md, 4.10 and 4.11).

mod create_grant;
mod list_grants;
mod list_retirable_grants;
mod retire_grant;
mod revoke_grant;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::lifecycle::rest_on_policy;
use crate::state::{Changes, Directory, GrantEntry, KeyEntry, layout};
use std::sync::Arc;
use strongroom_api::shape::{GrantConstraintsOutput, GrantListEntry};
use strongroom_api::{TextMap, Time};
use strongroom_policy::BoundPrincipal;
use strongroom_types::{GrantId, KeyArn, PARTITION, PrincipalArn, Timestamp};
use strongroom_vault_protocol::{TokenKind, VaultError};

/// A grant id as a request names it.
fn grant_id(text: &str) -> Result<GrantId, Fault> {
    GrantId::parse(text).map_err(|_| Fault::InvalidGrantId(text.to_owned()))
}

/// There is no such grant on the key.
fn no_such_grant(id: &GrantId) -> Fault {
    Fault::NotFound(format!("Grant ID {id} not found"))
}

/// The grant of that id on a key.
fn find<'a>(key: &'a KeyEntry, id: &GrantId) -> Result<&'a Arc<GrantEntry>, Fault> {
    key.grants.get(id).ok_or_else(|| no_such_grant(id))
}

/// Whom the ARN of a principal stands for now, if there is such a principal.
fn bind(directory: &Directory, text: &str) -> Result<Option<BoundPrincipal>, Fault> {
    let arn = PrincipalArn::parse(text).map_err(|_| Fault::InvalidArn(text.to_owned()))?;
    if !directory.exists(&arn) {
        return Ok(None);
    }
    Ok(BoundPrincipal::bind(&arn, |arn| directory.unique_id(arn)))
}

/// The change rests on the key as it was read: its state and its policy.
fn rest_on_key(changes: &mut Changes, key: &KeyEntry) -> Result<(), Fault> {
    changes.unchanged(layout::key(&key.arn), key.revision).map_err(change_fault)?;
    rest_on_policy(changes, key)
}

/// Takes a grant away, as it was read.
fn removal(key: &KeyEntry, grant: &GrantEntry) -> Result<Changes, Fault> {
    let mut changes = Changes::new();
    rest_on_key(&mut changes, key)?;
    let place = || layout::grant(&key.arn, &grant.id);
    changes.unchanged(place(), grant.revision).map_err(change_fault)?;
    changes.delete(place()).map_err(change_fault)?;
    Ok(changes)
}

/// A new token of a grant. All tokens of a grant are as good as each other.
async fn token(call: &Call<'_>, key: &KeyArn, id: &GrantId) -> Result<String, Fault> {
    Ok(call.vault().seal_token(TokenKind::Grant, format!("{key} {id}").as_bytes()).await?)
}

/// The key and the grant that a token stands for; the grant may be gone.
async fn open(call: &Call<'_>, token: &str) -> Result<(KeyArn, GrantId), Fault> {
    let opened = call.vault().open_token(TokenKind::Grant, token).await;
    let opened = opened.map_err(|error| match error {
        VaultError::TokenRejected => Fault::InvalidGrantToken,
        error => Fault::Vault(error),
    })?;
    read_token(opened.expose()).ok_or(Fault::InvalidGrantToken)
}

fn read_token(bytes: &[u8]) -> Option<(KeyArn, GrantId)> {
    let (key, id) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
    Some((KeyArn::parse(key).ok()?, GrantId::parse(id).ok()?))
}

/// A grant as lists show it.
fn list_entry(directory: &Directory, key: &KeyArn, grant: &GrantEntry) -> GrantListEntry {
    let (record, retiring) = (&grant.record, grant.grant.retiring.as_ref());
    GrantListEntry {
        key_id: Some(key.to_string()),
        grant_id: Some(grant.id.to_string()),
        name: Some(record.name.clone()),
        creation_date: Some(Time(Timestamp::from_millis(record.created_ms))),
        grantee_principal: principal_text(directory, &grant.grant.grantee),
        grantee_service_principal: service_text(&grant.grant.grantee),
        retiring_principal: retiring.and_then(|retiring| principal_text(directory, retiring)),
        retiring_service_principal: retiring.and_then(service_text),
        issuing_account: Some(format!("arn:{PARTITION}:iam::{}:root", record.issuer)),
        operations: Some(grant.grant.operations.iter().map(|one| one.as_str().to_owned()).collect()),
        constraints: constraints(grant),
    }
}

fn constraints(grant: &GrantEntry) -> Option<GrantConstraintsOutput> {
    let record = &grant.record;
    let map = |pairs: &std::collections::BTreeMap<String, String>| TextMap(pairs.clone());
    let shown = GrantConstraintsOutput {
        encryption_context_equals: record.context_equals.as_ref().map(map),
        encryption_context_subset: record.context_subset.as_ref().map(map),
        source_arn: record.source_arn.clone(),
    };
    let any = grant.grant.constraints.is_some() || record.source_arn.is_some();
    any.then_some(shown)
}

/// The ARN that a principal has now; its unique id once it is deleted.
fn principal_text(directory: &Directory, principal: &BoundPrincipal) -> Option<String> {
    Some(match principal {
        BoundPrincipal::Account(account) => PrincipalArn::Root(account.clone()).to_string(),
        BoundPrincipal::User(id) => {
            directory.user_with(id).map_or_else(|| id.to_string(), |user| user.arn().to_string())
        }
        BoundPrincipal::Role(id) => {
            directory.role_with(id).map_or_else(|| id.to_string(), |role| role.arn().to_string())
        }
        BoundPrincipal::Session { role: id, session } => match directory.role_with(id) {
            Some(role) => PrincipalArn::AssumedRole {
                account: role.account.clone(),
                role: role.name.as_str().into(),
                session: session.clone(),
            }
            .to_string(),
            None => format!("{id}:{session}"),
        },
        BoundPrincipal::FederatedUser(account, name) => {
            PrincipalArn::FederatedUser(account.clone(), name.clone()).to_string()
        }
        BoundPrincipal::Service(_) => return None,
    })
}

fn service_text(principal: &BoundPrincipal) -> Option<String> {
    match principal {
        BoundPrincipal::Service(name) => Some(name.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_that_is_authentic_and_still_none() {
        let key = "arn:aws:kms:us-east-1:111122223333:key/00000000-1111-2222-3333-444444444444";
        let id = "ab".repeat(32);
        let read = |text: &str| read_token(text.as_bytes());
        let (read_key, read_id) = read(&format!("{key} {id}")).unwrap();
        assert_eq!((read_key.to_string().as_str(), read_id.as_str()), (key, id.as_str()));
        for bad in ["", " ", key, &id, &format!("{key}{id}"), &format!("{key} {id} "), &format!("{id} {key}")]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read_token(b"\xff "), None);
    }
}
