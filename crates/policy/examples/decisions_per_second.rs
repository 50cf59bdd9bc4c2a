//! How many decisions one core makes in a second: `cargo run --release -p strongroom-policy --example decisions_per_second`.
//!
//! The kinds of evidence: the default policy with an identity policy, 20 statements, 100 statements with conditions,
//! and a key with one, 10,000 and 50,000 grants (as many as a key can have), of which the index by grantee gives the
//! caller's one. What the number of grants costs is the difference of those; they take turns, for it is smaller than
//! what two runs differ by.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use strongroom_policy::{
    Bindings, BoundPrincipal, Caller, Context, Document, DocumentKind, Evidence, Grant, GrantOperation,
    IdentityPolicy, Pairs, Question, RequestFacts, Resource, decide,
};
use strongroom_types::{AccountId, KeyArn, UniqueId};

const DECISIONS: u32 = 200_000;

/// The caller's account, as a number.
const CALLERS_ACCOUNT: usize = 111_122_223_333;

fn main() -> Result<(), Box<dyn Error>> {
    let account = AccountId::parse("111122223333")?;
    let key = KeyArn::parse("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")?;
    let caller = Caller::user(account.clone(), "alice", UniqueId::parse("AIDAALICEALICE")?);
    let encryption_context = Pairs::from([("app".to_owned(), "payroll".to_owned())]);
    let request = RequestFacts { encryption_context: Some(&encryption_context), ..RequestFacts::default() };
    let context = Context { request, ..Context::default() };
    let question = Question {
        caller: &caller,
        action: "kms:Decrypt".into(),
        resource: Resource::Key(&key),
        context: &context,
    };

    let default = Document::default_key_policy(&account);
    let allow = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    let identity = [IdentityPolicy {
        name: Arc::from("allow"),
        document: Arc::new(parse(DocumentKind::Identity, &document(&[allow.to_owned()]))?),
    }];
    let evidence = Evidence { key_policy: Some(&default), identity: &identity, ..Evidence::default() };
    report("default policy and an identity policy", &question, |question| decide(question, &evidence));

    let twenty = parse(DocumentKind::KeyPolicy, &document(&statements(20)))?;
    let evidence = Evidence { key_policy: Some(&twenty), identity: &identity, ..Evidence::default() };
    report("20 statements", &question, |question| decide(question, &evidence));

    let hundred = parse(DocumentKind::KeyPolicy, &document(&conditional_statements(100)))?;
    let evidence = Evidence { key_policy: Some(&hundred), identity: &identity, ..Evidence::default() };
    report("100 statements, every condition read", &question, |question| decide(question, &evidence));

    grants_on_a_key(&question, &default)
}

/// How often the rows of [`GRANTS`] take turns; each prints its median.
const ROUNDS: usize = 15;

/// Grants on the key, the caller's one among them.
const GRANTS: [usize; 3] = [1, 10_000, 50_000];

fn grants_on_a_key(question: &Question<'_>, key_policy: &Document) -> Result<(), Box<dyn Error>> {
    let mut rows = Vec::new();
    for count in GRANTS {
        rows.push((count, grants(count)?, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (_, index, measured) in &mut rows {
            measured.push(each_ns(question, |question| {
                let keys = question.caller.index_keys();
                let mine: Vec<&Grant> = keys.iter().filter_map(|key| index.get(key)).collect();
                let evidence =
                    Evidence { key_policy: Some(key_policy), grants: &mine, ..Evidence::default() };
                decide(question, &evidence)
            }));
        }
    }
    for (count, _, mut measured) in rows {
        measured.sort_unstable();
        let middle = measured.get(measured.len() / 2).copied().unwrap_or_default();
        println!("{count} grants on the key, one the caller's: {middle} ns a decision, {measured:?}");
    }
    Ok(())
}

fn parse(kind: DocumentKind, text: &str) -> Result<Document, Box<dyn Error>> {
    Ok(Document::parse(kind, text, &Bindings::default())?)
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// The last one delegates to the account, the others are about nobody who asks.
fn statements(count: usize) -> Vec<String> {
    (1..count).map(|account| statement(account, "")).chain([statement(CALLERS_ACCOUNT, "")]).collect()
}

/// All are about the caller's account, and only the last one's conditions hold. The other's ARN condition holds and comes
/// first, so that both conditions of each statement are read.
fn conditional_statements(count: usize) -> Vec<String> {
    let about = |apps: &str| {
        let condition = format!(
            r#","Condition":{{"ArnNotLike":{{"aws:PrincipalArn":"arn:aws:iam::*:user/admin/*"}},
                "StringLike":{{"kms:EncryptionContext:app":{apps}}}}}"#
        );
        statement(CALLERS_ACCOUNT, &condition)
    };
    let refused = (1..count).map(|_| about(r#"["a*","b*"]"#));
    refused.chain([about(r#"["a*","pay*"]"#)]).collect()
}

fn statement(account: usize, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{account:012}"}},"Action":["kms:Encrypt","kms:De*"],"Resource":"*"{condition}}}"#
    )
}

/// So many grants by grantee, the caller's among them.
fn grants(count: usize) -> Result<HashMap<BoundPrincipal, Grant>, Box<dyn Error>> {
    let grant = |name: &str| {
        let grantee = BoundPrincipal::User(UniqueId::parse(name)?);
        let grant = Grant {
            id: Arc::from(name),
            grantee: grantee.clone(),
            retiring: None,
            issuer: AccountId::parse("111122223333")?,
            operations: [GrantOperation::Decrypt].into_iter().collect(),
            constraints: None,
            source_arn: None,
        };
        Ok::<_, Box<dyn Error>>((grantee, grant))
    };
    (1..count).map(|at| grant(&format!("AIDAGRANTEE{at:05}"))).chain([grant("AIDAALICEALICE")]).collect()
}

fn report<'a, T>(what: &str, question: &Question<'a>, decide: impl Fn(&Question<'a>) -> T) {
    println!("{what}: {} ns a decision", each_ns(question, decide));
}

/// Nanoseconds a decision.
fn each_ns<'a, T>(question: &Question<'a>, decide: impl Fn(&Question<'a>) -> T) -> u128 {
    let start = Instant::now();
    for _ in 0..DECISIONS {
        black_box(decide(black_box(question)));
    }
    start.elapsed().as_nanos() / u128::from(DECISIONS)
}
