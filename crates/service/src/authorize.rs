//! May this caller do this? The only maker of [`Authorized`] and its kin (docs/order-of-checks.md, D5, D5a and E2).

use crate::call::{About, Call};
use crate::evidence::Asked;
use crate::fault::Fault;
use crate::kept::{DecidedBy, KeptQuestion};
use crate::locate::Located;
use crate::state::{GrantEntry, KeyEntry, Pairs, RoleEntry};
use std::sync::Arc;
use strongroom_policy::{
    Action, Decision, Denial, KeyFacts, Question, Reason, RequestFacts, Resource, Rule, decide_retire_grant,
    decide_trust, decide_with_grants,
};
use strongroom_types::{AliasArn, AliasName, KeyArn, PrincipalArn};

/// Proof that policy allows an action on a key, decided on the call's snapshot.
#[derive(Debug)]
pub(crate) struct Authorized {
    key: Arc<KeyEntry>,
    /// The grant that allowed it, if it was one.
    grant: Option<Arc<str>>,
}

impl Authorized {
    pub(crate) fn key(&self) -> &Arc<KeyEntry> {
        &self.key
    }

    pub(crate) fn into_key(self) -> Arc<KeyEntry> {
        self.key
    }

    pub(crate) fn arn(&self) -> &KeyArn {
        &self.key.arn
    }

    /// The id of the grant that the authority comes from, if it comes from one.
    pub(crate) fn grant(&self) -> Option<&Arc<str>> {
        self.grant.as_ref()
    }
}

/// Proof that policy allows an action on the account.
#[derive(Debug)]
pub(crate) struct AuthorizedAccount(());

/// Proof that policy allows an action on an alias.
#[derive(Debug)]
pub(crate) struct AuthorizedAlias(());

/// Proof that policy allows an action on something of IAM.
#[derive(Debug)]
pub(crate) struct AuthorizedResource(());

/// Proof that a role's trust policy allows an action on the role.
#[derive(Debug)]
pub(crate) struct AuthorizedRole(Arc<RoleEntry>);

impl AuthorizedRole {
    /// The role.
    pub(crate) fn into_role(self) -> Arc<RoleEntry> {
        self.0
    }
}

