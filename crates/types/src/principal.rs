//! ARNs of principals: who calls, and whom a policy names (IAM user guide, "IAM identifiers").

use crate::{AccountId, PARTITION, ParseError};
use std::fmt;

/// The most bytes of a path with its name.
const NAME_BYTES_MAX: usize = 576;

/// The ARN of a principal. A role itself never calls: its sessions do ([`PrincipalArn::AssumedRole`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalArn {
    /// `arn:aws:iam::ACCOUNT:root`.
    Root(AccountId),
    /// `arn:aws:iam::ACCOUNT:user/PATH-AND-NAME`.
    User(AccountId, Box<str>),
    /// `arn:aws:iam::ACCOUNT:role/PATH-AND-NAME`.
    Role(AccountId, Box<str>),
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, the role by its name without path.
    AssumedRole {
        /// The account of the role.
        account: AccountId,
        /// The role's name, without its path.
        role: Box<str>,
        /// The session's name.
        session: Box<str>,
    },
    /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
    FederatedUser(AccountId, Box<str>),
}

impl PrincipalArn {
    /// Parses the ARN of a principal of any kind. Names have the characters of IAM (`a-zA-Z0-9_+=,.@-`), paths
    /// a `/` between their parts; wildcards are no names.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let parse = || {
            let rest = text.strip_prefix("arn:aws:")?;
            let (service, rest) = rest.split_once("::")?;
            let (account, resource) = rest.split_once(':')?;
            let account = AccountId::parse(account).ok()?;
            if (service, resource) == ("iam", "root") {
                return Some(Self::Root(account));
            }
            match (service, resource.split_once('/')?) {
                ("iam", ("user", name)) => Some(Self::User(account, path_and_name(name)?)),
                ("iam", ("role", name)) => Some(Self::Role(account, path_and_name(name)?)),
                ("sts", ("assumed-role", rest)) => {
                    let (role, session) = rest.split_once('/')?;
                    Some(Self::AssumedRole {
                        account,
                        role: plain_name(role)?,
                        session: plain_name(session)?,
                    })
                }
                ("sts", ("federated-user", name)) => {
                    Some(Self::FederatedUser(account, federated_name(name)?))
                }
                _ => None,
            }
        };
        parse().ok_or(ParseError::new("principal ARN"))
    }

    /// The account the principal belongs to.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Root(account)
            | Self::User(account, _)
            | Self::Role(account, _)
            | Self::AssumedRole { account, .. }
            | Self::FederatedUser(account, _) => account,
        }
    }

    /// The name without its path; the session's name for a session; absent for a root.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Root(_) => None,
            Self::User(_, name) | Self::Role(_, name) => name.rsplit('/').next(),
            Self::AssumedRole { session, .. } => Some(session),
            Self::FederatedUser(_, name) => Some(name),
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte)
}

fn path_and_name(text: &str) -> Option<Box<str>> {
    let valid = !text.is_empty()
        && text.len() <= NAME_BYTES_MAX
        && text.bytes().all(|byte| byte == b'/' || is_name_byte(byte))
        && !text.ends_with('/');
    valid.then(|| text.into())
}

fn plain_name(text: &str) -> Option<Box<str>> {
    (!text.is_empty() && text.len() <= 64 && text.bytes().all(is_name_byte)).then(|| text.into())
}

/// The root's federated users may have names with a colon.
fn federated_name(text: &str) -> Option<Box<str>> {
    let valid =
        !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte == b':' || is_name_byte(byte));
    valid.then(|| text.into())
}

impl fmt::Display for PrincipalArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(account) => write!(f, "arn:{PARTITION}:iam::{account}:root"),
            Self::User(account, name) => write!(f, "arn:{PARTITION}:iam::{account}:user/{name}"),
            Self::Role(account, name) => write!(f, "arn:{PARTITION}:iam::{account}:role/{name}"),
            Self::AssumedRole { account, role, session } => {
                write!(f, "arn:{PARTITION}:sts::{account}:assumed-role/{role}/{session}")
            }
            Self::FederatedUser(account, name) => {
                write!(f, "arn:{PARTITION}:sts::{account}:federated-user/{name}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn principal_arns_round_trip() {
        for (text, name) in [
            ("arn:aws:iam::111122223333:root", None),
            ("arn:aws:iam::111122223333:user/team/alice", Some("alice")),
            ("arn:aws:iam::111122223333:role/service/r", Some("r")),
            ("arn:aws:sts::111122223333:assumed-role/r/s@x", Some("s@x")),
            ("arn:aws:sts::111122223333:federated-user/f", Some("f")),
        ] {
            let arn = PrincipalArn::parse(text).unwrap();
            assert_eq!((arn.to_string().as_str(), arn.name()), (text, name));
            assert_eq!(arn.account().as_str(), "111122223333");
        }
    }

    #[test]
    fn principal_arns_that_are_none() {
        for text in [
            "",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user/a/",
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::111122223333:group/g",
            "arn:aws:sts::111122223333:role/r",
            "arn:aws:iam::111122223333:assumed-role/r/s",
            "arn:aws:sts::111122223333:assumed-role/r",
            "arn:aws:sts::111122223333:assumed-role/r/s/t",
            "arn:aws:sts::111122223333:federated-user/a/b",
            "arn:aws-cn:iam::111122223333:root",
            "arn:aws:iam:us-east-1:111122223333:root",
        ] {
            assert!(PrincipalArn::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn principal_parser_never_panics_and_round_trips(
            text in "(arn:aws:(iam|sts)::(111122223333)?:?(user/|role/|assumed-role/|federated-user/)?)?.{0,40}",
        ) {
            if let Ok(arn) = PrincipalArn::parse(&text) {
                prop_assert_eq!(arn.to_string(), text);
            }
        }
    }
}
