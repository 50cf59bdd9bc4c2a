//! Hostile policy documents, and the decisions on those that are taken.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use strongroom_policy::{Evidence, KeyPolicy, Question, allows_put_key_policy, decide};
use strongroom_types::{AccountId, KeyArn, PrincipalArn};

static ACCOUNT: LazyLock<AccountId> = LazyLock::new(|| AccountId::parse("111122223333").unwrap());

static KEY: LazyLock<KeyArn> = LazyLock::new(|| {
    KeyArn::parse("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab").unwrap()
});

/// Callers of the key's account and of another.
static CALLERS: LazyLock<Vec<PrincipalArn>> = LazyLock::new(|| {
    let arns = [
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/alice",
        "arn:aws:iam::444455556666:root",
        STRANGER,
    ];
    arns.iter().map(|arn| PrincipalArn::parse(arn).unwrap()).collect()
});

/// A user of another account. Without identity policies no key policy can let it in.
const STRANGER: &str = "arn:aws:iam::444455556666:user/mallory";

const ACTIONS: [&str; 4] = ["kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:ListKeyPolicies"];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(policy) = KeyPolicy::parse(text, &ACCOUNT) else { return };
    let named = policy.principals().count();
    assert!(named <= text.len(), "more principals than text");
    for principal in CALLERS.iter() {
        for action in ACTIONS {
            let question = Question { principal, action, key: &KEY };
            let decision = decide(&question, &Evidence { key_policy: &policy });
            let allowed = decision.is_allowed();
            assert!(!allowed || principal.to_string() != STRANGER, "a stranger was let in");
            if action == "kms:PutKeyPolicy" {
                assert_eq!(allowed, allows_put_key_policy(principal, &KEY, &policy));
            }
        }
    }
});
