//! Tests of documents, conditions, each rule of the decision, grants, explanations, and equality with the oracle.

mod brought;
mod conditions;
mod documents;
mod equals_oracle;
mod explanations;
mod explanations_of_grants;
mod explanations_of_roles;
mod grants;
mod keys;
mod owned;
mod rules;
mod total;
mod trust;
mod warnings;

use crate::{
    Bindings, BoundPrincipal, Caller, Context, Decision, Document, DocumentKind, Evidence, IdentityPolicy,
    Question, Resolver, Resource, decide,
};
use std::sync::Arc;
use strongroom_types::{AccountId, KeyArn, PrincipalArn, UniqueId};

pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(crate) const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const BOB: &str = "arn:aws:iam::111122223333:user/team/bob";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/svc/r";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/r/s";
pub(crate) const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/f";
pub(crate) const OTHER_ROOT: &str = "arn:aws:iam::444455556666:root";
pub(crate) const OTHER_USER: &str = "arn:aws:iam::444455556666:user/alice";

/// Everybody who exists: users and roles have ids made of account and name.
pub(crate) struct World;

impl Resolver for World {
    fn unique_id(&self, arn: &PrincipalArn) -> Option<UniqueId> {
        let (prefix, name) = match arn {
            PrincipalArn::User(_, name) => ("AIDA", name.rsplit('/').next()?),
            PrincipalArn::Role(_, name) => ("AROA", name.rsplit('/').next()?),
            PrincipalArn::AssumedRole { role, .. } => ("AROA", &**role),
            PrincipalArn::Root(_) | PrincipalArn::FederatedUser(..) => return None,
        };
        (name != "nobody").then(|| id(&format!("{prefix}{}{name}", arn.account())))
    }

    fn knows(&self, id: &UniqueId) -> bool {
        !id.as_str().ends_with("unknown")
    }
}

pub(crate) fn id(text: &str) -> UniqueId {
    UniqueId::parse(text).unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

pub(crate) fn key() -> KeyArn {
    KeyArn::parse(KEY).unwrap()
}

/// The caller of that ARN; the federated user was made by Alice.
pub(crate) fn caller(arn: &str) -> Caller {
    let arn = PrincipalArn::parse(arn).unwrap();
    let account = arn.account().clone();
    match &arn {
        PrincipalArn::Root(_) => Caller::root(account),
        PrincipalArn::User(_, name) => Caller::user(account, name, World.unique_id(&arn).unwrap()),
        PrincipalArn::AssumedRole { role, session, .. } => {
            Caller::role_session(account, &format!("svc/{role}"), World.unique_id(&arn).unwrap(), session)
        }
        PrincipalArn::FederatedUser(_, name) => {
            Caller::federated_user(account.clone(), name, Some(id(&format!("AIDA{account}alice"))))
        }
        PrincipalArn::Role(..) => panic!("a role does not call"),
    }
}

pub(crate) fn bound(arn: &str) -> BoundPrincipal {
    BoundPrincipal::bind(&PrincipalArn::parse(arn).unwrap(), |arn| World.unique_id(arn)).unwrap()
}

/// A document with these statements, each given as its members without braces.
pub(crate) fn document(statements: &[&str]) -> String {
    let statements: Vec<String> = statements.iter().map(|members| format!("{{{members}}}")).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

pub(crate) fn key_policy(statements: &[&str]) -> Document {
    Document::parse(DocumentKind::KeyPolicy, &document(statements), &World).unwrap()
}

/// An identity policy, boundary or session policy.
pub(crate) fn identity(statements: &[&str]) -> Arc<Document> {
    let nobody = Bindings::default();
    Arc::new(Document::parse(DocumentKind::Identity, &document(statements), &nobody).unwrap())
}

/// The members of a statement of a key policy about this principal.
pub(crate) fn about(effect: &str, principal: &str, action: &str) -> String {
    format!(r#""Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":"*""#)
}

/// The members of a statement of an identity policy.
pub(crate) fn attached(effect: &str, action: &str) -> String {
    format!(r#""Effect":"{effect}","Action":"{action}","Resource":"*""#)
}

/// A named identity policy of one statement.
pub(crate) fn named(effect: &str, action: &str) -> IdentityPolicy {
    IdentityPolicy { name: Arc::from("p"), document: identity(&[&attached(effect, action)]) }
}

/// Decides about the key.
pub(crate) fn ask(
    caller_arn: &str,
    action: &str,
    context: &Context<'_>,
    evidence: &Evidence<'_>,
) -> Decision {
    let (caller, key) = (caller(caller_arn), key());
    decide(
        &Question { caller: &caller, action: action.into(), resource: Resource::Key(&key), context },
        evidence,
    )
}
