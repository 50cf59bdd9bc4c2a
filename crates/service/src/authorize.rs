//! May this caller do this? The only maker of [`Authorized`].

use crate::call::Call;
use crate::fault::Fault;
use crate::locate::Located;
use crate::state::KeyEntry;
use std::sync::Arc;
use strongroom_policy::{AccountQuestion, Decision, Evidence, Question};
use strongroom_types::{AliasArn, KeyArn};

/// Proof that policy allows an action on a key, decided on the call's snapshot.
#[derive(Debug)]
pub(crate) struct Authorized {
    key: Arc<KeyEntry>,
}

impl Authorized {
    pub(crate) fn key(&self) -> &Arc<KeyEntry> {
        &self.key
    }

    pub(crate) fn arn(&self) -> &KeyArn {
        &self.key.arn
    }
}

/// Proof that policy allows an action on the account.
#[derive(Debug)]
pub(crate) struct AuthorizedAccount(());

/// Proof that policy allows an action on an alias.
#[derive(Debug)]
pub(crate) struct AuthorizedAlias(());

impl Call<'_> {
    /// Key policy with delegation to the account.
    pub(crate) fn authorize(&self, located: Located, action: &str) -> Result<Authorized, Fault> {
        let key = located.into_key();
        let question = Question { principal: self.principal(), action, key: &key.arn };
        let decision = strongroom_policy::decide(&question, &Evidence { key_policy: &key.policy });
        let mut notes = self.notes();
        notes.resources.push(key.arn_text().to_owned());
        notes.keys.push(key.clone());
        match decision {
            Decision::Allowed(_) => Ok(Authorized { key }),
            Decision::Denied(denial) => Err(Fault::Denied(denial.message(&question))),
        }
    }

    /// The same for a key that a blob names: unknown and not permitted look alike, so that nobody learns which
    /// keys exist.
    pub(crate) fn authorize_blob(&self, located: Option<Located>, action: &str) -> Result<Authorized, Fault> {
        let unseen = || {
            Fault::Denied(
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                 or you are not allowed to access."
                    .to_owned(),
            )
        };
        self.authorize(located.ok_or_else(unseen)?, action).map_err(|_| unseen())
    }

    /// Operations without a key: identity policies only.
    pub(crate) fn authorize_account(&self, action: &str) -> Result<AuthorizedAccount, Fault> {
        self.identity_allows(action, "*").map(AuthorizedAccount)
    }

    /// Aliases have no policy of their own: identity policies only.
    pub(crate) fn authorize_alias(&self, alias: &AliasArn, action: &str) -> Result<AuthorizedAlias, Fault> {
        self.notes().resources.push(alias.to_string());
        self.identity_allows(action, &alias.to_string()).map(AuthorizedAlias)
    }

    fn identity_allows(&self, action: &str, resource: &str) -> Result<(), Fault> {
        let question = AccountQuestion { principal: self.principal(), action, account: self.account() };
        match strongroom_policy::decide_account(&question) {
            Decision::Allowed(_) => Ok(()),
            Decision::Denied(_) => Err(Fault::Denied(format!(
                "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based \
                 policy allows the {action} action",
                self.principal()
            ))),
        }
    }
}
