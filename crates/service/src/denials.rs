//! The newest denials with the evidence they were decided upon, for `strongroom explain` and for STS's
//! DecodeAuthorizationMessage.
//!
//! Policies change; the reason of a denial is what they said then. Bounded in number and in memory, and lost when
//! the process ends. Where there is no room the account that has the most makes it, so that one that is denied without
//! end leaves the others theirs. No plaintext and no secret is in here: condition keys read none.

use crate::fault::WireError;
use crate::kept::KeptDecision;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_policy::Document;
use strongroom_types::{AccountId, RequestId, Timestamp};

/// How many denials are kept.
const DENIALS_MAX: usize = 100_000;

/// How many bytes they may take, roughly: so many ordinary ones, of 1.9 KiB, with the policies that they do not share.
const BYTES_MAX: usize = 256 << 20;

/// What a compiled policy takes, roughly: a base, and so much for each statement.
const DOCUMENT_BYTES: usize = 512;
const STATEMENT_BYTES: usize = 512;

/// A call that was refused, and why.
#[derive(Debug)]
pub(crate) struct Denied {
    /// Whose call it was: it is kept in this account's share.
    pub(crate) account: AccountId,
    /// When.
    pub(crate) at: Timestamp,
    /// The operation.
    pub(crate) operation: &'static str,
    /// What the caller was told.
    pub(crate) told: WireError,
    /// The decisions that denied.
    pub(crate) decisions: Vec<KeptDecision>,
    /// Why no policy was asked.
    pub(crate) unasked: Option<&'static str>,
}

impl Denied {
    /// What it takes by itself, roughly; policies are counted apart because many denials share them.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.decisions.iter().map(KeptDecision::bytes).sum::<usize>()
    }

    fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.decisions.iter().flat_map(KeptDecision::documents)
    }

    /// Whether an account may be told all about it: whoever asked and what was asked about are its own. Where no
    /// policy was asked, what the request named may be another account's, or nobody's; that is for the operator.
    pub(crate) fn is_of(&self, account: &AccountId) -> bool {
        self.unasked.is_none()
            && !self.decisions.is_empty()
            && self.decisions.iter().all(|decision| decision.is_of(account))
    }
}

/// The denials that are kept.
#[derive(Default)]
pub(crate) struct Denials(Mutex<Kept>);

impl Denials {
    /// Keeps a denial; if there is no room, in place of the oldest of the account that has the most.
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
    shares: BTreeMap<AccountId, Share>,
    bytes: usize,
}

impl Kept {
    fn push(&mut self, request: RequestId, denied: Denied, denials_max: usize, bytes_max: usize) {
        if self.by_request.contains_key(&request) {
            return;
        }
        let share = self.shares.entry(denied.account.clone()).or_default();
        self.bytes += share.put(request, &denied);
        self.by_request.insert(request, Arc::new(denied));
        loop {
            let too_many = self.by_request.len() > denials_max;
            if !too_many && self.bytes <= bytes_max {
                return;
            }
            let most = self.shares.iter().max_by_key(
                |(_, share)| {
                    if too_many { share.order.len() } else { share.bytes }
                },
            );
            let Some(account) = most.map(|(account, _)| account.clone()) else { return };
            self.drop_oldest(&account);
        }
    }

    fn drop_oldest(&mut self, account: &AccountId) {
        let Some(share) = self.shares.get_mut(account) else { return };
        if let Some(oldest) = share.order.pop_front()
            && let Some(denied) = self.by_request.remove(&oldest)
        {
            self.bytes = self.bytes.saturating_sub(share.take(&denied));
        }
        if share.order.is_empty() {
            self.shares.remove(account);
        }
    }
}

/// What the denials of one account take.
#[derive(Default)]
struct Share {
    order: VecDeque<RequestId>,
    /// By address: how many kept questions hold the policy. Each holds it, so that no address is used again.
    documents: HashMap<usize, usize>,
    bytes: usize,
}

