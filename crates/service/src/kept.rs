//! What was denied, with everything that it was decided upon, owned; and, in the same form, questions that were never
//! asked.

use crate::state::{GrantEntry, KeyEntry};
use std::borrow::Cow;
use std::sync::Arc;
use strongroom_policy::{
    Caller, ConditionValue, Document, Evidence, Explanation, Grant, GrantNames, GrantOperation,
    IdentityPolicy, OwnedContext, Question, Resource, can_bring, condition_values, explain,
    explain_retire_grant, explain_trust, explain_web_identity, observe, observe_trust, web_identity_values,
};
use strongroom_types::{AccountId, AliasArn, KeyArn, PrincipalArn};

/// What a grant takes that is kept from being forgotten, roughly, in bytes.
const GRANT_BYTES: usize = 64;

/// How many grants of its caller a denial keeps, and an explanation lists: there may be 50,000, and few of them are about
/// the action.
pub(crate) const GRANTS_MAX: usize = 50;

/// The account that stands in the ARNs of AWS's managed policies, which everybody has.
pub(crate) const EVERYBODYS: &str = "aws";

/// What is acted on.
#[derive(Clone, Debug)]
pub(crate) enum KeptResource {
    Key(KeyArn),
    Alias(AliasArn),
    Other(String),
    None,
}

impl KeptResource {
    pub(crate) fn of(resource: Resource<'_>) -> Self {
        match resource {
            Resource::Key(arn) => Self::Key(arn.clone()),
            Resource::Alias(arn) => Self::Alias(arn.clone()),
            Resource::Other(arn) => Self::Other(arn.to_owned()),
            Resource::None => Self::None,
        }
    }

    fn lent(&self) -> Resource<'_> {
        match self {
            Self::Key(arn) => Resource::Key(arn),
            Self::Alias(arn) => Resource::Alias(arn),
            Self::Other(arn) => Resource::Other(arn),
            Self::None => Resource::None,
        }
    }

    /// Whether nobody but this account owns it. What has no account in its ARN is the caller's.
    fn is_of(&self, account: &AccountId) -> bool {
        match self {
            Self::Key(arn) => arn.account == *account,
            Self::Alias(arn) => arn.account == *account,
            Self::Other(arn) => {
                let owner = arn.split(':').nth(4).unwrap_or_default();
                [account.as_str(), EVERYBODYS, ""].contains(&owner)
            }
            Self::None => true,
        }
    }
}

/// What decides a question.
#[derive(Debug)]
pub(crate) enum DecidedBy {
    /// Key policies, grants and identity policies.
    Policies,
    /// The trust policy of the role that was to be assumed, and identity policies.
    Trust { role: PrincipalArn, policy: Arc<Document> },
    /// The grant that was to be retired, and what denies it.
    Grant(Arc<GrantEntry>),
}

/// A question with its evidence. Policies and grants are shared with the state they were read from: a change there
/// makes new ones.
#[derive(Debug)]
pub(crate) struct KeptQuestion {
    pub(crate) caller: Arc<Caller>,
    pub(crate) action: Cow<'static, str>,
    pub(crate) resource: KeptResource,
    pub(crate) context: OwnedContext,
    pub(crate) key_policy: Option<Arc<Document>>,
    pub(crate) identity: Vec<IdentityPolicy>,
    pub(crate) boundary: Option<Arc<Document>>,
    pub(crate) session: Option<Vec<Arc<Document>>>,
    /// The key's grants that concern the caller.
    pub(crate) grants: Vec<Arc<GrantEntry>>,
    /// How many more there were.
    pub(crate) grants_left_out: usize,
    pub(crate) by: DecidedBy,
}

/// The key's grants that concern a caller who was denied an action, those that list the action first, and how many
/// more there are. Without some of them a denial is a denial still: a grant only ever allows.
pub(crate) fn grants_of_denied(
    key: &KeyEntry,
    caller: &Caller,
    action: &str,
) -> (Vec<Arc<GrantEntry>>, usize) {
    let (grants, operation) = (&key.grants, GrantOperation::of_action(action));
    let grantees = caller.index_keys();
    let of_caller =
        |lists: bool| grantees.iter().flat_map(move |grantee| grants.listing(grantee, operation, lists));
    let kept: Vec<_> = of_caller(true).chain(of_caller(false)).take(GRANTS_MAX).cloned().collect();
    let all: usize = grantees.iter().map(|grantee| grants.number_of(grantee)).sum();
    let left_out = all - kept.len();
    (kept, left_out)
}

impl KeptQuestion {
    /// Puts question and evidence together again.
    fn with<T>(&self, read: impl FnOnce(&Question<'_>, &Evidence<'_>) -> T) -> T {
        let grants: Vec<&Grant> = self.grants.iter().map(|entry| &entry.grant).collect();
        self.context.with(|context| {
            let question = Question {
                caller: &self.caller,
                action: (&*self.action).into(),
                resource: self.resource.lent(),
                context,
            };
            let evidence = Evidence {
                key_policy: self.key_policy.as_deref(),
                identity: &self.identity,
                boundary: self.boundary.as_deref(),
                session: self.session.as_deref(),
                grants: &grants,
            };
            read(&question, &evidence)
        })
    }

