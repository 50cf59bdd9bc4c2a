//! Conditions on tags and aliases: who may change nothing but them gains nothing by it under a policy that is written
//! for that, and each decision is of one instant (threat T-16; docs/policies.md, "Tags decide").

use crate::answer::Answer;
use crate::plaintext::SECRET;
use crate::scenario::{Key, Scenario, alias_arn};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often both keys change roles under the callers' eyes.
const ROUNDS: usize = 40;

/// Callers at the same time.
const CALLERS: usize = 3;

fn statement(effect: &str, actions: Value, condition: Value) -> Value {
    json!({ "Effect": effect, "Action": actions, "Resource": "*", "Condition": condition })
}

fn may(actions: Value, condition: Value) -> Value {
    statement("Allow", actions, condition)
}

fn may_not_tag(condition: Value) -> Value {
    statement("Deny", json!("kms:TagResource"), condition)
}

/// A condition on the tag of the key that is acted on.
fn tagged_red() -> Value {
    json!({ "StringEquals": { "aws:ResourceTag/team": "red" } })
}

/// The tag opens the key.
fn encrypts_by_tag() -> Value {
    may(json!("kms:Encrypt"), tagged_red())
}

/// Gives alice an identity policy, in place of the one she had.
async fn let_alice(s: &Scenario, statements: &[Value]) {
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let params = [("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", &*document)];
    s.iam("PutUserPolicy", &params).await.ok();
}

fn with_tags(key: &Key, tags: &[(&str, &str)]) -> Value {
    let tags: Vec<_> =
        tags.iter().map(|(name, value)| json!({ "TagKey": name, "TagValue": value })).collect();
    json!({ "KeyId": key.arn, "Tags": tags })
}

async fn tag(s: &Scenario, key: &Key, name: &str, value: &str) -> Answer {
    s.alice("TagResource", with_tags(key, &[(name, value)])).await
}

async fn untag(s: &Scenario, key: &Key, name: &str) -> Answer {
    s.alice("UntagResource", json!({ "KeyId": key.arn, "TagKeys": [name] })).await
}

async fn encrypt(s: &Scenario, key: &Key) -> Answer {
    s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })).await
}

#[track_caller]
fn denied(answer: Answer, action: &str) {
    answer.refused_with("AccessDeniedException", &format!("is not authorized to perform: kms:{action} on "));
}

#[tokio::test]
async fn t16_tagging_alone_gives_its_holder_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let tagging = may(json!(["kms:TagResource", "kms:UntagResource"]), json!({}));
    let_alice(&s, std::slice::from_ref(&tagging)).await;
    for value in ["red", "admin", s.alice.arn.as_str()] {
        tag(&s, &key, "team", value).await.empty();
    }
    let grant =
        json!({ "KeyId": key.arn, "GranteePrincipal": s.alice.arn, "Operations": ["Encrypt", "Decrypt"] });
    let alias = json!({ "AliasName": "alias/mine", "TargetKeyId": key.arn });
    for (operation, input) in [
        ("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })),
        ("GenerateDataKey", json!({ "KeyId": key.arn, "KeySpec": "AES_256" })),
        ("Decrypt", json!({ "KeyId": key.arn, "CiphertextBlob": blob })),
        ("CreateGrant", grant),
        ("PutKeyPolicy", json!({ "KeyId": key.arn, "Policy": crate::scenario::policy(&[]) })),
        ("CreateAlias", alias),
        ("DescribeKey", json!({ "KeyId": key.arn })),
    ] {
        denied(s.alice(operation, input).await, operation);
    }
    let_alice(&s, &[tagging, may(json!("kms:Encrypt"), json!({}))]).await;
    encrypt(&s, &key).await.succeeded();
}

/// The control of the tests below, and what AWS's documentation warns of.
#[tokio::test]
async fn t16_tagging_without_limits_opens_what_a_tag_opens() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let_alice(&s, &[may(json!("kms:TagResource"), json!({})), encrypts_by_tag()]).await;
    denied(encrypt(&s, &key).await, "Encrypt");
    tag(&s, &key, "team", "red").await.empty();
    encrypt(&s, &key).await.succeeded();
}

