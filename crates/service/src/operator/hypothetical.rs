//! Hypothetical questions, put together as serving puts its own: what an action is asked of, and what the state and the
//! smallest request say beside what the asker gave.

use super::OperatorError;
use super::iam_question;
use super::minimal_request::{self, AskedOf};
use crate::evidence::key_facts;
use crate::kept::{DecidedBy, EVERYBODYS, KeptQuestion, KeptResource};
use crate::service::Service;
use crate::state::{GrantEntry, KeyEntry, RoleEntry, Snapshot};
use std::sync::Arc;
use strongroom_policy::{
    Authority, Caller, CallerKind, Constraints, Grant, GrantOperation, GrantOperations, OwnedContext,
    OwnedGrant, OwnedKey, Pairs, Time,
};
use strongroom_types::{AccountId, AliasArn, AliasName, KeyArn, KeyId, PrincipalArn, Timestamp};

/// Actions that a role's trust policy decides.
pub(super) const ASSUMING: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// Actions for which condition keys read how long a key has not been used.
const TAKING_OUT_OF_USE: [&str; 2] = ["kms:DisableKey", "kms:ScheduleKeyDeletion"];

/// The action on an alias that is not there yet.
const CREATING_ALIAS: &str = "kms:CreateAlias";

/// The action for which condition keys, and a grant that it is done under, read the new grant.
const CREATING_GRANT: &str = "kms:CreateGrant";

/// What a question is about.
pub(super) enum Target {
    /// A key, and the alias that it was named by.
    Key(Arc<KeyEntry>, Option<AliasName>),
    /// An alias alone.
    Alias(AliasArn),
    /// The ARN of something of IAM.
    Other(String),
    None,
}

impl Service {
    /// Finds what a question about an action is about: an alias that is to be made need not be there, and lists of IAM are
    /// about everything unless a path is named.
    pub(super) fn target_of(
        &self,
        action: &str,
        text: Option<&str>,
        account: &AccountId,
        snapshot: &Snapshot,
    ) -> Result<Target, OperatorError> {
        if text.is_none()
            && let Some(arn) = minimal_request::listed(action, account)
        {
            return Ok(Target::Other(arn));
        }
        if action == CREATING_ALIAS
            && let Some(text) = text
            && let Some(alias) = self.alias_named(text, account)?
            && snapshot.alias(&alias).is_none()
        {
            return Ok(Target::Alias(alias));
        }
        self.target(text, account, snapshot)
    }

    /// Finds what a text names.
    pub(super) fn target(
        &self,
        text: Option<&str>,
        account: &AccountId,
        snapshot: &Snapshot,
    ) -> Result<Target, OperatorError> {
        let Some(text) = text else { return Ok(Target::None) };
        if let Some(alias) = self.alias_named(text, account)? {
            let entry = snapshot.alias(&alias).ok_or_else(|| no_key(text))?;
            let AliasArn { region, account, alias } = alias;
            let key =
                snapshot.key(&KeyArn { region, account, key: entry.key }).ok_or_else(|| no_key(text))?;
            return Ok(Target::Key(key.clone(), Some(alias)));
        }
        if text.starts_with("arn:aws:iam:") || text.starts_with("arn:aws:sts:") {
            return Ok(Target::Other(text.to_owned()));
        }
        let arn = KeyArn::parse(text).ok().or_else(|| {
            let key = KeyId::parse(text).ok()?;
            Some(KeyArn { region: self.parts().region.clone(), account: account.clone(), key })
        });
        let key = arn.and_then(|arn| snapshot.key(&arn)).ok_or_else(|| no_key(text))?;
        Ok(Target::Key(key.clone(), None))
    }

    /// The alias of a name or an ARN, there or not; `None` for a text that is neither.
    fn alias_named(&self, text: &str, account: &AccountId) -> Result<Option<AliasArn>, OperatorError> {
        if !text.starts_with("alias/") {
            return Ok(AliasArn::parse(text).ok());
        }
        let alias = AliasName::parse(text).map_err(|_| no_key(text))?;
        Ok(Some(AliasArn { region: self.parts().region.clone(), account: account.clone(), alias }))
    }

