//! One authenticated call on its way: who calls, the snapshot it is decided on, and what it notes for the record.

use crate::authenticate::{Authenticated, Credential};
use crate::fault::Fault;
use crate::kept::KeptQuestion;
use crate::received::Received;
use crate::service::Service;
use crate::state::layout::{self, IamKind};
use crate::state::{ChangeError, Changes, KeyEntry, Snapshot};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_audit::{Intent, IntentCaller, KeyUses, Pending};
use strongroom_policy::CallerKind;
use strongroom_storage::{BatchId, Revision};
use strongroom_types::{
    AccountId, AliasArn, GrantId, KeyId, KeyMaterialId, PrincipalArn, Region, RequestId, Timestamp,
};
use strongroom_vault_protocol::{TokenKind, VaultClient, VaultError};

/// A call.
pub(crate) struct Call<'a> {
    pub(crate) service: &'a Service,
    pub(crate) received: &'a Received<'a>,
    pub(crate) caller: &'a Authenticated,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) request_id: RequestId,
    pub(crate) now: Timestamp,
    pub(crate) event_name: &'static str,
    pub(crate) pending: &'a Pending,
    pub(crate) notes: &'a Mutex<Notes>,
}

/// What a call notes on its way: for the audit record, and what the last check looks at again.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The revision that was decided on: while it is in force, so is the decision.
    pub(crate) revision: Option<Revision>,
    /// When the principals of the caller's account had last changed, once something was decided.
    pub(crate) principals: Option<Revision>,
    /// The same of other accounts whose principals decided.
    pub(crate) accounts: Vec<(AccountId, Revision)>,
    /// The keys and aliases the call is about.
    pub(crate) about: Vec<About>,
    /// CloudTrail's `responseElements`.
    pub(crate) response: Option<Map<String, Value>>,
    /// The key material that served: CloudTrail's `additionalEventData`.
    pub(crate) material: Option<KeyMaterialId>,
    /// Of ReEncrypt, whose `material` is the destination's, that of the source.
    pub(crate) source_material: Option<KeyMaterialId>,
    /// The grant that RetireGrant is about: `additionalEventData` too.
    pub(crate) grant: Option<GrantId>,
    /// The aliases that led to them.
    pub(crate) aliases: Vec<(AliasArn, KeyId)>,
    /// What was denied, with its evidence.
    pub(crate) denied: Vec<KeptQuestion>,
    /// Why it was denied without asking a policy.
    pub(crate) unasked: Option<&'static str>,
    /// How often the vault used a key for it, in all its tries.
    pub(crate) key_uses: KeyUses,
    /// When a code of an MFA device was taken for it, in any of its tries: none is taken twice.
    pub(crate) mfa: Option<Timestamp>,
    /// The MFA device, by its ARN, whose codes are not good now: too many were wrong.
    pub(crate) locked_mfa_device: Option<String>,
}

/// What a call is about.
#[derive(Debug)]
pub(crate) enum About {
    /// A key whose entry decided.
    Key(Arc<KeyEntry>),
    /// The ARN of an alias, or of a key that is being made.
    Arn(String),
}

impl About {
    pub(crate) fn arn(&self) -> &str {
        match self {
            Self::Key(key) => key.arn_text(),
            Self::Arn(arn) => arn,
        }
    }

    /// The account that owns it.
    pub(crate) fn owner(&self) -> &str {
        match self {
            Self::Key(key) => key.arn.account.as_str(),
            Self::Arn(arn) => arn.split(':').nth(4).unwrap_or_default(),
        }
    }

    pub(crate) fn key(&self) -> Option<&Arc<KeyEntry>> {
        match self {
            Self::Key(key) => Some(key),
            Self::Arn(_) => None,
        }
    }
}

