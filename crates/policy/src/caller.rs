//! Who calls, and by which principals of policies and grants a caller is meant.

use strongroom_types::{AccountId, PrincipalArn, UniqueId};

/// A caller with everything about it that does not change while its credentials live. Made once for an access
/// key or a session; every part agrees with the others by construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    arn: PrincipalArn,
    arn_text: Box<str>,
    principal_text: Box<str>,
    user_id: Box<str>,
    kind: CallerKind,
}

/// The kinds of callers, each with the unique ids it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// The root of an account.
    Root,
    /// A user, with its long-term keys or with a session of its own (GetSessionToken).
    User(UniqueId),
    /// A session of the role with this unique id.
    RoleSession(UniqueId),
    /// A federated user (GetFederationToken) of the user with this unique id, or of the root.
    FederatedUser(Option<UniqueId>),
}

/// How a principal element means a caller; the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Match {
    /// The caller itself: a user, one session, the root.
    Itself,
    /// What the caller was made from: the role of a session, the user of a federated user.
    Issuer,
    /// Everybody.
    Anyone,
    /// The caller's account: an allow needs the caller's identity policies to agree.
    Account,
}

/// A principal bound to what stays the same when its name is used again (contract section 4.9). Also the key
/// under which a service indexes grants by grantee: see [`Caller::index_keys`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundPrincipal {
    /// An account, which stands for its root and for everybody whom the account's identity policies allow.
    Account(AccountId),
    /// The user with this unique id.
    User(UniqueId),
    /// Every session of the role with this unique id.
    Role(UniqueId),
    /// One session of a role.
    Session {
        /// The role's unique id.
        role: UniqueId,
        /// The session's name.
        session: Box<str>,
    },
    /// A federated user by account and name.
    FederatedUser(AccountId, Box<str>),
    /// A service by its name, `x.amazonaws.com`. It never calls as a person.
    Service(Box<str>),
}

impl BoundPrincipal {
    /// Binds an ARN to what it stands for now. `unique_id` finds the id of a user, of a role, and of the role of
    /// an assumed-role session; it is not asked for accounts and federated users.
    pub fn bind(
        arn: &PrincipalArn,
        unique_id: impl FnOnce(&PrincipalArn) -> Option<UniqueId>,
    ) -> Option<Self> {
        Some(match arn {
            PrincipalArn::Root(account) => Self::Account(account.clone()),
            PrincipalArn::User(..) => Self::User(unique_id(arn)?),
            PrincipalArn::Role(..) => Self::Role(unique_id(arn)?),
            PrincipalArn::AssumedRole { session, .. } => {
                Self::Session { role: unique_id(arn)?, session: session.clone() }
            }
            PrincipalArn::FederatedUser(account, name) => Self::FederatedUser(account.clone(), name.clone()),
        })
    }
}

impl Caller {
    /// The root of an account.
    pub fn root(account: AccountId) -> Self {
        let user_id = account.as_str().into();
        Self::new(PrincipalArn::Root(account), user_id, CallerKind::Root)
    }

    /// A user by its path and name.
    pub fn user(account: AccountId, path_and_name: &str, id: UniqueId) -> Self {
        let user_id = id.as_str().into();
        Self::new(PrincipalArn::User(account, path_and_name.into()), user_id, CallerKind::User(id))
    }

    /// A session of a role; the role by its path and name.
    pub fn role_session(account: AccountId, role_path_and_name: &str, role: UniqueId, session: &str) -> Self {
        let name = role_path_and_name.rsplit('/').next().unwrap_or_default();
        let arn = PrincipalArn::AssumedRole {
            account: account.clone(),
            role: name.into(),
            session: session.into(),
        };
        let principal_text = PrincipalArn::Role(account, role_path_and_name.into()).to_string().into();
        let user_id = format!("{role}:{session}").into();
        let arn_text = arn.to_string().into();
        Self { arn, arn_text, principal_text, user_id, kind: CallerKind::RoleSession(role) }
    }

    /// A federated user, made by the user with this unique id or, without one, by the root.
    pub fn federated_user(account: AccountId, name: &str, by: Option<UniqueId>) -> Self {
        let user_id = format!("{account}:{name}").into();
        Self::new(PrincipalArn::FederatedUser(account, name.into()), user_id, CallerKind::FederatedUser(by))
    }

    fn new(arn: PrincipalArn, user_id: Box<str>, kind: CallerKind) -> Self {
        let arn_text: Box<str> = arn.to_string().into();
        Self { arn, principal_text: arn_text.clone(), arn_text, user_id, kind }
    }

    /// The principal that messages and audit records show: for a session its own ARN.
    pub fn arn(&self) -> &PrincipalArn {
        &self.arn
    }

    /// The same as text.
    pub fn arn_text(&self) -> &str {
        &self.arn_text
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        self.arn.account()
    }

    /// The kind, with its unique id.
    pub fn kind(&self) -> &CallerKind {
        &self.kind
    }

    /// `aws:PrincipalArn`: for a session of a role the role's ARN (contract section 6.2).
    pub fn principal_arn(&self) -> &str {
        &self.principal_text
    }

    /// `aws:userid`: `AIDA…`, `AROA…:session`, the account id, or `account:name`.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// `aws:username`: users only.
    pub fn username(&self) -> Option<&str> {
        matches!(self.kind, CallerKind::User(_)).then(|| self.arn.name()).flatten()
    }