impl Share {
    /// Counts a denial; how many bytes more that is.
    fn put(&mut self, request: RequestId, denied: &Denied) -> usize {
        let mut more = denied.bytes();
        for document in denied.documents() {
            let holders = self.documents.entry(Arc::as_ptr(document).addr()).or_default();
            if *holders == 0 {
                more += document_bytes(document);
            }
            *holders += 1;
        }
        self.order.push_back(request);
        self.bytes += more;
        more
    }

    /// Counts it no more; how many bytes less that is.
    fn take(&mut self, denied: &Denied) -> usize {
        let mut less = denied.bytes();
        for document in denied.documents() {
            let address = Arc::as_ptr(document).addr();
            let Some(holders) = self.documents.get_mut(&address) else { continue };
            *holders -= 1;
            if *holders == 0 {
                self.documents.remove(&address);
                less += document_bytes(document);
            }
        }
        self.bytes = self.bytes.saturating_sub(less);
        less
    }
}

fn document_bytes(document: &Document) -> usize {
    DOCUMENT_BYTES + STATEMENT_BYTES * document.statements()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::{DecidedBy, KeptHolder, KeptQuestion, KeptResource};
    use strongroom_policy::{
        Caller, IdentityPolicy, OwnedContext, OwnedNetwork, OwnedRequest, OwnedWebIdentity,
    };
    use strongroom_types::PrincipalArn;

    const OWN: &str = "111122223333";
    const OTHER: &str = "444455556666";

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    /// By the root of an account, on a role of an account.
    fn question(policy: &Arc<Document>, caller: &str, owner: &str) -> KeptDecision {
        KeptDecision::Caller(Box::new(KeptQuestion {
            caller: Arc::new(Caller::root(account(caller))),
            action: "kms:Decrypt".into(),
            resource: KeptResource::Other(format!("arn:aws:iam::{owner}:role/r")),
            context: OwnedContext::default(),
            key_policy: Some(policy.clone()),
            identity: Vec::new(),
            boundary: None,
            session: None,
            grants: Vec::new(),
            grants_left_out: 0,
            by: DecidedBy::Policies,
        }))
    }

    fn holder(policy: &Arc<Document>, context: OwnedContext) -> KeptDecision {
        KeptDecision::Holder(Box::new(KeptHolder {
            provider: "p".to_owned(),
            action: "sts:AssumeRoleWithWebIdentity",
            role: PrincipalArn::parse(&format!("arn:aws:iam::{OWN}:role/r")).unwrap(),
            trust: policy.clone(),
            context,
        }))
    }

    fn denial(decisions: Vec<KeptDecision>) -> Denied {
        let told = WireError { name: "AccessDeniedException", status: 400, text: None };
        let (at, operation) = (Timestamp::default(), "Decrypt");
        Denied { account: account(OWN), at, operation, told, decisions, unasked: None }
    }

    fn denied(policy: &Arc<Document>) -> Denied {
        denial(vec![question(policy, OWN, OWN)])
    }

    fn id(n: u8) -> RequestId {
        RequestId::from_random([n; 16])
    }

    fn policy() -> Arc<Document> {
        Arc::new(Document::default_key_policy(&account(OWN)))
    }

    #[test]
    fn denial_is_an_accounts_when_all_of_it_is() {
        let (policy, own, other) = (policy(), account(OWN), account(OTHER));
        let of = |decisions: Vec<KeptDecision>| denial(decisions).is_of(&own);
        assert!(of(vec![question(&policy, OWN, OWN)]));
        assert!(
            of(vec![holder(&policy, OwnedContext::default())]),
            "a stranger counts for the role's account"
        );
        assert!(!denial(vec![holder(&policy, OwnedContext::default())]).is_of(&other));
        assert!(!of(vec![question(&policy, OTHER, OWN)]), "another's caller");
        assert!(!of(vec![question(&policy, OWN, OTHER)]), "another's resource");
        assert!(!of(vec![question(&policy, OWN, OWN), question(&policy, OWN, OTHER)]));
        assert!(!of(Vec::new()));
        let unasked = Denied { unasked: Some("no role"), ..denied(&policy) };
        assert!(!unasked.is_of(&own), "nobody knows whose");
    }

    #[test]
    fn claims_and_trust_policies_are_counted() {
        let policy = policy();
        let mut context = OwnedContext::default();
        let empty = holder(&policy, context.clone()).bytes();
        let claims = vec![("groups".to_owned(), vec!["x".repeat(5_000)])];
        context.session.web_identity = Some(OwnedWebIdentity { claims, ..OwnedWebIdentity::default() });
        let full = holder(&policy, context);
        assert_eq!(full.bytes() - empty, 5_006);
        assert_eq!(full.documents().count(), 1);
    }

    /// The number that documentation promises, not the memory, is what ends an ordinary denial.
    #[test]
    fn ordinary_denials_are_kept_up_to_their_number() {
        let policy = policy();
        let pair = |name: &str| (name.to_owned(), "x".repeat(36));
        let network = OwnedNetwork { user_agent: Some("x".repeat(200)), ..OwnedNetwork::default() };
        let encryption_context = Some([pair("tenant"), pair("purpose")].into());
        let request = OwnedRequest { encryption_context, ..OwnedRequest::default() };
        let KeptDecision::Caller(mut kept) = question(&policy, OWN, OWN) else { panic!("not of a caller") };
        kept.context = OwnedContext { network, request, ..OwnedContext::default() };
        let own = |name: &str| IdentityPolicy { name: name.into(), document: policy.clone() };
        kept.identity = Vec::from(["own", "group", "managed"].map(own));
        let bytes = denial(vec![KeptDecision::Caller(kept)]).bytes();
        assert!(bytes * DENIALS_MAX <= BYTES_MAX, "{bytes} bytes each");
    }

    #[test]
    fn newest_are_kept_up_to_their_number() {
        let (mut kept, policy) = (Kept::default(), policy());
        for n in 0..5 {
            kept.push(id(n), denied(&policy), 3, usize::MAX);
        }
        let there: Vec<bool> = (0..5).map(|n| kept.by_request.contains_key(&id(n))).collect();
        assert_eq!(there, [false, false, true, true, true]);
        assert_eq!((kept.by_request.len(), kept.shares[&account(OWN)].documents.len()), (3, 1));
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
        assert_eq!((kept.by_request.len(), kept.bytes), (3, 3 * one), "each with a policy of its own");
        let mut kept = Kept::default();
        for n in 0..10 {
            kept.push(id(n), denied(&shared), 100, 3 * one);
        }
        assert!(kept.by_request.len() > 3, "all with the same policy");
        while !kept.shares.is_empty() {
            kept.drop_oldest(&account(OWN));
        }
        assert_eq!((kept.bytes, kept.by_request.len()), (0, 0));
    }

    #[test]
    fn account_that_is_denied_without_end_makes_room_itself() {
        let policy = policy();
        let of_other = || Denied { account: account(OTHER), ..denied(&policy) };
        let mut alone = Kept::default();
        alone.push(id(0), denied(&policy), 100, usize::MAX);
        let (document, one) = (document_bytes(&policy), alone.bytes);
        let room = 2 * document + 4 * (one - document);
        for (denials_max, bytes_max) in [(4, usize::MAX), (100, room)] {
            let mut kept = Kept::default();
            kept.push(id(100), of_other(), denials_max, bytes_max);
            for n in 0..50 {
                kept.push(id(n), denied(&policy), denials_max, bytes_max);
            }
            assert!(kept.by_request.contains_key(&id(100)), "the other's, the oldest of all");
            let newest = (47..50).all(|n| kept.by_request.contains_key(&id(n)));
            assert!(newest && kept.by_request.len() == 4);
            // Who has less takes from who has more, up to as much.
            for n in 101..150 {
                kept.push(id(n), of_other(), denials_max, bytes_max);
            }
            let shares: Vec<usize> = kept.shares.values().map(|share| share.order.len()).collect();
            assert_eq!(shares, [2, 2]);
        }
    }
}
