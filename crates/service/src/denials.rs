//! The newest denials with the evidence they were decided upon, for `strongroom explain`.
//!
//! Policies change; the reason of a denial is what they said then. Bounded in number and in memory, and lost when
//! the process ends. No plaintext and no secret is in here: condition keys read none.

use crate::fault::WireError;
use crate::kept::KeptQuestion;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_policy::Document;
use strongroom_types::{RequestId, Timestamp};

/// How many denials are kept.
const DENIALS_MAX: usize = 100_000;

/// How many bytes they may take, roughly.
const BYTES_MAX: usize = 192 << 20;

/// What a compiled policy takes, roughly: a base, and so much for each statement.
const DOCUMENT_BYTES: usize = 512;
const STATEMENT_BYTES: usize = 512;

/// What a grant takes that is kept from being forgotten, roughly.
const GRANT_BYTES: usize = 64;

/// A call that was refused, and why.
#[derive(Debug)]
pub(crate) struct Denied {
    /// When.
    pub(crate) at: Timestamp,
    /// The operation.
    pub(crate) operation: &'static str,
    /// What the caller was told.
    pub(crate) told: WireError,
    /// The questions that were denied.
    pub(crate) questions: Vec<KeptQuestion>,
    /// Why no policy was asked.
    pub(crate) unasked: Option<&'static str>,
}

impl Denied {
    /// What it takes by itself, roughly; policies are counted apart because many denials share them.
    fn bytes(&self) -> usize {
        let question = |question: &KeptQuestion| {
            let lists = question.identity.len() * size_of::<strongroom_policy::IdentityPolicy>()
                + question.grants.len() * GRANT_BYTES;
            size_of::<KeptQuestion>() + question.context.bytes() + lists
        };
        size_of::<Self>() + self.questions.iter().map(question).sum::<usize>()
    }

    fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.questions.iter().flat_map(KeptQuestion::documents)
    }
}

/// The denials that are kept.
#[derive(Default)]
pub(crate) struct Denials(Mutex<Kept>);

impl Denials {
    /// Keeps a denial, in place of the oldest ones if there is no room.
    pub(crate) fn keep(&self, request: RequestId, denied: Denied) {
        self.kept().push(request, denied, DENIALS_MAX, BYTES_MAX);
    }

    /// The denial of a request, if it is one of the newest.
    pub(crate) fn find(&self, request: RequestId) -> Option<Arc<Denied>> {
        self.kept().by_request.get(&request).cloned()
    }

    /// A poisoned lock is taken over: what is kept is whole after each statement that matters.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Kept {
    by_request: HashMap<RequestId, Arc<Denied>>,
    order: VecDeque<RequestId>,
    /// By address: how many kept questions hold the policy. Each holds it, so that no address is used again.
    documents: HashMap<usize, usize>,
    bytes: usize,
}

impl Kept {
    fn push(&mut self, request: RequestId, denied: Denied, denials_max: usize, bytes_max: usize) {
        if self.by_request.contains_key(&request) {
            return;
        }
        self.bytes += denied.bytes();
        for document in denied.documents() {
            let holders = self.documents.entry(Arc::as_ptr(document).addr()).or_default();
            if *holders == 0 {
                self.bytes += document_bytes(document);
            }
            *holders += 1;
        }
        self.by_request.insert(request, Arc::new(denied));
        self.order.push_back(request);
        while self.order.len() > denials_max || self.bytes > bytes_max {
            let Some(oldest) = self.order.pop_front() else { return };
            self.drop_denial(oldest);
        }
    }

    fn drop_denial(&mut self, request: RequestId) {
        let Some(denied) = self.by_request.remove(&request) else { return };
        self.bytes = self.bytes.saturating_sub(denied.bytes());
        for document in denied.documents() {
            let address = Arc::as_ptr(document).addr();
            let Some(holders) = self.documents.get_mut(&address) else { continue };
            *holders -= 1;
            if *holders == 0 {
                self.documents.remove(&address);
                self.bytes = self.bytes.saturating_sub(document_bytes(document));
            }
        }
    }
}

fn document_bytes(document: &Document) -> usize {
    DOCUMENT_BYTES + STATEMENT_BYTES * document.statements()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::KeptResource;
    use strongroom_policy::{Caller, OwnedContext};
    use strongroom_types::AccountId;

    fn denied(policy: &Arc<Document>) -> Denied {
        let account = AccountId::parse("111122223333").unwrap();
        let question = KeptQuestion {
            caller: Arc::new(Caller::root(account)),
            action: "kms:Decrypt".into(),
            resource: KeptResource::None,
            context: OwnedContext::default(),
            key_policy: Some(policy.clone()),
            identity: Vec::new(),
            boundary: None,
            session: None,
            grants: Vec::new(),
            role: None,
        };
        let told = WireError { name: "AccessDeniedException", status: 400, text: None };
        let at = Timestamp::default();
        Denied { at, operation: "Decrypt", told, questions: vec![question], unasked: None }
    }

    fn id(n: u8) -> RequestId {
        RequestId::from_random([n; 16])
    }

    fn policy() -> Arc<Document> {
        Arc::new(Document::default_key_policy(&AccountId::parse("111122223333").unwrap()))
    }

    #[test]
    fn newest_are_kept_up_to_their_number() {
        let (mut kept, policy) = (Kept::default(), policy());
        for n in 0..5 {
            kept.push(id(n), denied(&policy), 3, usize::MAX);
        }
        let there: Vec<bool> = (0..5).map(|n| kept.by_request.contains_key(&id(n))).collect();
        assert_eq!(there, [false, false, true, true, true]);
        assert_eq!((kept.order.len(), kept.documents.len()), (3, 1));
    }

    #[test]
    fn newest_are_kept_up_to_their_bytes_and_shared_policies_count_once() {
        let shared = policy();
        let mut alone = Kept::default();
        alone.push(id(0), denied(&shared), 100, usize::MAX);
        let one = alone.bytes;
        let mut kept = Kept::default();
        for n in 0..10 {
            kept.push(id(n), denied(&policy()), 100, 3 * one);
        }
        assert_eq!((kept.order.len(), kept.bytes), (3, 3 * one), "each with a policy of its own");
        let mut kept = Kept::default();
        for n in 0..10 {
            kept.push(id(n), denied(&shared), 100, 3 * one);
        }
        assert!(kept.order.len() > 3, "all with the same policy");
        while let Some(oldest) = kept.order.pop_front() {
            kept.drop_denial(oldest);
        }
        assert_eq!((kept.bytes, kept.documents.len()), (0, 0));
    }
}