#[tokio::test]
async fn t16_tags_of_the_key_are_those_before_the_change() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let tagging = json!(["kms:TagResource", "kms:UntagResource"]);
    let_alice(&s, &[may(tagging, tagged_red()), encrypts_by_tag()]).await;
    denied(tag(&s, &key, "team", "red").await, "TagResource");
    denied(encrypt(&s, &key).await, "Encrypt");
    let listed = s.root("ListResourceTags", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(listed["Tags"], json!([]));
    s.root("TagResource", with_tags(&key, &[("team", "red")])).await.empty();
    tag(&s, &key, "note", "x").await.empty();
    encrypt(&s, &key).await.succeeded();
    // It may give the key away, and cannot take it back.
    tag(&s, &key, "team", "blue").await.empty();
    denied(tag(&s, &key, "team", "red").await, "TagResource");
    denied(untag(&s, &key, "note").await, "UntagResource");
    denied(encrypt(&s, &key).await, "Encrypt");
    s.root("TagResource", with_tags(&key, &[("team", "red")])).await.empty();
    untag(&s, &key, "team").await.empty();
    denied(untag(&s, &key, "note").await, "UntagResource");
    denied(tag(&s, &key, "team", "red").await, "TagResource");
}

/// For each policy under which tagging opens nothing: the tag that would open the key is refused in every spelling,
/// alone and beside another one.
#[tokio::test]
async fn t16_policies_under_which_tagging_opens_nothing() {
    let s = Scenario::start().await;
    let may_tag = |condition: Value| may(json!("kms:TagResource"), condition);
    let only_cost = json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["cost"] } });
    let has_team = json!({ "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": ["team"] } });
    let gives_team = json!({ "Null": { "aws:RequestTag/team": "false" } });
    for tagging in [
        vec![may_tag(only_cost)],
        vec![may_tag(json!({})), may_not_tag(has_team)],
        vec![may_tag(json!({})), may_not_tag(gives_team)],
    ] {
        let key = s.key().await;
        let_alice(&s, &[tagging.clone(), vec![encrypts_by_tag()]].concat()).await;
        for name in ["team", "TEAM", "Team"] {
            denied(tag(&s, &key, name, "red").await, "TagResource");
            let both = with_tags(&key, &[("cost", "1"), (name, "red")]);
            denied(s.alice("TagResource", both).await, "TagResource");
        }
        tag(&s, &key, "cost", "1").await.empty();
        denied(encrypt(&s, &key).await, "Encrypt");
        s.root("TagResource", with_tags(&key, &[("team", "red")])).await.empty();
        encrypt(&s, &key).await.succeeded();
        denied(tag(&s, &key, "team", "blue").await, "TagResource");
    }
}

/// Names of tags in condition keys know no case, the names of `aws:TagKeys` are values and do.
#[tokio::test]
async fn t16_deny_of_one_spelling_is_gone_around_by_another() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let one_spelling = json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } });
    let tagging = may(json!(["kms:TagResource", "kms:UntagResource"]), json!({}));
    let_alice(&s, &[tagging, may_not_tag(one_spelling), encrypts_by_tag()]).await;
    s.root("TagResource", with_tags(&key, &[("team", "blue")])).await.empty();
    denied(tag(&s, &key, "team", "red").await, "TagResource");
    tag(&s, &key, "TEAM", "red").await.empty();
    // The one that is written exactly so goes first, as long as it is there.
    denied(encrypt(&s, &key).await, "Encrypt");
    untag(&s, &key, "team").await.empty();
    encrypt(&s, &key).await.succeeded();
}

/// A deny that hangs on a tag is as strong as the right to take the tag away.
#[tokio::test]
async fn t16_deny_by_tag_holds_against_who_may_not_untag() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let sealed = json!({ "StringEquals": { "aws:ResourceTag/sealed": "yes" } });
    let uses =
        [may(json!("kms:Encrypt"), json!({})), statement("Deny", json!("kms:Encrypt"), sealed.clone())];
    s.root("TagResource", with_tags(&key, &[("sealed", "yes")])).await.empty();
    let untagging = may(json!("kms:UntagResource"), json!({}));
    let guarded = statement("Deny", json!(["kms:UntagResource", "kms:TagResource"]), sealed);
    let_alice(&s, &[&uses[..], &[untagging.clone(), guarded][..]].concat()).await;
    denied(untag(&s, &key, "sealed").await, "UntagResource");
    denied(encrypt(&s, &key).await, "Encrypt");
    let_alice(&s, &[&uses[..], &[untagging][..]].concat()).await;
    untag(&s, &key, "sealed").await.empty();
    encrypt(&s, &key).await.succeeded();
}