    /// `aws:PrincipalType`.
    pub fn principal_type(&self) -> &'static str {
        match self.kind {
            CallerKind::Root => "Account",
            CallerKind::User(_) => "User",
            CallerKind::RoleSession(_) => "AssumedRole",
            CallerKind::FederatedUser(_) => "FederatedUser",
        }
    }

    /// Whether the caller's own account gives it everything: the root, and whom the root federated.
    pub(crate) fn has_all_identity_permissions(&self) -> bool {
        matches!(self.kind, CallerKind::Root | CallerKind::FederatedUser(None))
    }

    /// Whether and how a principal means this caller.
    pub fn matched_by(&self, principal: &BoundPrincipal) -> Option<Match> {
        use BoundPrincipal as P;
        use CallerKind as K;
        let found = match (principal, &self.kind) {
            (P::Account(account), kind) if account == self.account() => {
                if *kind == K::Root {
                    Match::Itself
                } else {
                    Match::Account
                }
            }
            (P::User(named), K::User(id)) if named == id => Match::Itself,
            (P::User(named), K::FederatedUser(Some(id))) if named == id => Match::Issuer,
            (P::Role(named), K::RoleSession(id)) if named == id => Match::Issuer,
            (P::Session { role, session }, K::RoleSession(id))
                if role == id && Some(&**session) == self.arn.name() =>
            {
                Match::Itself
            }
            (P::FederatedUser(account, name), K::FederatedUser(_))
                if account == self.account() && Some(&**name) == self.arn.name() =>
            {
                Match::Itself
            }
            _ => return None,
        };
        Some(found)
    }

    /// Every principal that means this caller, at most three, the narrowest first: under these a grant for the
    /// caller is found in an index by grantee, however many other grants a key has.
    pub fn index_keys(&self) -> Vec<BoundPrincipal> {
        let name: Box<str> = self.arn.name().unwrap_or_default().into();
        let account = self.account().clone();
        let mut keys = match &self.kind {
            CallerKind::Root => Vec::new(),
            CallerKind::User(id) => vec![BoundPrincipal::User(id.clone())],
            CallerKind::RoleSession(role) => vec![
                BoundPrincipal::Session { role: role.clone(), session: name },
                BoundPrincipal::Role(role.clone()),
            ],
            CallerKind::FederatedUser(by) => {
                let mut keys = vec![BoundPrincipal::FederatedUser(account.clone(), name)];
                keys.extend(by.clone().map(BoundPrincipal::User));
                keys
            }
        };
        keys.push(BoundPrincipal::Account(account));
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        AccountId::parse("111122223333").unwrap()
    }

    fn id(text: &str) -> UniqueId {
        UniqueId::parse(text).unwrap()
    }

    fn callers() -> Vec<Caller> {
        vec![
            Caller::root(account()),
            Caller::user(account(), "team/alice", id("AIDAALICEALICE")),
            Caller::role_session(account(), "svc/r", id("AROAROLEROLE"), "s"),
            Caller::federated_user(account(), "f", Some(id("AIDAALICEALICE"))),
            Caller::federated_user(account(), "g", None),
        ]
    }

    #[test]
    fn context_values_of_each_kind() {
        let shown: Vec<_> = callers()
            .iter()
            .map(|c| {
                format!(
                    "{} {} {} {:?} {}",
                    c.arn(),
                    c.principal_arn(),
                    c.user_id(),
                    c.username(),
                    c.principal_type()
                )
            })
            .collect();
        let (iam, sts) = ("arn:aws:iam::111122223333:", "arn:aws:sts::111122223333:");
        assert_eq!(
            shown,
            [
                format!("{iam}root {iam}root 111122223333 None Account"),
                format!("{iam}user/team/alice {iam}user/team/alice AIDAALICEALICE Some(\"alice\") User"),
                format!("{sts}assumed-role/r/s {iam}role/svc/r AROAROLEROLE:s None AssumedRole"),
                format!("{sts}federated-user/f {sts}federated-user/f 111122223333:f None FederatedUser"),
                format!("{sts}federated-user/g {sts}federated-user/g 111122223333:g None FederatedUser"),
            ]
        );
        assert!(callers().iter().all(|caller| caller.arn_text() == caller.arn().to_string()));
    }

    #[test]
    fn index_keys_are_exactly_the_principals_that_match() {
        let principals: std::collections::BTreeSet<_> =
            callers().iter().flat_map(Caller::index_keys).collect();
        assert_eq!(principals.len(), 6);
        for caller in callers() {
            for principal in &principals {
                let indexed = caller.index_keys().contains(principal);
                assert_eq!(caller.matched_by(principal).is_some(), indexed, "{caller:?} {principal:?}");
            }
        }
    }

    #[test]
    fn other_account_other_id_other_session_and_service_do_not_match() {
        let other = AccountId::parse("444455556666").unwrap();
        for caller in callers() {
            for principal in [
                BoundPrincipal::Account(other.clone()),
                BoundPrincipal::User(id("AIDARECREATED")),
                BoundPrincipal::Role(id("AROARECREATED")),
                BoundPrincipal::Session { role: id("AROAROLEROLE"), session: "t".into() },
                BoundPrincipal::Session { role: id("AROARECREATED"), session: "s".into() },
                BoundPrincipal::FederatedUser(other.clone(), "f".into()),
                BoundPrincipal::FederatedUser(account(), "h".into()),
                BoundPrincipal::Service("kms.amazonaws.com".into()),
            ] {
                assert_eq!(caller.matched_by(&principal), None, "{caller:?} {principal:?}");
            }
        }
    }
}
