//! A question with everything it is decided upon, owned: a denial as it was, or a question that was never asked.

use crate::state::{GrantEntry, RoleEntry};
use std::borrow::Cow;
use std::sync::Arc;
use strongroom_policy::{
    Caller, Document, Evidence, Explanation, Grant, IdentityPolicy, OwnedContext, Question, Resource,
    explain, explain_trust,
};
use strongroom_types::{AliasArn, KeyArn};

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
    /// The role that was to be assumed: its trust policy decides then.
    pub(crate) role: Option<Arc<RoleEntry>>,
}

impl KeptQuestion {
    /// Puts question and evidence together again.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Question<'_>, &Evidence<'_>) -> T) -> T {
        let grants: Vec<&Grant> = self.grants.iter().map(|entry| &entry.grant).collect();
        self.context.with(|context| {
            let question = Question {
                caller: &self.caller,
                action: &self.action,
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
        match &self.role {
            Some(role) => {
                self.with(|question, evidence| explain_trust(question, &role.arn(), &role.trust, evidence))
            }
            None => self.with(explain),
        }
    }

    /// Every policy that it holds.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        let own = [&self.key_policy, &self.boundary].into_iter().flatten();
        own.chain(self.identity.iter().map(|policy| &policy.document)).chain(self.session.iter().flatten())
    }
}
