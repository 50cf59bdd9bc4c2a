//! The elements `Principal` and `NotPrincipal`: whom a statement is about.

use crate::caller::{BoundPrincipal, Caller, Match};
use crate::document::Resolver;
use crate::json::{Json, Members, texts};
use crate::request::Subject;
use crate::{Bindings, Effect, PolicyError};
use strongroom_types::{AccountId, PrincipalArn, UniqueId};

/// One principal of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// `*`: every authenticated principal of any account.
    Anyone,
    /// A principal of ours, or a service.
    Bound(BoundPrincipal),
    /// An identity provider, as trust policies name it.
    Federated(Box<str>),
}

/// Whom a statement is about.
#[derive(Clone, Debug)]
pub(crate) enum Principals {
    /// An identity policy: whomever it is attached to.
    Attached,
    Only(Vec<Principal>),
    AllBut(Vec<Principal>),
}

impl Principal {
    fn covers(&self, subject: Subject<'_>) -> Option<Match> {
        match (self, subject) {
            (Self::Anyone, _) => Some(Match::Anyone),
            (Self::Bound(bound), Subject::Caller(caller)) => caller.matched_by(bound),
            (Self::Federated(named), Subject::WebIdentity(provider)) if **named == *provider => {
                Some(Match::Itself)
            }
            (Self::Bound(_) | Self::Federated(_), _) => None,
        }
    }
}

impl Principals {
    /// Whether and how the element means somebody; the strongest way if there are several.
    ///
    /// `NotPrincipal` in a Deny spares only whom it lists wholly: a user with its account, a session with its role
    /// and its account (contract section 6.3). In an Allow it lets in only whom it lists in no way.
    pub(crate) fn cover(&self, subject: Subject<'_>, effect: Effect) -> Option<Match> {
        match self {
            Self::Attached => Some(Match::Itself),
            Self::Only(listed) => listed.iter().filter_map(|principal| principal.covers(subject)).min(),
            Self::AllBut(listed) => {
                let spared = match effect {
                    Effect::Deny => lists_wholly(listed, subject),
                    Effect::Allow => listed.iter().any(|principal| principal.covers(subject).is_some()),
                };
                (!spared).then_some(Match::Anyone)
            }
        }
    }

    /// Every principal that is listed.
    pub(crate) fn listed(&self) -> &[Principal] {
        match self {
            Self::Attached => &[],
            Self::Only(listed) | Self::AllBut(listed) => listed,
        }
    }
}

fn lists_wholly(listed: &[Principal], subject: Subject<'_>) -> bool {
    let lists = |bound: BoundPrincipal| listed.contains(&Principal::Bound(bound));
    listed.contains(&Principal::Anyone)
        || match subject {
            Subject::Caller(caller) => Caller::index_keys(caller).into_iter().all(lists),
            Subject::WebIdentity(_) => listed.iter().any(|principal| principal.covers(subject).is_some()),
        }
}

/// Reads principals, binds them, and remembers what it bound.
pub(crate) struct Reader<'a> {
    pub(crate) resolver: &'a dyn Resolver,
    pub(crate) bindings: Bindings,
}

impl Reader<'_> {
    /// Reads the element: `"*"`, or an object of kinds.
    pub(crate) fn read(&mut self, json: &Json) -> Result<Vec<Principal>, PolicyError> {
        match json {
            Json::Text(text) if text == "*" => Ok(vec![Principal::Anyone]),
            Json::Object(members) => self.read_members(members),
            _ => Err(PolicyError::InvalidPrincipal),
        }
    }

    fn read_members(&mut self, members: &Members) -> Result<Vec<Principal>, PolicyError> {
        let mut principals = Vec::new();
        for (kind, value) in members {
            if kind == "CanonicalUser" {
                return Err(PolicyError::Unsupported(format!("a '{kind}' principal")));
            }
            for name in texts("Principal", value)? {
                principals.push(match kind.as_str() {
                    "AWS" => self.read_name(name)?,
                    "Service" if is_service(name) => Principal::Bound(BoundPrincipal::Service(name.into())),
                    "Federated" if is_provider(name) => Principal::Federated(name.into()),
                    _ => return Err(PolicyError::InvalidPrincipal),
                });
            }
        }
        if principals.is_empty() { Err(PolicyError::InvalidPrincipal) } else { Ok(principals) }
    }

    fn read_name(&mut self, name: &str) -> Result<Principal, PolicyError> {
        if name == "*" {
            return Ok(Principal::Anyone);
        }
        if let Ok(account) = AccountId::parse(name) {
            return Ok(Principal::Bound(BoundPrincipal::Account(account)));
        }
        if let Ok(id) = UniqueId::parse(name) {
            return self.read_unique_id(id);
        }
        let arn = PrincipalArn::parse(name).map_err(|_| PolicyError::InvalidPrincipal)?;
        let bindings = &mut self.bindings;
        let bound = BoundPrincipal::bind(&arn, |arn| {
            let id = self.resolver.unique_id(arn)?;
            bindings.arns.insert(arn.clone(), id.clone());
            Some(id)
        });
        bound.map(Principal::Bound).ok_or(PolicyError::InvalidPrincipal)
    }

    /// Answers show a principal that was deleted by its unique id; the resolver says whether it may be put back.
    fn read_unique_id(&mut self, id: UniqueId) -> Result<Principal, PolicyError> {
        if !self.resolver.knows(&id) {
            return Err(PolicyError::InvalidPrincipal);
        }
        self.bindings.ids.insert(id.clone());
        match (id.is_user(), id.is_role()) {
            (true, _) => Ok(Principal::Bound(BoundPrincipal::User(id))),
            (_, true) => Ok(Principal::Bound(BoundPrincipal::Role(id))),
            _ => Err(PolicyError::InvalidPrincipal),
        }
    }
}

fn is_service(name: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    name.contains('.') && name.bytes().all(valid)
}

fn is_provider(name: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_graphic() && !b"*?".contains(&byte);
    !name.is_empty() && name.len() <= 2_048 && name.bytes().all(valid)
}
