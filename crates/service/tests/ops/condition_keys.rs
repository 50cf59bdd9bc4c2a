//! Condition keys as the service fills them: under an Allow with one condition, a call whose request has the value is
//! served, and is denied where the policy wants another value or wants the key to be missing.
//!
//! The engine's own tests read keys of facts that they made up; these ask where the facts come from.

mod foretold;
mod table;

use crate::answer::Answer;
use crate::scenario::{ACCOUNT, Caller, Scenario, policy, sign};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use strongroom_policy::condition_key_names;
use strongroom_service::{Received, TlsFacts};
use table::{ELSEWHERE, MISSING, ROWS, Row};

/// Where every call comes from, and what it says of itself.
const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const REFERER: &str = "https://console.test/keys";
const TLS: TlsFacts =
    TlsFacts { version: "TLSv1.3", cipher_suite: "TLS_AES_128_GCM_SHA256", key_exchange: "X25519MLKEM768" };

/// The topic that grants to services are for, and the name of the role.
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:topic";
const ROLE: &str = "worker";

/// A service, alice, who has a tag, and a session of a role that she assumed.
struct Cast {
    s: Scenario,
    session: Caller,
    /// What the names in the table stand for.
    names: Vec<(&'static str, String)>,
}

impl Cast {
    async fn new() -> Self {
        let s = Scenario::start().await;
        let tag = [("UserName", "alice"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        s.iam("TagUser", &tag).await.ok();
        let trust = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": { "AWS": &s.alice.arn },
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        } })
        .to_string();
        let params = [("RoleName", ROLE), ("AssumeRolePolicyDocument", trust.as_str())];
        let role = s.iam("CreateRole", &params).await.ok().get("Role/Arn");
        let params =
            [("RoleArn", role.as_str()), ("RoleSessionName", "s1"), ("SourceIdentity", "alice-herself")];
        let assumed = s.query(&s.alice, "sts", "AssumeRole", &params).await.ok();
        let session = assumed.credentials(&assumed.get("AssumedRoleUser/Arn"));
        let user_id = s.iam("GetUser", &[("UserName", "alice")]).await.ok().get("User/UserId");
        // The longer names first: `$role` is the beginning of `$role_id`.
        let names = vec![
            ("$role_id", assumed.get("AssumedRoleUser/AssumedRoleId")),
            ("$role", role),
            ("$user_id", user_id),
            ("$user", s.alice.arn.clone()),
            ("$account", ACCOUNT.to_owned()),
            ("$policy", policy(&[])),
            ("$topic", TOPIC.to_owned()),
            ("$referer", REFERER.to_owned()),
        ];
        Self { s, session, names }
    }

    /// A key with a tag and an alias, for one row; its names beside the others.
    async fn stage(&self, number: usize) -> Stage<'_> {
        let input = json!({ "Tags": [{ "TagKey": "project", "TagValue": "apollo" }] });
        let made = self.s.root("CreateKey", input).await.ok();
        let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let alias = format!("alias/of-row-{number}");
        let input = json!({ "AliasName": alias, "TargetKeyId": key });
        self.s.root("CreateAlias", input).await.empty();
        let input = json!({ "KeyId": key, "Plaintext": "AAAA" });
        let blob = self.s.root("Encrypt", input).await.ok()["CiphertextBlob"].as_str().unwrap().to_owned();
        Stage { cast: self, names: vec![("$key", key), ("$alias", alias), ("$blob", blob)] }
    }
}

/// What one row is played on.
struct Stage<'a> {
    cast: &'a Cast,
    names: Vec<(&'static str, String)>,
}