#[tokio::test]
async fn t16_tags_that_a_new_key_is_to_have_are_no_tags_that_it_has() {
    let s = Scenario::start().await;
    let with_team = |team: &str| json!({ "Tags": [{ "TagKey": "team", "TagValue": team }] });
    let creating = may(json!("kms:CreateKey"), json!({}));
    let_alice(&s, std::slice::from_ref(&creating)).await;
    s.alice("CreateKey", json!({})).await.succeeded();
    denied(s.alice("CreateKey", with_team("red")).await, "TagResource");
    let_alice(&s, &[creating.clone(), may(json!("kms:TagResource"), tagged_red())]).await;
    denied(s.alice("CreateKey", with_team("red")).await, "TagResource");
    let asked_red = json!({ "StringEquals": { "aws:RequestTag/team": "red" } });
    let_alice(&s, &[creating, may(json!("kms:TagResource"), asked_red)]).await;
    denied(s.alice("CreateKey", with_team("blue")).await, "TagResource");
    s.alice("CreateKey", with_team("red")).await.succeeded();
}

#[tokio::test]
async fn t16_tagging_a_new_key_is_about_the_keys_of_account_and_region() {
    let s = Scenario::start().await;
    let tagged = json!({ "Tags": [{ "TagKey": "team", "TagValue": "red" }] });
    let creating = may(json!("kms:CreateKey"), json!({}));
    let tagging = |effect: &str, region: &str| {
        let keys = format!("arn:aws:kms:{region}:111122223333:key/*");
        json!({ "Effect": effect, "Action": "kms:TagResource", "Resource": keys })
    };
    let_alice(&s, &[creating.clone(), tagging("Allow", "eu-west-1")]).await;
    denied(s.alice("CreateKey", tagged.clone()).await, "TagResource");
    let_alice(&s, &[creating.clone(), tagging("Allow", "*")]).await;
    s.alice("CreateKey", tagged.clone()).await.succeeded();
    let everything = may(json!("kms:*"), json!({}));
    let_alice(&s, &[everything.clone(), tagging("Deny", "eu-west-1")]).await;
    s.alice("CreateKey", tagged.clone()).await.succeeded();
    let_alice(&s, &[everything, tagging("Deny", "*")]).await;
    denied(s.alice("CreateKey", tagged).await, "TagResource");
}

#[tokio::test]
async fn lockout_check_of_a_new_key_reads_what_it_will_be() {
    let s = Scenario::start().await;
    let statement = |origin: &str| {
        json!({
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "kms:*",
            "Resource": "*", "Condition": { "StringEquals": { "kms:KeyOrigin": origin } },
        })
    };
    let create = async |origin: &str, team: &str| {
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement(origin)] }).to_string();
        let tags = json!([{ "TagKey": "team", "TagValue": team }]);
        s.alice("CreateKey", json!({ "Policy": policy, "Tags": tags })).await
    };
    let locks_out = |answer: Answer| {
        answer.refused_with("MalformedPolicyDocumentException", "update the key policy in the future")
    };
    let everything = may(json!("kms:*"), json!({}));
    let not_the_red =
        json!({ "Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*", "Condition": tagged_red() });
    let_alice(&s, &[everything, not_the_red]).await;
    create("AWS_KMS", "blue").await.succeeded();
    locks_out(create("AWS_CLOUDHSM", "blue").await);
    locks_out(create("AWS_KMS", "red").await);
}

