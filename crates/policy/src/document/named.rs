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