    /// What serving asks about a target: one question, or, for an action on an alias, that and another about its key, which
    /// has to be allowed too.
    pub(super) fn questions(
        &self,
        snapshot: &Snapshot,
        caller: &Arc<Caller>,
        action: &str,
        target: &Target,
        context: &OwnedContext,
    ) -> (KeptQuestion, Option<KeptQuestion>) {
        let ask =
            |target: &Target| self.hypothetical(snapshot, caller.clone(), action, target, context.clone());
        match target {
            Target::Key(key, Some(alias)) if minimal_request::asked_of(action) == AskedOf::AliasAndKey => {
                let KeyArn { region, account, .. } = key.arn.clone();
                let alias = AliasArn { region, account, alias: alias.clone() };
                (ask(&Target::Alias(alias)), Some(ask(&Target::Key(key.clone(), None))))
            }
            target => (ask(target), None),
        }
    }

    /// The question of a caller, completed with what the state says about it and about the target.
    fn hypothetical(
        &self,
        snapshot: &Snapshot,
        caller: Arc<Caller>,
        action: &str,
        target: &Target,
        mut context: OwnedContext,
    ) -> KeptQuestion {
        let directory = &snapshot.directory;
        let now = *context.now.get_or_insert(Time(self.clock().now()));
        complete_session(&mut context, &caller, snapshot, now.0);
        minimal_request::complete(action, &mut context);
        let (resource, key) = match target {
            Target::Key(key, alias) => {
                let alias = alias.as_ref().filter(|_| minimal_request::may_name_alias(action));
                complete_key(&mut context, key, alias);
                if TAKING_OUT_OF_USE.contains(&action) {
                    let unused = &mut context.request.trailing_days_without_usage;
                    unused.get_or_insert_with(|| self.days_unused(key, now.0));
                }
                (KeptResource::Key(key.arn.clone()), Some(key))
            }
            Target::Alias(alias) => (KeptResource::Alias(alias.clone()), None),
            Target::Other(arn) => {
                iam_question::complete(&mut context, action, arn, caller.account(), directory);
                (KeptResource::Other(arn.clone()), None)
            }
            Target::None => (KeptResource::None, None),
        };
        context.region.get_or_insert_with(|| self.parts().region.to_string());
        let grants = key.map(|key| key.grants.entries_for(&caller)).unwrap_or_default();
        if action == CREATING_GRANT {
            complete_new_grant(&mut context, &caller, &grants);
        }
        KeptQuestion {
            action: action.to_owned().into(),
            resource,
            context,
            key_policy: key.map(|key| key.policy.clone()),
            identity: directory.identity_policies(&caller),
            boundary: directory.boundary(&caller).map(|policy| policy.document.clone()),
            session: None,
            grants,
            grants_left_out: 0,
            by: decided_by(action, target, snapshot),
            caller,
        }
    }
}

fn no_key(text: &str) -> OperatorError {
    OperatorError::Question(format!("there is no key {text}"))
}

/// Refuses a target that serving never asks the action of: an answer would be about nothing.
pub(super) fn check_target(action: &str, target: &Target, account: &AccountId) -> Result<(), OperatorError> {
    let of = minimal_request::asked_of(action);
    let fits = match target {
        Target::Key(..) => matches!(of, AskedOf::Key | AskedOf::AliasAndKey),
        Target::Alias(_) => of == AskedOf::AliasAndKey,
        Target::Other(_) => matches!(of, AskedOf::Iam | AskedOf::IamOrNothing),
        Target::None => matches!(of, AskedOf::Nothing | AskedOf::IamOrNothing),
    };
    if !fits {
        return Err(OperatorError::Question(format!("{action} is asked of {}", of.told())));
    }
    if let Target::Other(arn) = target {
        iam_question::check_kind(action, arn)?;
    }
    let owner = match target {
        Target::Key(key, _) => key.arn.account.as_str(),
        Target::Alias(alias) => alias.account.as_str(),
        // Roles of every account may be assumed; all else of IAM is looked at in the caller's account, or is of AWS.
        Target::Other(arn) if !ASSUMING.contains(&action) => arn.split(':').nth(4).unwrap_or_default(),
        Target::Other(_) | Target::None => "",
    };
    let is_own = [account.as_str(), EVERYBODYS, ""].contains(&owner);
    if !is_own && !minimal_request::is_served_abroad(action) {
        let text = format!("{action} is not served to other accounts, whatever policies say");
        return Err(OperatorError::Question(text));
    }
    Ok(())
}