impl Stage<'_> {
    /// A text of the table with names in place of what they stand for.
    fn text(&self, text: &str) -> String {
        let names = self.names.iter().chain(&self.cast.names);
        names.fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.value(item)).collect()),
            Value::Object(members) => {
                Value::Object(members.into_iter().map(|(name, member)| (name, self.value(member))).collect())
            }
            other => other,
        }
    }

    /// Lets the row's caller do everything under a condition, and nothing else.
    async fn allow(&self, session: bool, condition: &Value) {
        let statement =
            json!({ "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition });
        let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let (action, holder) = if session {
            ("PutRolePolicy", ("RoleName", ROLE))
        } else {
            ("PutUserPolicy", ("UserName", "alice"))
        };
        let params = [holder, ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
        self.cast.s.iam(action, &params).await.ok();
    }

    /// What the row's call is answered, over TLS.
    async fn ask(&self, row: &Row) -> Answer {
        let s = &self.cast.s;
        let caller = if row.session { &self.cast.session } else { &s.alice };
        let input = self.value(serde_json::from_str(row.input).unwrap()).to_string();
        let mut request = s.signed(caller, row.operation, input.as_bytes());
        request.headers.push(("referer".to_owned(), REFERER.as_bytes().to_vec()));
        sign(&mut request, caller);
        let received =
            Received { source: SOURCE, source_text: "192.0.2.7", tls: Some(TLS), ..request.received() };
        Answer::of(s.service.serve(&received).await)
    }

    /// Whether the row's call is let through under a condition. What is not built is refused after that.
    async fn is_allowed(&self, row: &Row, condition: &Value) -> bool {
        self.allow(row.session, condition).await;
        let answer = self.ask(row).await;
        match answer.error {
            None | Some("UnsupportedOperationException") => true,
            Some("AccessDeniedException") => false,
            Some(_) => panic!("{} by {}: {}", row.key, row.operation, answer.text),
        }
    }
}

/// The last of the three may change the key, which the others must not.
#[tokio::test]
async fn every_key_that_the_service_fills_decides() {
    let cast = Cast::new().await;
    for (number, row) in ROWS.iter().enumerate() {
        let stage = cast.stage(number).await;
        let (right, wrong) = (stage.text(row.right), stage.text(row.wrong));
        let wants = |value: &str| json!({ row.operator: { row.key: value } });
        let named = format!("{} {} by {}", row.operator, row.key, row.operation);
        assert!(!stage.is_allowed(row, &wants(&wrong)).await, "{named}: {wrong}");
        assert!(!stage.is_allowed(row, &json!({ "Null": { row.key: "true" } })).await, "{named}: missing");
        assert!(stage.is_allowed(row, &wants(&right)).await, "{named}: {right}");
    }
}

/// As docs/policies.md has them under "always missing"; the control is the table above.
#[tokio::test]
async fn key_that_nothing_here_can_say_is_missing() {
    let cast = Cast::new().await;
    let stage = cast.stage(0).await;
    let encrypt = ROWS[0];
    assert_eq!((encrypt.operation, encrypt.session), ("Encrypt", false));
    for key in MISSING {
        let (any, missing) = (json!({ "StringLike": { *key: "*" } }), json!({ "Null": { *key: "true" } }));
        assert!(!stage.is_allowed(&encrypt, &any).await, "{key} has a value");
        assert!(stage.is_allowed(&encrypt, &missing).await, "{key} is not missing");
    }
}

#[tokio::test]
async fn connection_without_tls_is_not_secure_whatever_its_headers_say() {
    let cast = Cast::new().await;
    let (s, stage) = (&cast.s, cast.stage(0).await);
    for (wanted, allowed) in [("true", false), ("false", true)] {
        stage.allow(false, &json!({ "Bool": { "aws:SecureTransport": wanted } })).await;
        let input = stage.value(json!({ "KeyId": "$key", "Plaintext": "AAAA" })).to_string();
        let mut request = s.signed(&s.alice, "Encrypt", input.as_bytes());
        request.headers.push(("x-forwarded-proto".to_owned(), b"https".to_vec()));
        sign(&mut request, &s.alice);
        let answer = s.send(&request).await;
        assert_eq!(answer.error.is_none(), allowed, "{}", answer.text);
    }
}

/// Whether a key of a policy is the one of the engine's table, or one of those that it names the beginning of.
fn is(row: &str, key: &str) -> bool {
    let begins = row.ends_with(['/', ':']) || row.starts_with("kms:RecipientAttestation:");
    row == key || (begins && key.starts_with(row))
}

/// A key that the engine knows and no test here fills would be one that nobody has seen the service fill.
#[test]
fn every_key_of_the_engine_has_a_row_or_a_reason() {
    for row in condition_key_names() {
        let mut keys = ROWS.iter().map(|row| row.key).chain(MISSING.iter().copied());
        let elsewhere = ELSEWHERE.iter().any(|(key, _)| is(row, key));
        assert!(elsewhere || keys.any(|key| is(row, key)), "{row}");
    }
    for (key, test) in ELSEWHERE {
        assert!(test.contains(key), "{key} is not where it should be tested");
    }
}
