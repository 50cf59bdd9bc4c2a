//! A key policy: the statements of one document, compiled for the account that owns the key.

use crate::PolicyError;
use crate::json::{self, Json, Members, member};
use crate::pattern::Pattern;
use crate::principal::Principal;
use crate::statement::{Effect, Selector, Statement, text};
use std::sync::Arc;
use strongroom_types::{AccountId, PrincipalArn};

/// A compiled key policy. It keeps nothing of the text it was read from.
#[derive(Clone, Debug)]
pub struct KeyPolicy {
    pub(crate) account: AccountId,
    pub(crate) statements: Vec<Statement>,
}

impl KeyPolicy {
    /// Reads a document for a key of `key_account` (contract sections 4.9 and 6.3).
    ///
    /// The caller checks the size (32,768 bytes) before, and afterwards that [`KeyPolicy::principals`] exist
    /// and [`crate::allows_put_key_policy`]. Every error is a MalformedPolicyDocumentException.
    pub fn parse(text: &str, key_account: &AccountId) -> Result<Self, PolicyError> {
        let Json::Object(members) = json::read(text)? else {
            return Err(PolicyError::InvalidJson);
        };
        check_head(&members)?;
        let statements = match member(&members, "Statement") {
            None => return Err(PolicyError::MissingElement("Statement")),
            Some(Json::List(items)) if items.is_empty() => {
                return Err(PolicyError::MissingElement("Statement"));
            }
            Some(Json::List(items)) => {
                items.iter().map(Statement::read).collect::<Result<Vec<_>, PolicyError>>()?
            }
            Some(other) => vec![Statement::read(other)?],
        };
        Ok(Self { account: key_account.clone(), statements })
    }

    /// The policy of a key that was created without one: the account's root, and through it the account's
    /// identity policies, may do everything. Equal to reading [`crate::default_policy_text`].
    pub fn default_for(account: &AccountId) -> Self {
        let statement = Statement {
            sid: Some(Arc::from("Enable IAM User Permissions")),
            effect: Effect::Allow,
            principals: vec![Principal::Named(PrincipalArn::Root(account.clone()))],
            actions: Some(Selector::Only(vec![Pattern::any_case("kms:*")])),
            resources: Some(Selector::Only(vec![Pattern::exact_case("*")])),
        };
        Self { account: account.clone(), statements: vec![statement] }
    }

    /// Every principal that is named, so that the service can check that it exists: users by their ARN, and
    /// accounts (whichever way they were written) as [`PrincipalArn::Root`]. `*` names nobody.
    pub fn principals(&self) -> impl Iterator<Item = &PrincipalArn> {
        self.statements.iter().flat_map(|statement| statement.principals.iter()).filter_map(|principal| {
            match principal {
                Principal::Named(arn) => Some(arn),
                Principal::Anyone => None,
            }
        })
    }
}

/// `Version`, `Id` and the names of the top-level elements. Without a version a document has the older one;
/// the two differ in variables only, which are refused in both.
fn check_head(members: &Members) -> Result<(), PolicyError> {
    for (name, value) in members {
        match name.as_str() {
            "Version" if !["2012-10-17", "2008-10-17"].contains(&text("Version", value)?) => {
                return Err(PolicyError::UnknownVersion);
            }
            "Id" => {
                text("Id", value)?;
            }
            "Version" | "Statement" => {}
            _ => return Err(PolicyError::UnknownElement(name.clone())),
        }
    }
    Ok(())
}