/// What a request has to be allowed beside what is asked about a target.
pub(super) fn not_asked(action: &str, target: &Target, context: &OwnedContext) -> Vec<String> {
    let of_alias = minimal_request::asked_of(action) == AskedOf::AliasAndKey;
    let others: &[&str] = match (action, target) {
        ("kms:CreateAlias", Target::Alias(_)) => {
            &["kms:CreateAlias on the key that the alias is to point at"]
        }
        ("kms:UpdateAlias", Target::Key(_, Some(_))) => {
            &["kms:UpdateAlias on the key that the alias is to point at"]
        }
        ("kms:UpdateAlias", _) => {
            &["kms:UpdateAlias on the alias", "kms:UpdateAlias on the other key, before it or after it"]
        }
        (_, Target::Key(_, None)) if of_alias => {
            return vec![format!("{action} on the alias")];
        }
        ("kms:ReEncryptFrom", _) => &["kms:ReEncryptTo on the key to which it is encrypted again"],
        ("kms:ReEncryptTo", _) => &["kms:ReEncryptFrom on the key under which it was encrypted"],
        ("kms:CreateKey", _) if context.request.tags.is_some() => &["kms:TagResource on the new key"],
        ("iam:UpdateUser" | "iam:UpdateGroup", _) => {
            return vec![format!("{action} on the ARN with the new name and path")];
        }
        _ => return iam_question::not_asked(action, context),
    };
    others.iter().map(|other| (*other).to_owned()).collect()
}

/// The role whose trust policy decides.
pub(super) fn role_asked_for(action: &str, target: &Target, snapshot: &Snapshot) -> Option<Arc<RoleEntry>> {
    let Target::Other(arn) = target else { return None };
    let arn = PrincipalArn::parse(arn).ok().filter(|_| ASSUMING.contains(&action))?;
    snapshot.directory.role_at(&arn).cloned()
}

fn decided_by(action: &str, target: &Target, snapshot: &Snapshot) -> DecidedBy {
    match role_asked_for(action, target, snapshot) {
        Some(role) => DecidedBy::Trust { role: role.arn(), policy: role.trust.clone() },
        None => DecidedBy::Policies,
    }
}

fn complete_session(context: &mut OwnedContext, caller: &Caller, snapshot: &Snapshot, now: Timestamp) {
    let session = &mut context.session;
    if session.principal_tags.is_none() {
        session.principal_tags = snapshot.directory.tags(caller).cloned();
    }
    if matches!(caller.kind(), CallerKind::RoleSession(_)) {
        session.token_issue_time.get_or_insert(Time(now));
        session.mfa_present.get_or_insert(false);
    }
}

fn complete_key(context: &mut OwnedContext, key: &KeyEntry, alias: Option<&AliasName>) {
    complete_facts(context.key.get_or_insert_default(), OwnedKey::of(&key_facts(key)));
    context.resource_tags.get_or_insert_with(|| key.record.tags.clone());
    context.region.get_or_insert_with(|| key.arn.region.to_string());
    if context.request.alias.is_none() {
        context.request.alias = alias.map(|alias| alias.as_str().to_owned());
    }
}