impl<'a> Call<'a> {
    pub(crate) fn account(&self) -> &'a AccountId {
        self.caller.account()
    }

    pub(crate) fn region(&self) -> &'a Region {
        self.caller.region()
    }

    pub(crate) fn principal(&self) -> &'a PrincipalArn {
        self.caller.principal()
    }

    pub(crate) fn vault(&self) -> &'a VaultClient {
        self.service.vault()
    }

    /// Has the vault use keys, so many times, and notes what came of it: certain with a result, none with a refusal,
    /// unsure while and where there is no answer. The vault's call is made here: one that was handed in would have its room
    /// in the caller's future as well, and twice in this one.
    pub(crate) async fn using<T, A>(&self, uses: u16, ask: impl FnOnce() -> A) -> Result<T, Fault>
    where
        A: Future<Output = Result<T, VaultError>>,
    {
        self.notes().key_uses.unsure += uses;
        let outcome = ask().await;
        let unanswered = matches!(outcome, Err(VaultError::TimedOut | VaultError::Unavailable));
        let mut notes = self.notes();
        if !unanswered {
            notes.key_uses.unsure -= uses;
        }
        if outcome.is_ok() {
            notes.key_uses.certain += uses;
        }
        drop(notes);
        outcome.map_err(Fault::from)
    }

    /// The notes; a poisoned lock is taken over, for notes are whole after each statement.
    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a code of an MFA device was taken for this call.
    pub(crate) fn taken_code(&self) -> Option<Timestamp> {
        self.notes().mfa
    }

    /// Notes a fact for `responseElements`.
    pub(crate) fn note_response(&self, name: &str, value: impl Into<Value>) {
        self.notes().response.get_or_insert_default().insert(name.to_owned(), value.into());
    }

    /// Notes that the principals of an account decided; those of the caller's own always do.
    pub(crate) fn rest_on_account(&self, account: &AccountId) {
        if account != self.account() {
            let changed = self.snapshot.directory.changed(account);
            self.notes().accounts.push((account.clone(), changed));
        }
    }

    /// Refuses the call if it is a dry run: everything before this was checked.
    pub(crate) fn dry_run(&self, dry_run: Option<bool>) -> Result<(), Fault> {
        if dry_run == Some(true) { Err(Fault::DryRun) } else { Ok(()) }
    }

    /// Grants are in force when CreateGrant answers, so a token adds nothing; one that was not made here is refused.
    pub(crate) async fn grant_tokens(&self, tokens: Option<&Vec<String>>) -> Result<(), Fault> {
        for token in tokens.into_iter().flatten() {
            self.vault().open_token(TokenKind::Grant, token).await.map_err(|error| match error {
                VaultError::TokenRejected => Fault::InvalidGrantToken,
                error => Fault::Vault(error),
            })?;
        }
        Ok(())
    }

    /// Refuses a change that only adds while the disk is nearly full: what room is left is for changes that take
    /// authority away. One that may do either, as a new policy in place of another, is made.
    pub(crate) fn room(&self) -> Result<(), Fault> {
        if self.service.store().is_low_on_space() {
            return Err(Fault::Internal(
                "The disk is nearly full: only changes that take something away are made.",
            ));
        }
        Ok(())
    }

    /// Makes a change: intent on the record, then the commit, in force when this returns.
    ///
    /// What the caller's authority rests on is among the preconditions, so a change never rests on authority that is gone.
    pub(crate) async fn commit(&self, mut changes: Changes) -> Result<(), Fault> {
        self.rest_on_caller(&mut changes).map_err(change_fault)?;
        let batch = BatchId::new(self.service.random_id());
        let head = self.snapshot.revision.get();
        let intent =
            Intent::new(self.request_id, batch.bytes(), head, self.event_name).of_caller(self.on_intent());
        self.service.audit().intent(self.pending, &intent).await.map_err(|_| Fault::Audit)?;
        self.service.committer().commit(batch, changes).await?;
        Ok(())
    }
}

impl Call<'_> {
    /// Who calls, for an intent.
    fn on_intent(&self) -> IntentCaller {
        IntentCaller {
            arn: self.caller.caller().arn_text().to_owned(),
            account_id: self.account().to_string(),
            access_key_id: self.caller.access_key_id().to_owned(),
            source_ip_address: self.received.source_text.to_owned(),
        }
    }

    /// The access key; managed policies that are session policies; the account of a root; the user or role; and, for
    /// whoever is no root, that nothing in the account's IAM was put since: policies hang on users, roles, groups and each
    /// other.
    fn rest_on_caller(&self, changes: &mut Changes) -> Result<(), ChangeError> {
        if let Credential::AccessKey(key) = self.caller.credential() {
            changes.unchanged(layout::access_key(&key.id), key.revision)?;
        }
        let (directory, account) = (&self.snapshot.directory, self.account());
        let managed = self.caller.session().into_iter().flat_map(|session| &session.claims.policy_arns);
        for policy in managed.filter_map(|arn| directory.policy(arn)) {
            // No record says that a session has it, so whoever deletes it puts nothing under the prefix below.
            changes.unchanged(layout::iam(account, IamKind::Policy, &policy.name), policy.revision)?;
        }
        let (kind, name, revision) = match self.caller.caller().kind() {
            CallerKind::Root | CallerKind::FederatedUser(None) => {
                if let Some(found) = self.snapshot.account(account) {
                    changes.unchanged(layout::account(account), found.revision)?;
                }
                return Ok(());
            }
            CallerKind::User(id) | CallerKind::FederatedUser(Some(id)) => match directory.user_with(id) {
                Some(user) => (IamKind::User, &user.name, user.revision),
                None => return Ok(()),
            },
            CallerKind::RoleSession(id) => match directory.role_with(id) {
                Some(role) => (IamKind::Role, &role.name, role.revision),
                None => return Ok(()),
            },
        };
        changes.unchanged(layout::iam(account, kind, name), revision)?;
        changes.none_newer(layout::iam_prefix(account), self.snapshot.revision)?;
        Ok(())
    }
}

/// A change that could not even be put together is a fault of ours.
pub(crate) fn change_fault(error: impl std::fmt::Display) -> Fault {
    tracing::error!(%error, "a change could not be put together");
    Fault::Internal("The change could not be recorded.")
}
