//! What an operator reads, word for word.

use super::*;
use serde_json::json;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn decided() -> Value {
    json!({
        "principal": ALICE,
        "action": "kms:Decrypt",
        "resource": KEY,
        "allowed": false,
        "rule": "NoResourcePolicyAllows",
        "rule_number": 9,
        "message": "not shown twice",
        "determining": [],
        "grant": null,
        "statements": [
            {
                "statement": { "policy": "KeyPolicy", "index": 0, "sid": "Admins" },
                "effect": "Allow",
                "matched": null,
                "mismatches": ["Principal", "Action"],
                "conditions": [],
            },
            {
                "statement": { "policy": { "Identity": "decrypting" }, "index": 1, "sid": null },
                "effect": "Allow",
                "matched": null,
                "mismatches": [],
                "conditions": [
                    {
                        "operator": "StringEquals",
                        "key": "kms:EncryptionContext:purpose",
                        "wanted": ["a", "b"],
                        "actual": ["c"],
                        "holds": false,
                    },
                    { "operator": "Bool", "key": "aws:SecureTransport", "wanted": ["true"], "actual": null, "holds": true },
                ],
            },
        ],
        "grants": [{ "id": "abcd", "matched": null, "mismatch": "Constraints" }],
        "warnings": [],
        "changes": [
            {
                "Add": { "to": "KeyPolicy", "principal": ALICE, "action": "kms:Decrypt", "resource": "*" }
            },
            { "Remove": { "policy": { "Session": 0 }, "index": 2, "sid": null } },
        ],
        "context": { "now": "2026-01-02T03:00:00Z", "request": { "encryption_context": { "purpose": "c\u{1b}" } } },
    })
}

const DECIDED: &str = r#"Question  may arn:aws:iam::111122223333:user/alice
          do kms:Decrypt
          on arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
With      now = 2026-01-02T03:00:00Z
          request.encryption_context.purpose = c�
Answer    DENIED
Rule      R9 NoResourcePolicyAllows: no policy of the key or role, and no grant, allows

Statements
  Allow the key policy, statement 1 (Admins): does not match
    Principal is another
    Action is another
  Allow identity policy decrypting, statement 2: does not match
    StringEquals kms:EncryptionContext:purpose: wanted "a" or "b", the request has "c": DOES NOT HOLD
    Bool aws:SecureTransport: wanted "true", the request has nothing: holds

Grants
  abcd: the encryption context does not satisfy its constraints

Smallest change that would allow it
  in the key policy, allow to arn:aws:iam::111122223333:user/alice kms:Decrypt on *
  take session policy 1, statement 3 out
"#;

#[test]
fn decision_word_for_word() {
    assert_eq!(decision(&decided()), DECIDED);
}

#[test]
fn what_is_left_out_is_counted() {
    let mut answer = decided();
    answer["grants_left_out"] = json!(7);
    answer["changes_left_out"] = json!(1);
    answer["statements_left_out"] = json!(3);
    answer["statements"][1]["conditions_left_out"] = json!(2);
    let mut expected = DECIDED.to_owned();
    for (last, more) in [
        (
            "    Bool aws:SecureTransport: wanted \"true\", the request has nothing: holds\n",
            "    2 more are left out\n  3",
        ),
        ("  abcd: the encryption context does not satisfy its constraints\n", "  7"),
        ("  take session policy 1, statement 3 out\n", "  1"),
    ] {
        expected = expected.replace(last, &format!("{last}{more} more are left out\n"));
    }
    assert_eq!(decision(&answer), expected);
    let answer = json!({ "left_out": 3, "principals_left_out": 4, "other_grantees_left_out": 5, "other_principals_left_out": 6 });
    let said = who_can(&answer);
    assert!(
        said.ends_with("\n7 more are left out\n  5 more are left out\n  6 more are left out\n"),
        "{said}"
    );
}

#[test]
fn what_the_same_request_also_needs_is_told() {
    let mut answer = decided();
    answer["not_asked"] = json!(["kms:UpdateAlias on the\u{1b} other key"]);
    answer["also_asked"] = json!([decided()]);
    let rule = "no policy of the key or role, and no grant, allows\n";
    let first = DECIDED.replace(rule, &format!("{rule}Not asked kms:UpdateAlias on the\u{fffd} other key\n"));
    assert_eq!(decision(&answer), format!("{first}\nThe same request also asks\n{DECIDED}"));
}

#[test]
fn names_of_a_constraint_do_not_steer_the_terminal() {
    let row = json!({ "principal": ALICE, "allowed": false, "unmet_conditions": ["grant g EncryptionContextEquals \u{1b}"] });
    let said = who_can(&json!({ "principals": [row] }));
    assert!(said.contains("depends on grant g EncryptionContextEquals \u{fffd}\n"), "{said}");
}