/// What is not said of a key, or empty, is as it is.
fn complete_facts(said: &mut OwnedKey, key: OwnedKey) {
    let texts = [(&mut said.spec, key.spec), (&mut said.usage, key.usage), (&mut said.origin, key.origin)];
    for (said, own) in texts {
        if said.is_empty() {
            *said = own;
        }
    }
    if said.aliases.is_empty() {
        said.aliases = key.aliases;
    }
    said.multi_region |= key.multi_region;
    said.multi_region_key_type = said.multi_region_key_type.take().or(key.multi_region_key_type);
}

/// The grant that is to be made, and the encryption context that conditions read of it: the pairs of its constraint. It is
/// made under a grant of the caller's own that lets it, or else is like the first of them.
fn complete_new_grant(context: &mut OwnedContext, caller: &Caller, grants: &[Arc<GrantEntry>]) {
    let source_arn = context.via.source_arn.as_deref();
    let request = &mut context.request;
    let listing = grants.iter().map(|entry| &entry.grant);
    let mut own: Vec<&Grant> =
        listing.filter(|grant| grant.operations.contains(GrantOperation::CreateGrant)).collect();
    own.sort_by_key(|grant| grant.source_arn.is_some());
    let (given, pairs) = (request.grant.take(), request.encryption_context.as_ref());
    let like = |own: Option<&Grant>| new_grant(given.as_deref(), own, pairs, caller);
    let mut candidates = own.iter().map(|own| (*own, like(Some(*own))));
    let letting = candidates.find(|(own, new)| is_let(new, own, source_arn));
    let grant = letting.map_or_else(|| like(own.first().copied()), |(_, new)| new);
    if request.encryption_context.is_none() {
        request.encryption_context =
            grant.constraints.as_ref().map(|constraints| constraints.pairs().clone());
    }
    request.grant = Some(Box::new(grant));
}

/// Whether a grant may be made under another.
fn is_let(new: &OwnedGrant, own: &Grant, source_arn: Option<&str>) -> bool {
    let child = Authority {
        operations: new.operations,
        constraints: new.constraints.as_ref(),
        source_arn: new.source_arn.as_deref(),
    };
    let own = own.authority();
    own.covers(GrantOperation::CreateGrant, None, source_arn).is_ok() && child.within(&own)
}

/// The grant that is given, or one like the caller's own, completed.
fn new_grant(
    given: Option<&OwnedGrant>,
    own: Option<&Grant>,
    pairs: Option<&Pairs>,
    caller: &Caller,
) -> OwnedGrant {
    let mut grant = given.map_or_else(|| narrowest_grant(own, pairs), Clone::clone);
    if grant.constraints.is_none() {
        grant.constraints = pairs.cloned().map(Constraints::Subset);
    }
    if grant.operations == GrantOperations::default() {
        let one = || GrantOperations::from_iter([GrantOperation::DescribeKey]);
        grant.operations = own.map_or_else(one, |own| own.operations);
    }
    if grant.grantee_principal.is_none() && grant.grantee_service_principal.is_none() {
        grant.grantee_principal = Some(caller.principal_arn().to_owned());
    }
    grant
}

/// Under a grant of the caller's own, one that gives no more than that. Pairs that the asker gives are its constraint, as
/// they are of a grant that the asker gives without one.
fn narrowest_grant(own: Option<&Grant>, pairs: Option<&Pairs>) -> OwnedGrant {
    let constraints = own.and_then(|own| own.constraints.as_ref());
    let constraints = match (pairs, constraints) {
        (None, constraints) => constraints.cloned(),
        (Some(pairs), Some(Constraints::Equals(_))) => Some(Constraints::Equals(pairs.clone())),
        (Some(pairs), Some(Constraints::Subset(_)) | None) => Some(Constraints::Subset(pairs.clone())),
    };
    let source_arn = own.and_then(|own| own.source_arn.as_deref()).map(str::to_owned);
    OwnedGrant { constraints, source_arn, ..OwnedGrant::default() }
}