    /// Decides it by the code that serves, and tells all about it.
    pub(crate) fn explain(&self) -> Explanation {
        match &self.by {
            DecidedBy::Policies => self.with(explain),
            DecidedBy::Trust { role, policy } => {
                self.with(|question, evidence| explain_trust(question, role, policy, evidence))
            }
            DecidedBy::Grant(entry) => {
                let retiring = entry.record.retiring.as_ref().map(|named| named.name.as_str());
                let names = GrantNames { grantee: &entry.record.grantee.name, retiring };
                self.with(|question, evidence| explain_retire_grant(question, evidence, &entry.grant, names))
            }
        }
    }

    /// The same without looking for a change that would flip it, which takes longer than to decide.
    pub(crate) fn observe(&self) -> Explanation {
        match &self.by {
            DecidedBy::Policies => self.with(observe),
            DecidedBy::Trust { role, policy } => {
                self.with(|question, evidence| observe_trust(question, role, policy, evidence))
            }
            DecidedBy::Grant(_) => self.explain(),
        }
    }

    /// Whether the value of a condition key is up to the caller, who can bring another.
    pub(crate) fn can_bring(&self, key: &str) -> bool {
        self.with(|question, _| can_bring(question, key))
    }

    /// Every policy that it holds.
    fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        let own = [&self.key_policy, &self.boundary].into_iter().flatten();
        let trust = match &self.by {
            DecidedBy::Trust { policy, .. } => Some(policy),
            DecidedBy::Policies | DecidedBy::Grant(_) => None,
        };
        let identity = self.identity.iter().map(|policy| &policy.document);
        own.chain(trust).chain(identity).chain(self.session.iter().flatten())
    }

    fn bytes(&self) -> usize {
        let lists = self.identity.len() * size_of::<IdentityPolicy>() + self.grants.len() * GRANT_BYTES;
        let retired = if matches!(self.by, DecidedBy::Grant(_)) { size_of::<GrantEntry>() } else { 0 };
        size_of::<Self>() + self.context.bytes() + lists + retired
    }
}

/// The holder of a provider's token whom a role's trust policy did not let in. The token itself is not in here: what it
/// claims is in the context, as condition keys read it.
#[derive(Debug)]
pub(crate) struct KeptHolder {
    /// The provider, as trust policies name it.
    pub(crate) provider: String,
    pub(crate) action: &'static str,
    pub(crate) role: PrincipalArn,
    pub(crate) trust: Arc<Document>,
    pub(crate) context: OwnedContext,
}

impl KeptHolder {
    /// Decides it by the code that serves, and tells all about it.
    pub(crate) fn explain(&self) -> Explanation {
        self.context.with(|context| {
            explain_web_identity(&self.provider, self.action, &self.role, &self.trust, context)
        })
    }

    fn condition_values(&self) -> Vec<ConditionValue> {
        self.context.with(|context| web_identity_values(&self.provider, self.action, &self.role, context))
    }
}

/// A decision that denied.
#[derive(Debug)]
pub(crate) enum KeptDecision {
    /// About a caller.
    Caller(Box<KeptQuestion>),
    /// About the holder of a provider's token.
    Holder(Box<KeptHolder>),
}

impl KeptDecision {
    /// Decides anew by the code that serves, and tells all about it.
    pub(crate) fn explain(&self) -> Explanation {
        match self {
            Self::Caller(question) => question.explain(),
            Self::Holder(holder) => holder.explain(),
        }
    }

    /// What condition keys read.
    pub(crate) fn context(&self) -> &OwnedContext {
        match self {
            Self::Caller(question) => &question.context,
            Self::Holder(holder) => &holder.context,
        }
    }

    /// How many of the caller's grants were not kept.
    pub(crate) fn grants_left_out(&self) -> usize {
        match self {
            Self::Caller(question) => question.grants_left_out,
            Self::Holder(_) => 0,
        }
    }

    /// Every condition key that has a value.
    pub(crate) fn condition_values(&self) -> Vec<ConditionValue> {
        match self {
            Self::Caller(question) => question.with(|question, _| condition_values(question)),
            Self::Holder(holder) => holder.condition_values(),
        }
    }

    /// Whether caller and resource are both this account's: nobody else's policies are in it. A stranger with a
    /// provider's token counts for the role's account, whose provider it is.
    pub(crate) fn is_of(&self, account: &AccountId) -> bool {
        match self {
            Self::Caller(question) => {
                question.caller.account() == account && question.resource.is_of(account)
            }
            Self::Holder(holder) => holder.role.account() == account,
        }
    }

    /// Every policy that it holds.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        let (question, holder) = match self {
            Self::Caller(question) => (Some(question.documents()), None),
            Self::Holder(holder) => (None, Some(&holder.trust)),
        };
        question.into_iter().flatten().chain(holder)
    }

    /// What it takes by itself, roughly; policies are counted apart because many denials share them.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Caller(question) => question.bytes(),
            Self::Holder(holder) => size_of::<KeptHolder>() + holder.context.bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_is_of_its_account_alone() {
        let account = AccountId::parse("111122223333").unwrap();
        let other = |text: &str| KeptResource::Other(text.to_owned()).is_of(&account);
        assert!(other("arn:aws:iam::111122223333:role/r"));
        assert!(other("arn:aws:iam::aws:policy/AdministratorAccess"), "everybody's");
        assert!(other("*") && KeptResource::None.is_of(&account));
        assert!(!other("arn:aws:iam::444455556666:role/r"));
        let key = |account: &str| {
            let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
            KeptResource::Key(KeyArn::parse(&format!("arn:aws:kms:eu-west-1:{account}:key/{id}")).unwrap())
        };
        assert!(key("111122223333").is_of(&account));
        assert!(!key("444455556666").is_of(&account));
    }
}
