//! The principals of every account, by name and by unique id, and what policies speak for them.
//!
//! Part of the snapshot: persistent maps, so that a change copies a path and requests keep what they read.

mod aws_managed;
mod bindings;
mod entries;
mod mfa;
mod records;

use super::hashed::Hashed;
use super::layout::{IamKind, IamPlace};
use super::record::{Record, RecordError};
use equivalent::{Comparable, Equivalent};
use imbl::{OrdMap, OrdSet};
use std::cmp::Ordering;
use std::sync::Arc;
use strongroom_policy::{Caller, CallerKind, IdentityPolicy};
use strongroom_storage::{Revision, Value};
use strongroom_types::{AccountId, PrincipalArn, UniqueId};

pub(crate) use aws_managed::{AWS_MANAGED, AwsManaged};
pub(crate) use bindings::Nobody;
pub(crate) use entries::{
    AccessKeyEntry, GroupEntry, ManagedPolicyEntry, ProviderEntry, RoleEntry, UserEntry, iam_arn,
    provider_arn,
};
pub(crate) use mfa::MfaEntry;
pub(crate) use records::{
    AccessKeyRecord, BoundPolicy, GroupRecord, ManagedPolicyRecord, MfaRecord, MfaUser, Owner, Pairs,
    Policies, PolicyVersion, ProviderRecord, RoleRecord, UserRecord,
};

/// Everything of one kind by account and name, in the order that lists are given in.
pub(crate) type ByName<T> = OrdMap<(AccountId, String), Arc<T>>;

/// A key of [`ByName`], borrowed: a search makes no text.
struct At<'a>(&'a AccountId, &'a str);

impl Comparable<(AccountId, String)> for At<'_> {
    fn compare(&self, (account, name): &(AccountId, String)) -> Ordering {
        self.0.cmp(account).then_with(|| self.1.cmp(name.as_str()))
    }
}

impl Equivalent<(AccountId, String)> for At<'_> {
    fn equivalent(&self, key: &(AccountId, String)) -> bool {
        self.compare(key).is_eq()
    }
}

/// The entry of an account whose name differs in case at most.
pub(crate) fn like<'a, T>(entries: &'a ByName<T>, account: &AccountId, name: &str) -> Option<&'a Arc<T>> {
    let from = (account.clone(), String::new());
    let own = entries.range(from..).take_while(|((of, _), _)| of == account);
    own.into_iter().find(|((_, known), _)| known.eq_ignore_ascii_case(name)).map(|(_, entry)| entry)
}

/// Who has a unique id.
#[derive(Clone, Debug)]
enum Named {
    User(Arc<UserEntry>),
    Role(Arc<RoleEntry>),
}

/// The principals.
#[derive(Clone, Default)]
pub(crate) struct Directory {
    pub(crate) users: ByName<UserEntry>,
    pub(crate) groups: ByName<GroupEntry>,
    pub(crate) roles: ByName<RoleEntry>,
    pub(crate) policies: ByName<ManagedPolicyEntry>,
    pub(crate) providers: ByName<ProviderEntry>,
    pub(crate) mfa_devices: ByName<MfaEntry>,
    access_keys: Hashed<String, Arc<AccessKeyEntry>>,
    /// Access keys by account and owner; the root's have no name.
    keys_of: OrdSet<(AccountId, Option<String>, String)>,
    by_unique_id: Hashed<UniqueId, Named>,
    policies_by_arn: Hashed<Arc<str>, Arc<ManagedPolicyEntry>>,
    roots: Hashed<AccountId, Arc<Caller>>,
    /// The last revision that changed anything of an account's principals: what decisions rest on.
    changed: Hashed<AccountId, Revision>,
}

impl Directory {
    /// The last revision in which an account's principals, their policies or access keys changed.
    pub(crate) fn changed(&self, account: &AccountId) -> Revision {
        self.changed.get(account).copied().unwrap_or(Revision::ZERO)
    }

    /// The root of an account that exists.
    pub(crate) fn root(&self, account: &AccountId) -> Option<&Arc<Caller>> {
        self.roots.get(account)
    }

    pub(crate) fn user(&self, account: &AccountId, name: &str) -> Option<&Arc<UserEntry>> {
        self.users.get(&At(account, name))
    }

    /// A user whose name differs in case at most: such names are the same to AWS.
    pub(crate) fn user_like(&self, account: &AccountId, name: &str) -> Option<&Arc<UserEntry>> {
        like(&self.users, account, name)
    }

    pub(crate) fn group(&self, account: &AccountId, name: &str) -> Option<&Arc<GroupEntry>> {
        self.groups.get(&At(account, name))
    }

    pub(crate) fn role(&self, account: &AccountId, name: &str) -> Option<&Arc<RoleEntry>> {
        self.roles.get(&At(account, name))
    }

    /// The role of exactly that ARN, its path included.
    pub(crate) fn role_at(&self, arn: &PrincipalArn) -> Option<&Arc<RoleEntry>> {
        self.role(arn.account(), arn.name()?).filter(|role| role.arn() == *arn)
    }

