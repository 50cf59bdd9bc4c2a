//! Whom a document names beyond users and roles: for whoever asks who may do something.

use super::Document;
use crate::action::Action;
use crate::principal::{Principal, Principals};
use crate::{BoundPrincipal, Effect, PolicyName, StatementName};
use strongroom_types::{AccountId, UniqueId};

impl Document {
    /// The sessions of roles that it names in any way, by the role's unique id and the session's name: a session may do
    /// more than its role, or less.
    pub fn sessions(&self) -> impl Iterator<Item = (&UniqueId, &str)> {
        let listed = self.statements.iter().flat_map(|statement| statement.principals.listed());
        listed.filter_map(|principal| match principal {
            Principal::Bound(BoundPrincipal::Session { role, session }) => Some((role, &**session)),
            _ => None,
        })
    }

    /// The accounts that it names in any way, by themselves or by a federated user. Users and roles have unique ids.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountId> {
        let listed = self.statements.iter().flat_map(|statement| statement.principals.listed());
        listed.filter_map(|principal| match principal {
            Principal::Bound(
                BoundPrincipal::Account(account) | BoundPrincipal::FederatedUser(account, _),
            ) => Some(account),
            _ => None,
        })
    }

    /// The federated users and services that a key policy's statements allow an action by name, if their conditions
    /// hold.
    pub fn allowed_others<'a>(
        &'a self,
        action: &'a str,
    ) -> impl Iterator<Item = (StatementName, &'a BoundPrincipal)> {
        let statements = self.statements.iter().enumerate().filter(move |(_, statement)| {
            statement.effect == Effect::Allow && statement.selects_action(Action::of(action))
        });
        statements.flat_map(|(index, statement)| {
            let listed: &[Principal] = match &statement.principals {
                Principals::Only(listed) => listed.as_slice(),
                Principals::Attached | Principals::AllBut(_) => &[],
            };
            let name = StatementName { policy: PolicyName::KeyPolicy, index, sid: statement.sid.clone() };
            listed.iter().filter_map(move |principal| match principal {
                Principal::Bound(
                    bound @ (BoundPrincipal::FederatedUser(..) | BoundPrincipal::Service(_)),
                ) => Some((name.clone(), bound)),
                _ => None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ALICE, FEDERATED, OTHER_ROOT, ROLE, SESSION, about, bound, key_policy};

    const SERVICE: &str = "backup.amazonaws.com";

    fn names_a_service(effect: &str, action: &str) -> String {
        format!(
            r#""Effect":"{effect}","Principal":{{"Service":"{SERVICE}"}},"Action":"{action}","Resource":"*""#
        )
    }

    /// One statement about each kind of principal, one that excepts a session and an account.
    fn everybody() -> Document {
        let about = |principal| about("Allow", principal, "kms:Decrypt");
        let but_for = format!(
            r#""Effect":"Deny","NotPrincipal":{{"AWS":["{}","{OTHER_ROOT}"]}},"Action":"*","Resource":"*""#,
            SESSION.replace("/s", "/t")
        );
        let service = names_a_service("Allow", "kms:Decrypt");
        key_policy(&[&about(ALICE), &about(ROLE), &about(SESSION), &about(FEDERATED), &but_for, &service])
    }

    #[test]
    fn sessions_that_are_named_or_excepted() {
        let document = everybody();
        let named: Vec<_> = document.sessions().map(|(role, session)| (role.as_str(), session)).collect();
        assert_eq!(named, [("AROA111122223333r", "s"), ("AROA111122223333r", "t")]);
    }

    #[test]
    fn accounts_that_are_named_or_whose_federated_users_are() {
        let document = everybody();
        let named: Vec<_> = document.accounts().map(AccountId::as_str).collect();
        assert_eq!(named, ["111122223333", "444455556666"]);
    }

    #[test]
    fn others_whom_a_statement_allows_an_action() {
        let document = everybody();
        let allowed = |action| -> Vec<(usize, BoundPrincipal)> {
            document.allowed_others(action).map(|(name, bound)| (name.index, bound.clone())).collect()
        };
        let service = BoundPrincipal::Service(SERVICE.into());
        assert_eq!(allowed("kms:Decrypt"), [(3, bound(FEDERATED)), (5, service)]);
        assert_eq!(allowed("kms:Encrypt"), []);
        let denied = key_policy(&[
            &about("Deny", FEDERATED, "kms:Decrypt"),
            &names_a_service("Deny", "kms:Decrypt"),
            &names_a_service("Allow", "kms:Encrypt"),
        ]);
        assert_eq!(denied.allowed_others("kms:Decrypt").count(), 0);
        let encrypts: Vec<_> = denied.allowed_others("kms:Encrypt").map(|(name, _)| name.index).collect();
        assert_eq!(encrypts, [2]);
    }
}