#[test]
fn denial_word_for_word() {
    let answer = json!({
        "request_id": "00000000-0000-4000-8000-000000000000",
        "time": "2026-01-02T03:00:00Z",
        "operation": "Decrypt",
        "error": "AccessDeniedException",
        "message": "no",
        "unasked": null,
        "decisions": [decided()],
    });
    let head = "Request   00000000-0000-4000-8000-000000000000\n\
                Denied    2026-01-02T03:00:00Z, Decrypt\n\
                Told      AccessDeniedException: no\n\n";
    assert_eq!(denial(&answer), format!("{head}{DECIDED}"));
    let unasked = json!({ "unasked": "there is no key", "decisions": [] });
    assert!(denial(&unasked).ends_with("Reason    no policy was asked: there is no key\n"));
}

#[test]
fn who_can_word_for_word() {
    let answer = json!({
        "action": "kms:Decrypt",
        "key": KEY,
        "asked_with": "TLS",
        "principals": [
            {
                "principal": "arn:aws:iam::111122223333:root", "allowed": true, "rule": "ResourcePolicyNamesCaller",
                "rule_number": 2, "by": [{ "policy": "KeyPolicy", "index": 0, "sid": null }], "grant": null,
                "unmet_conditions": [],
            },
            {
                "principal": ALICE, "allowed": false, "rule": "NoIdentityPolicyAllows", "rule_number": 10, "by": [],
                "grant": null, "unmet_conditions": ["StringEquals kms:ViaService"],
            },
        ],
        "left_out": 3,
        "other_grantees": [{ "principal": "s3.amazonaws.com", "grant": "abcd" }],
        "other_principals": [{
            "principal": "arn:aws:sts::111122223333:federated-user/guest",
            "statement": { "policy": "KeyPolicy", "index": 1, "sid": "Guests" },
        }],
    });
    let expected = "\
Who can kms:Decrypt with arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
Asked with TLS

Allowed
  arn:aws:iam::111122223333:root  R2 ResourcePolicyNamesCaller, the key policy, statement 1

Denied
  arn:aws:iam::111122223333:user/alice  R10 NoIdentityPolicyAllows; depends on StringEquals kms:ViaService

3 more are left out

Grants to others
  s3.amazonaws.com  by grant abcd

Named by the key policy, and not decided on
  arn:aws:sts::111122223333:federated-user/guest  by the key policy, statement 2 (Guests)
";
    assert_eq!(who_can(&answer), expected);
}

#[test]
fn retirement_and_trust_word_for_word() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/idp.example";
    let root = "arn:aws:iam::111122223333:root";
    let added = json!({
        "to": "TrustPolicy", "principal": provider, "action": "sts:AssumeRoleWithWebIdentity", "resource": "ROLE",
        "conditions": [["idp.example:aud", "app"], ["idp.example:sub", "s1\u{1b}"]],
    });
    let answer = json!({
        "retirement": {
            "grant": "abcd",
            "retirers": [
                { "kind": "RetiringPrincipal", "principal": ALICE, "may": true, "matched": null },
                { "kind": "Grantee", "principal": ALICE, "may": false, "matched": "Itself" },
                { "kind": "Grantee", "principal": ALICE, "may": true, "matched": "Issuer" },
                { "kind": "IssuingAccount", "principal": root, "may": true, "matched": "Account" },
            ],
        },
        "changes": [{ "Add": added }, { "Regrant": { "grant": "abcd", "retiring": ALICE } }],
    });
    let expected = "
Who may retire grant abcd
  its retiring principal arn:aws:iam::111122223333:user/alice: is not the caller
  its grantee arn:aws:iam::111122223333:user/alice: may not, because the grant does not list RetireGrant
  its grantee arn:aws:iam::111122223333:user/alice: means the caller (the caller's role or user)
  the account that issued it arn:aws:iam::111122223333:root: means the caller by its account, if an identity policy allows

Smallest change that would allow it
  in the trust policy, allow to arn:aws:iam::111122223333:oidc-provider/idp.example sts:AssumeRoleWithWebIdentity on ROLE if idp.example:aud is app and idp.example:sub is s1�
  make the grant abcd anew, with arn:aws:iam::111122223333:user/alice as its retiring principal
";
    assert!(decision(&answer).ends_with(expected), "{}", decision(&answer));
}

#[test]
fn what_the_caller_brings_word_for_word() {
    let brought = json!({
        "how": "sign with a code",
        "values": [["aws:MultiFactorAuthPresent", "true"], ["aws:MultiFactorAuthAge", "0"]],
    });
    let removed = json!({ "policy": "KeyPolicy", "index": 1, "sid": null });
    let answer = json!({ "changes": [{ "Bring": brought }, { "Remove": removed }] });
    let expected = "
Smallest change that would allow it
  sign with a code, so that aws:MultiFactorAuthPresent is true and aws:MultiFactorAuthAge is 0
  take the key policy, statement 2 out
";
    assert!(decision(&answer).ends_with(expected), "{}", decision(&answer));
}
