//! Hostile policy documents of every kind, and the decisions on those that are taken.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};
use strongroom_policy::{
    Caller, Context, Document, DocumentKind, Evidence, IdentityPolicy, Question, Resolver, Resource, decide,
    explain,
};
use strongroom_types::{AccountId, KeyArn, PrincipalArn, UniqueId};

/// Every user and role exists and has the same id.
struct Everybody;

const ID: &str = "AIDAEVERYBODY";

impl Resolver for Everybody {
    fn unique_id(&self, _: &PrincipalArn) -> Option<UniqueId> {
        UniqueId::parse(ID).ok()
    }

    fn knows(&self, _: &UniqueId) -> bool {
        true
    }
}

static KEY: LazyLock<KeyArn> = LazyLock::new(|| {
    KeyArn::parse("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab").unwrap()
});

/// A root, a user and a session of the key's account, and a user of another. Without identity policies no key
/// policy can let the last one in.
static CALLERS: LazyLock<Vec<Caller>> = LazyLock::new(|| {
    let account = |text: &str| AccountId::parse(text).unwrap();
    let id = || UniqueId::parse(ID).unwrap();
    vec![
        Caller::root(account("111122223333")),
        Caller::user(account("111122223333"), "alice", id()),
        Caller::role_session(account("111122223333"), "r", id(), "s"),
        Caller::user(account("444455556666"), "mallory", id()),
    ]
});

const ACTIONS: [&str; 4] = ["kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:CreateGrant"];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parse = |kind| Document::parse(kind, text, &Everybody).ok().map(Arc::new);
    let _ = parse(DocumentKind::TrustPolicy);
    let key_policy = parse(DocumentKind::KeyPolicy);
    let identity: Vec<_> = parse(DocumentKind::Identity)
        .map(|document| IdentityPolicy { name: Arc::from("p"), document })
        .into_iter()
        .collect();
    let context = Context::default();
    for (at, caller) in CALLERS.iter().enumerate() {
        for action in ACTIONS {
            let question =
                Question { caller, action: action.into(), resource: Resource::Key(&KEY), context: &context };
            let evidence =
                Evidence { key_policy: key_policy.as_deref(), identity: &identity, ..Evidence::default() };
            let allowed = decide(&question, &evidence).is_allowed();
            assert!(!allowed || key_policy.is_some(), "an identity policy alone opened a key");
            assert!(!allowed || at < 3, "a stranger was let in");
            assert_eq!(explain(&question, &evidence).allowed, allowed);
        }
    }
});