impl Call<'_> {
    /// By the key's policy and grants, and by identity policies where the key policy leaves it to them; for requests
    /// without parameters that condition keys read.
    pub(crate) fn authorize(
        &self,
        located: Located,
        action: impl Into<Action<'static>>,
    ) -> Result<Authorized, Fault> {
        self.authorize_request(located, action, RequestFacts::default())
    }

    /// The same with the request's parameters.
    pub(crate) fn authorize_request(
        &self,
        located: Located,
        action: impl Into<Action<'static>>,
        facts: RequestFacts<'_>,
    ) -> Result<Authorized, Fault> {
        let (key, alias) = located.into_parts();
        let alias = alias.as_ref().map(AliasName::as_str);
        self.note_key(&key);
        let reason = self.allowed(&Asked::about_key(action, &key, RequestFacts { alias, ..facts }))?;
        // Only who may use a key uses up what others may.
        let (quotas, service) = (self.service.quotas(), self.caller.service());
        quotas.admit_key(&key.arn, service, self.event_name, self.now)?;
        if let Some(store) = &key.store {
            quotas.admit_key_store(&store.place, service, self.event_name, self.now)?;
        }
        Ok(Authorized { key, grant: reason.grant })
    }

    /// Retiring a grant: mostly the grant itself says who may.
    pub(crate) fn authorize_retirement(
        &self,
        located: Located,
        action: impl Into<Action<'static>>,
        grant: &Arc<GrantEntry>,
        facts: RequestFacts<'_>,
    ) -> Result<Authorized, Fault> {
        let (key, _) = located.into_parts();
        self.note_key(&key);
        let asked = Asked::about_key(action, &key, facts);
        let decided = self.with_evidence(&asked, |question, evidence| {
            outcome(decide_retire_grant(question, evidence, &grant.grant), question)
        });
        if decided.is_err() {
            // What other grants give does not matter.
            let by = DecidedBy::Grant(grant.clone());
            let kept = KeptQuestion { by, grants: Vec::new(), grants_left_out: 0, ..self.kept(&asked) };
            self.notes().denied.push(kept);
        }
        Ok(Authorized { key, grant: decided?.grant })
    }

    /// The key is on the record, and looked at again before the answer leaves.
    fn note_key(&self, key: &Arc<KeyEntry>) {
        self.notes().about.push(About::Key(key.clone()));
    }

    /// The same for a key that a blob names: unknown and not permitted look alike, so that nobody learns which
    /// keys exist.
    pub(crate) fn authorize_blob(
        &self,
        located: Option<Located>,
        action: impl Into<Action<'static>>,
        facts: RequestFacts<'_>,
    ) -> Result<Authorized, Fault> {
        let unseen = || {
            Fault::Denied(
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                 or you are not allowed to access."
                    .to_owned(),
            )
        };
        let Some(located) = located else {
            self.notes().unasked = Some("no key of the caller's Region is named by the ciphertext");
            return Err(unseen());
        };
        self.authorize_request(located, action, facts).map_err(|fault| match fault {
            Fault::Throttled(_) => fault,
            _ => unseen(),
        })
    }

    /// Operations without a key: identity policies only.
    pub(crate) fn authorize_account(
        &self,
        action: impl Into<Action<'static>>,
    ) -> Result<AuthorizedAccount, Fault> {
        self.authorize_account_request(action, RequestFacts::default(), None)
    }

    /// The same with the request's parameters; CreateKey also says what key is asked for.
    pub(crate) fn authorize_account_request(
        &self,
        action: impl Into<Action<'static>>,
        facts: RequestFacts<'_>,
        asked_for: Option<KeyFacts<'_>>,
    ) -> Result<AuthorizedAccount, Fault> {
        let asked = Asked { asked_for, ..Asked::about(action, Resource::None, facts) };
        self.allowed(&asked).map(|_| AuthorizedAccount(()))
    }

    /// What else is done with a key that CreateKey is to make: it has a name, and no policy yet.
    pub(crate) fn authorize_new_key(
        &self,
        arn: &str,
        action: impl Into<Action<'static>>,
        facts: RequestFacts<'_>,
        asked_for: KeyFacts<'_>,
    ) -> Result<AuthorizedResource, Fault> {
        let asked = Asked { asked_for: Some(asked_for), ..Asked::about(action, Resource::Other(arn), facts) };
        self.allowed(&asked).map(|_| AuthorizedResource(()))
    }

    /// Aliases have no policy of their own: identity policies only.
    pub(crate) fn authorize_alias(
        &self,
        alias: &AliasArn,
        action: impl Into<Action<'static>>,
    ) -> Result<AuthorizedAlias, Fault> {
        self.notes().about.push(About::Arn(alias.to_string()));
        let asked = Asked::about(action, Resource::Alias(alias), RequestFacts::default());
        self.allowed(&asked).map(|_| AuthorizedAlias(()))
    }

    /// Users, groups, roles, policies, providers: identity policies only.
    pub(crate) fn authorize_resource(
        &self,
        arn: &str,
        action: impl Into<Action<'static>>,
        facts: RequestFacts<'_>,
        tags: Option<&Pairs>,
    ) -> Result<AuthorizedResource, Fault> {
        let asked = Asked { resource_tags: tags, ..Asked::about(action, Resource::Other(arn), facts) };
        self.allowed(&asked).map(|_| AuthorizedResource(()))
    }

    /// Assuming a role of any account: by its trust policy, and by identity policies where that leaves it to them. No
    /// such role and no permission look alike.
    pub(crate) fn authorize_role(
        &self,
        arn: &PrincipalArn,
        action: impl Into<Action<'static>>,
        facts: RequestFacts<'_>,
    ) -> Result<AuthorizedRole, Fault> {
        self.rest_on_account(arn.account());
        let role = self.snapshot.directory.role_at(arn);
        let text = arn.to_string();
        let tags = role.map(|role| &role.record.tags);
        let asked = Asked { resource_tags: tags, ..Asked::about(action, Resource::Other(&text), facts) };
        let decided = self.with_evidence(&asked, |question, evidence| {
            let Some(role) = role else {
                let rule = Rule::NoResourcePolicyAllows;
                let unseen = Denial { rule, statement: None, foreign: false };
                return Err(Fault::Denied(unseen.sts_message(question)));
            };
            match decide_trust(question, arn, &role.trust, evidence) {
                Decision::Allowed(_) => Ok(AuthorizedRole(role.clone())),
                Decision::Denied(denial) => Err(Fault::Denied(denial.sts_message(question))),
            }
        });
        match (&decided, role) {
            (Ok(_), _) => {}
            (Err(_), None) => self.notes().unasked = Some("there is no role of that ARN"),
            (Err(_), Some(role)) => {
                let by = DecidedBy::Trust { role: arn.clone(), policy: role.trust.clone() };
                let kept = KeptQuestion { by, ..self.kept(&asked) };
                self.notes().denied.push(kept);
            }
        }
        decided
    }

    /// The reason why it is allowed, or the denial with its text.
    fn allowed(&self, asked: &Asked<'_>) -> Result<Reason, Fault> {
        let decided = self.with_evidence(asked, |question, evidence| {
            let grants = asked.key.map(|key| key.grants.for_request(question)).into_iter().flatten();
            outcome(decide_with_grants(question, evidence, grants), question)
        });
        if decided.is_err() {
            // The evidence goes with it: the operator may ask why.
            let kept = self.kept(asked);
            self.notes().denied.push(kept);
        }
        decided
    }
}

fn outcome(decision: Decision, question: &Question<'_>) -> Result<Reason, Fault> {
    match decision {
        Decision::Allowed(reason) => Ok(reason),
        Decision::Denied(denial) => Err(Fault::Denied(denial.message(question))),
    }
}