/// Moving an alias onto a key needs the alias, the key that loses it, and the key that gets it; each is left out once.
#[tokio::test]
async fn t16_alias_opens_no_key_to_who_may_not_move_it_there() {
    let s = Scenario::start().await;
    let (open, closed) = (s.key().await, s.key().await);
    s.root("CreateAlias", json!({ "AliasName": "alias/open", "TargetKeyId": open.id })).await.empty();
    let has_alias = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/open" } });
    let by_alias = may(json!("kms:Encrypt"), has_alias);
    let move_it = || s.alice("UpdateAlias", json!({ "AliasName": "alias/open", "TargetKeyId": closed.arn }));
    let alias = alias_arn("alias/open");
    let moving = |on: &[&str]| {
        let actions = ["kms:UpdateAlias", "kms:CreateAlias", "kms:DeleteAlias"];
        json!({ "Effect": "Allow", "Action": actions, "Resource": on })
    };
    for on in [[&*alias, &*open.arn], [&*alias, &*closed.arn], [&*open.arn, &*closed.arn]] {
        let_alice(&s, &[moving(&on), by_alias.clone()]).await;
        encrypt(&s, &open).await.succeeded();
        denied(move_it().await, "UpdateAlias");
        denied(encrypt(&s, &closed).await, "Encrypt");
    }
    let_alice(&s, &[moving(&[&*alias, &*open.arn, &*closed.arn]), by_alias]).await;
    move_it().await.empty();
    encrypt(&s, &closed).await.succeeded();
    denied(encrypt(&s, &open).await, "Encrypt");
}

/// What callers were answered who used `alias/a` all the time.
#[derive(Default)]
struct Answers {
    allowed: usize,
    denied: usize,
}

async fn call_until(s: Arc<Scenario>, done: Arc<AtomicBool>) -> Answers {
    let mut answers = Answers::default();
    while !done.load(Ordering::Acquire) {
        let answer = s.alice("Encrypt", json!({ "KeyId": "alias/a", "Plaintext": SECRET })).await;
        match answer.error {
            None => answers.allowed += 1,
            Some("AccessDeniedException") => answers.denied += 1,
            Some(_) => answer.refused_with("KMSInternalException", "changed while the request was served"),
        }
    }
    answers
}

async fn open(s: &Scenario, key: &Key) {
    s.root("TagResource", with_tags(key, &[("team", "red")])).await.empty();
}

async fn close(s: &Scenario, key: &Key) {
    s.root("UntagResource", json!({ "KeyId": key.id, "TagKeys": ["team"] })).await.empty();
}

/// The alias goes from key to key, and the tag with it: at every instant the alias's key has the tag, or at none.
async fn alternate(s: &Scenario, always_open: bool) {
    let (mut from, mut to) = (s.key().await, s.key().await);
    open(s, if always_open { &from } else { &to }).await;
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": from.id })).await.empty();
    for _ in 0..2 * ROUNDS {
        let input = json!({ "AliasName": "alias/a", "TargetKeyId": to.id });
        if always_open {
            open(s, &to).await;
            s.root("UpdateAlias", input).await.empty();
            close(s, &from).await;
        } else {
            close(s, &to).await;
            s.root("UpdateAlias", input).await.empty();
            open(s, &from).await;
        }
        std::mem::swap(&mut from, &mut to);
    }
}

/// A decision that took the alias of one instant and the tag of another would allow in the one run and deny in the
/// other; so each run is the other's control.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t16_decision_by_alias_and_tag_is_of_one_instant() {
    for always_open in [false, true] {
        let s = Arc::new(Scenario::start().await);
        let both =
            json!({ "StringEquals": { "kms:RequestAlias": "alias/a", "aws:ResourceTag/team": "red" } });
        let_alice(&s, &[may(json!("kms:Encrypt"), both)]).await;
        let done = Arc::new(AtomicBool::new(false));
        let changes = {
            let (s, done) = (s.clone(), done.clone());
            tokio::spawn(async move {
                alternate(&s, always_open).await;
                done.store(true, Ordering::Release);
            })
        };
        while s.root("ListAliases", json!({})).await.body["Aliases"][0].is_null() {
            tokio::task::yield_now().await;
        }
        let callers: Vec<_> =
            (0..CALLERS).map(|_| tokio::spawn(call_until(s.clone(), done.clone()))).collect();
        changes.await.unwrap();
        let (mut allowed, mut denied) = (0, 0);
        for caller in callers {
            let answers = caller.await.unwrap();
            allowed += answers.allowed;
            denied += answers.denied;
        }
        println!("always open: {always_open}, allowed {allowed}, denied {denied}");
        assert_eq!(
            (allowed > 0, denied > 0),
            (always_open, !always_open),
            "{allowed} allowed, {denied} denied"
        );
    }
}
