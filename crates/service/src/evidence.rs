//! What a decision reads: policies, grants and facts, all from the call's one snapshot.

use crate::authenticate::Credential;
use crate::call::Call;
use crate::kept::{DecidedBy, KeptQuestion, KeptResource, grants_of_denied};
use crate::state::{KeyEntry, Pairs};
use std::borrow::Cow;
use std::sync::Arc;
use strongroom_policy::{
    Action, Caller, Context, Document, Evidence, IdentityPolicy, KeyFacts, NetworkFacts, OwnedContext,
    Question, RequestFacts, Resource, SessionFacts,
};

/// A question about one action, without what the call itself answers: who, when, from where.
pub(crate) struct Asked<'a> {
    /// The action as policies name it.
    pub(crate) action: Action<'static>,
    /// What is acted on.
    pub(crate) resource: Resource<'a>,
    /// The key that is acted on.
    pub(crate) key: Option<&'a Arc<KeyEntry>>,
    /// The key that CreateKey asks for.
    pub(crate) asked_for: Option<KeyFacts<'a>>,
    /// Tags of what is acted on, if it is no key.
    pub(crate) resource_tags: Option<&'a Pairs>,
    /// The request's own parameters.
    pub(crate) facts: RequestFacts<'a>,
    /// A policy in place of the key's own: the one that is to be put.
    pub(crate) policy: Option<&'a Document>,
}

impl<'a> Asked<'a> {
    /// About nothing in particular.
    pub(crate) fn about(
        action: impl Into<Action<'static>>,
        resource: Resource<'a>,
        facts: RequestFacts<'a>,
    ) -> Self {
        let action = action.into();
        Self { action, resource, facts, key: None, asked_for: None, resource_tags: None, policy: None }
    }

    /// About a key.
    pub(crate) fn about_key(
        action: impl Into<Action<'static>>,
        key: &'a Arc<KeyEntry>,
        facts: RequestFacts<'a>,
    ) -> Self {
        Self { key: Some(key), ..Self::about(action, Resource::Key(&key.arn), facts) }
    }

    fn key_facts(&self) -> Option<KeyFacts<'_>> {
        self.key.map(|key| key_facts(key)).or(self.asked_for)
    }
}

/// What condition keys read of a key.
pub(crate) fn key_facts(key: &KeyEntry) -> KeyFacts<'_> {
    KeyFacts {
        spec: key.record.spec.as_str(),
        usage: key.record.usage.as_str(),
        origin: key.record.origin.as_str(),
        multi_region: false,
        multi_region_key_type: None,
        aliases: &key.aliases,
    }
}

/// The caller's side of the evidence.
pub(crate) struct CallerSide<'a> {
    identity: Vec<IdentityPolicy>,
    boundary: Option<&'a Arc<Document>>,
    session: Option<Vec<Arc<Document>>>,
    tags: Option<Cow<'a, Pairs>>,
}

impl Call<'_> {
    /// Puts question and evidence together, without the key's grants: whoever decides on an operation that a grant can list
    /// draws as many as it needs.
    pub(crate) fn with_evidence<T>(
        &self,
        asked: &Asked<'_>,
        with: impl FnOnce(&Question<'_>, &Evidence<'_>) -> T,
    ) -> T {
        let side = self.caller_side();
        let context = self.context(asked, &side);
        let question = Question {
            caller: self.caller_facts(),
            action: asked.action,
            resource: asked.resource,
            context: &context,
        };
        let evidence = Evidence {
            key_policy: asked.policy.or(asked.key.map(|key| &*key.policy)),
            identity: &side.identity,
            boundary: side.boundary.map(|boundary| &**boundary),
            session: side.session.as_deref(),
            grants: &[],
        };
        with(&question, &evidence)
    }

    /// The same, to be kept: for a denial, never for what a policy that is to be put would say.
    pub(crate) fn kept(&self, asked: &Asked<'_>) -> KeptQuestion {
        let side = self.caller_side();
        let context = OwnedContext::of(&self.context(asked, &side));
        let grants = asked.key.map(|key| grants_of_denied(key, self.caller_facts(), asked.action.as_str()));
        let (grants, grants_left_out) = grants.unwrap_or_default();
        KeptQuestion {
            caller: self.caller.caller().clone(),
            action: asked.action.as_str().into(),
            resource: KeptResource::of(asked.resource),
            context,
            key_policy: asked.key.map(|key| key.policy.clone()),
            identity: side.identity,
            boundary: side.boundary.cloned(),
            session: side.session,
            grants,
            grants_left_out,
            by: DecidedBy::Policies,
        }
    }

    fn caller_facts(&self) -> &Caller {
        self.caller.caller()
    }

    fn caller_side(&self) -> CallerSide<'_> {
        let (directory, caller) = (&self.snapshot.directory, self.caller_facts());
        let (session, tags) = match self.caller.credential() {
            Credential::AccessKey(_) => (None, directory.tags(caller).map(Cow::Borrowed)),
            Credential::Session(session) => {
                (session.policies(&self.snapshot), Some(Cow::Owned(session.tags(&self.snapshot))))
            }
        };
        CallerSide {
            identity: directory.identity_policies(caller),
            boundary: directory.boundary(caller).map(|policy| &policy.document),
            session,
            tags,
        }
    }

    fn context<'a>(&'a self, asked: &'a Asked<'_>, side: &'a CallerSide<'_>) -> Context<'a> {
        let tags = side.tags.as_deref();
        let mut session = match self.caller.session() {
            Some(session) => session.facts(tags, self.now),
            None => SessionFacts { principal_tags: tags, ..SessionFacts::default() },
        };
        // A code that came with the call itself counts for the call, whatever signed it.
        if let Some(at) = self.taken_code() {
            session.mfa_present = Some(true);
            session.mfa_age_s = Some(self.now.millis().saturating_sub(at.millis()) / 1_000);
        }
        Context {
            session,
            network: NetworkFacts {
                source_ip: Some(self.received.source),
                secure_transport: self.received.tls.is_some(),
                user_agent: self.received.header("user-agent"),
                referer: self.received.header("referer"),
                ..NetworkFacts::default()
            },
            now: self.now,
            region: Some(self.region().as_str()),
            key: asked.key_facts(),
            resource_tags: asked.key.map(|key| &key.record.tags).or(asked.resource_tags),
            request: asked.facts,
            ..Context::default()
        }
    }
}
