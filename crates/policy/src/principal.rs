//! The `Principal` element: whom a statement is about.

use crate::PolicyError;
use crate::json::{Json, Members};
use crate::statement::texts;
use strongroom_types::{AccountId, PrincipalArn};

/// One principal of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// `*`: every authenticated principal of any account.
    Anyone,
    /// A user by its ARN, or an account by its root ARN or its id. An account stands for everybody in it.
    Named(PrincipalArn),
}

/// How a statement's principals meet a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// The caller itself is named. The root of an account is named by its account.
    Direct,
    /// The caller's account is named: an allow needs the caller's identity policies to agree.
    Account,
}

impl Principal {
    /// Whether and how this principal covers the caller.
    pub(crate) fn covers(&self, caller: &PrincipalArn) -> Option<Match> {
        match self {
            Self::Anyone => Some(Match::Direct),
            Self::Named(named) if named == caller => Some(Match::Direct),
            Self::Named(PrincipalArn::Root(account)) if account == caller.account() => Some(Match::Account),
            Self::Named(_) => None,
        }
    }
}

/// Reads the element: `"*"`, or an object whose only member is `AWS`.
pub(crate) fn read(json: &Json) -> Result<Vec<Principal>, PolicyError> {
    match json {
        Json::Text(text) if text == "*" => Ok(vec![Principal::Anyone]),
        Json::Object(members) => read_members(members),
        _ => Err(PolicyError::InvalidPrincipal),
    }
}

fn read_members(members: &Members) -> Result<Vec<Principal>, PolicyError> {
    let mut principals = Vec::new();
    for (kind, value) in members {
        match kind.as_str() {
            "AWS" => {
                let names = texts("Principal", value)?;
                for name in names {
                    principals.push(read_name(name)?);
                }
            }
            "Service" | "Federated" | "CanonicalUser" => {
                return Err(PolicyError::Unsupported(format!("a '{kind}' principal")));
            }
            _ => return Err(PolicyError::InvalidPrincipal),
        }
    }
    if principals.is_empty() { Err(PolicyError::InvalidPrincipal) } else { Ok(principals) }
}

fn read_name(name: &str) -> Result<Principal, PolicyError> {
    if name == "*" {
        return Ok(Principal::Anyone);
    }
    if let Ok(account) = AccountId::parse(name) {
        return Ok(Principal::Named(PrincipalArn::Root(account)));
    }
    if let Ok(arn) = PrincipalArn::parse(name) {
        return Ok(Principal::Named(arn));
    }
    Err(later_kind(name).unwrap_or(PolicyError::InvalidPrincipal))
}

/// Well-formed principals of kinds that do not exist here yet, so that the refusal says what is missing.
fn later_kind(name: &str) -> Option<PolicyError> {
    let rest = name.strip_prefix("arn:aws:")?;
    let (service, rest) = rest.split_once("::")?;
    let (account, resource) = rest.split_once(':')?;
    AccountId::parse(account).ok()?;
    let (kind, _) = resource.split_once('/')?;
    match (service, kind) {
        ("iam", "role") | ("sts", "assumed-role" | "federated-user") => {
            Some(PolicyError::Unsupported(format!("a '{kind}' principal")))
        }
        _ => None,
    }
}