    pub(crate) fn policy(&self, arn: &str) -> Option<&Arc<ManagedPolicyEntry>> {
        self.policies_by_arn.get(arn)
    }

    pub(crate) fn provider(&self, account: &AccountId, issuer: &str) -> Option<&Arc<ProviderEntry>> {
        self.providers.get(&At(account, issuer))
    }

    pub(crate) fn access_key(&self, id: &str) -> Option<&Arc<AccessKeyEntry>> {
        self.access_keys.get(id)
    }

    /// The access keys of a user, or of the root.
    pub(crate) fn access_keys_of<'a>(
        &'a self,
        account: &AccountId,
        user: Option<&str>,
    ) -> impl Iterator<Item = &'a Arc<AccessKeyEntry>> + use<'a> {
        let (account, user) = (account.clone(), user.map(str::to_owned));
        let first = (account.clone(), user.clone(), String::new());
        let ids = self.keys_of.range(first..).take_while(move |(a, u, _)| (a, u) == (&account, &user));
        ids.filter_map(|(_, _, id)| self.access_keys.get(id))
    }

    /// The user with a unique id.
    pub(crate) fn user_with(&self, id: &UniqueId) -> Option<&Arc<UserEntry>> {
        match self.by_unique_id.get(id)? {
            Named::User(user) => Some(user),
            Named::Role(_) => None,
        }
    }

    /// The role with a unique id.
    pub(crate) fn role_with(&self, id: &UniqueId) -> Option<&Arc<RoleEntry>> {
        match self.by_unique_id.get(id)? {
            Named::Role(role) => Some(role),
            Named::User(_) => None,
        }
    }

    /// The unique id of a user, of a role, or of the role of a session, if it exists under exactly that ARN.
    pub(crate) fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        match arn {
            PrincipalArn::User(account, _) => {
                let user = self.user(account, arn.name()?)?;
                (user.arn() == arn).then(|| user.unique_id.clone())
            }
            PrincipalArn::Role(account, _) => {
                let role = self.role(account, arn.name()?)?;
                (role.arn() == *arn).then(|| role.unique_id.clone())
            }
            PrincipalArn::AssumedRole { account, role, .. } => {
                Some(self.role(account, role)?.unique_id.clone())
            }
            PrincipalArn::Root(_) | PrincipalArn::FederatedUser(..) => None,
        }
    }

    /// Whether a principal that a policy names exists.
    pub(crate) fn exists(&self, arn: &PrincipalArn) -> bool {
        match arn {
            PrincipalArn::Root(account) | PrincipalArn::FederatedUser(account, _) => {
                self.roots.contains_key(account)
            }
            _ => self.unique_id(arn).is_some(),
        }
    }

    /// Every identity policy that speaks for a caller: its own, those of its groups, those attached to either. A
    /// federated user has those of the user who made it.
    pub(crate) fn identity_policies(&self, caller: &Caller) -> Vec<IdentityPolicy> {
        let mut found = Vec::new();
        match caller.kind() {
            CallerKind::Root | CallerKind::FederatedUser(None) => {}
            CallerKind::User(id) | CallerKind::FederatedUser(Some(id)) => {
                let Some(user) = self.user_with(id) else { return found };
                self.gather(&user.inline, &user.record.policies, &mut found);
                for name in &user.record.groups {
                    if let Some(group) = self.group(user.account(), name) {
                        self.gather(&group.inline, &group.record.policies, &mut found);
                    }
                }
            }
            CallerKind::RoleSession(id) => {
                if let Some(role) = self.role_with(id) {
                    self.gather(&role.inline, &role.record.policies, &mut found);
                }
            }
        }
        found
    }

    fn gather(&self, inline: &[IdentityPolicy], policies: &Policies, found: &mut Vec<IdentityPolicy>) {
        found.extend_from_slice(inline);
        found.extend(policies.attached.iter().filter_map(|arn| self.in_force(arn)).cloned());
    }

    /// The version in force of a managed policy, ours or one of AWS's.
    pub(crate) fn in_force(&self, arn: &str) -> Option<&IdentityPolicy> {
        match self.policies_by_arn.get(arn) {
            Some(policy) => Some(&policy.in_force),
            None => aws_managed::find(arn),
        }
    }

    /// The permissions boundary of a caller. One that cannot be found allows nothing.
    pub(crate) fn boundary(&self, caller: &Caller) -> Option<&IdentityPolicy> {
        let arn: &str = match caller.kind() {
            CallerKind::Root | CallerKind::FederatedUser(None) => None,
            CallerKind::User(id) | CallerKind::FederatedUser(Some(id)) => {
                self.user_with(id)?.record.boundary.as_deref()
            }
            CallerKind::RoleSession(id) => self.role_with(id)?.record.boundary.as_deref(),
        }?;
        match self.in_force(arn) {
            Some(policy) => Some(policy),
            None => aws_managed::nothing(),
        }
    }

    /// Whether the caller is still who it was: the account is there, and the user or role with its unique id.
    pub(crate) fn knows_caller(&self, caller: &Caller) -> bool {
        let known = match caller.kind() {
            CallerKind::Root | CallerKind::FederatedUser(None) => true,
            CallerKind::User(id) | CallerKind::FederatedUser(Some(id)) => self.user_with(id).is_some(),
            CallerKind::RoleSession(id) => self.role_with(id).is_some(),
        };
        known && self.roots.contains_key(caller.account())
    }

    /// Whether a caller's ARN is the one that it has now. Users can be renamed, roles cannot.
    pub(crate) fn names(&self, caller: &Caller) -> bool {
        match caller.kind() {
            CallerKind::User(id) => self.user_with(id).is_some_and(|user| user.arn() == caller.arn()),
            _ => true,
        }
    }

    /// The tags of the user or role.
    pub(crate) fn tags(&self, caller: &Caller) -> Option<&Pairs> {
        match caller.kind() {
            CallerKind::Root | CallerKind::FederatedUser(_) => None,
            CallerKind::User(id) => Some(&self.user_with(id)?.record.tags),
            CallerKind::RoleSession(id) => Some(&self.role_with(id)?.record.tags),
        }
    }

    /// Takes an account in.
    pub(crate) fn put_account(&mut self, account: &AccountId) {
        self.roots.insert(account.clone(), Arc::new(Caller::root(account.clone())));
    }

    pub(crate) fn delete_account(&mut self, account: &AccountId, revision: Revision) {
        self.roots.remove(account);
        self.changed.insert(account.clone(), revision);
    }

    /// Takes one record in.
    pub(crate) fn put(
        &mut self,
        place: IamPlace,
        value: &Value,
        revision: Revision,
    ) -> Result<(), RecordError> {
        self.delete(place.clone(), revision);
        let at = (place.account, place.name);
        match place.kind {
            IamKind::User => {
                let user = UserEntry::new(&at.0, at.1.clone(), Record::decode(value)?, revision)?;
                let user = Arc::new(user);
                self.by_unique_id.insert(user.unique_id.clone(), Named::User(user.clone()));
                self.users.insert(at, user);
            }
            IamKind::Group => {
                let group = GroupEntry::new(at.0.clone(), at.1.clone(), Record::decode(value)?, revision)?;
                self.groups.insert(at, Arc::new(group));
            }
            IamKind::Role => {
                let role = RoleEntry::new(at.0.clone(), at.1.clone(), Record::decode(value)?, revision)?;
                let role = Arc::new(role);
                self.by_unique_id.insert(role.unique_id.clone(), Named::Role(role.clone()));
                self.roles.insert(at, role);
            }
            IamKind::Policy => {
                let policy = ManagedPolicyEntry::new(&at.0, at.1.clone(), Record::decode(value)?, revision)?;
                let policy = Arc::new(policy);
                self.policies_by_arn.insert(policy.arn().clone(), policy.clone());
                self.policies.insert(at, policy);
            }
            IamKind::Provider => {
                let record = Record::decode(value)?;
                let provider = ProviderEntry { account: at.0.clone(), record, revision };
                self.providers.insert(at, Arc::new(provider));
            }
        }
        Ok(())
    }

    pub(crate) fn delete(&mut self, place: IamPlace, revision: Revision) {
        self.changed.insert(place.account.clone(), revision);
        let at = (place.account, place.name);
        match place.kind {
            IamKind::User => {
                if let Some(user) = self.users.remove(&at) {
                    self.by_unique_id.remove(&user.unique_id);
                }
            }
            IamKind::Role => {
                if let Some(role) = self.roles.remove(&at) {
                    self.by_unique_id.remove(&role.unique_id);
                }
            }
            IamKind::Policy => {
                if let Some(policy) = self.policies.remove(&at) {
                    self.policies_by_arn.remove(policy.arn());
                }
            }
            IamKind::Group => drop(self.groups.remove(&at)),
            IamKind::Provider => drop(self.providers.remove(&at)),
        }
    }

    /// Every access key of every account.
    pub(crate) fn all_access_keys(&self) -> impl Iterator<Item = &Arc<AccessKeyEntry>> {
        self.access_keys.values()
    }

    pub(crate) fn put_access_key(
        &mut self,
        id: String,
        record: AccessKeyRecord,
        revision: Revision,
    ) -> Result<(), RecordError> {
        let entry = AccessKeyEntry::new(id.clone(), record, revision)?;
        if self.access_keys.get(&id).is_some_and(|known| known.is_same_key(&entry)) {
            // Wrapped anew: nobody's authority changes.
            self.access_keys.insert(id, Arc::new(entry));
            return Ok(());
        }
        self.delete_access_key(&id, revision);
        self.changed.insert(entry.account.clone(), revision);
        self.keys_of.insert((entry.account.clone(), entry.user().map(str::to_owned), id.clone()));
        self.access_keys.insert(id, Arc::new(entry));
        Ok(())
    }

    pub(crate) fn delete_access_key(&mut self, id: &str, revision: Revision) {
        if let Some(entry) = self.access_keys.remove(id) {
            self.changed.insert(entry.account.clone(), revision);
            self.keys_of.remove(&(entry.account.clone(), entry.user().map(str::to_owned), id.to_owned()));
        }
    }
}
