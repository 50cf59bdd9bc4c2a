//! AssumeRoleWithWebIdentity: nobody signs it; the token of an identity provider tells who asks.

use super::{caller_of, document, identity, role};
use crate::key_sets::{publish, was_outdated};
use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Caller, Scenario, SignedRequest, caller};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use strongroom_service::ActDone;
use strongroom_types::Clock;
use strongroom_vault_protocol::CustodyAct;

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An identity provider of the account, and a role for its subject `s1`.
pub(crate) struct Provider {
    pub(crate) s: Scenario,
    issuer: String,
    key: EcdsaKeyPair,
    role: String,
}

impl Provider {
    pub(crate) async fn new(name: &str) -> Self {
        Self::of(Scenario::start().await, name).await
    }

    pub(crate) async fn of(s: Scenario, name: &str) -> Self {
        let issuer = format!("{name}.idp.test/realm");
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = key.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": x, "y": y });
        publish(&issuer, &json!({ "keys": [jwk] }).to_string());
        let url = format!("https://{issuer}");
        let thumbprint = "0".repeat(40);
        let params = [
            ("Url", url.as_str()),
            ("ClientIDList.member.1", "client"),
            ("ThumbprintList.member.1", thumbprint.as_str()),
        ];
        let arn = s.iam("CreateOpenIDConnectProvider", &params).await.ok().get("OpenIDConnectProviderArn");
        let trust = json!({
            "Effect": "Allow", "Principal": { "Federated": arn }, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{issuer}:sub"): "s1", format!("{issuer}:aud"): "client",
            } },
        });
        let role = role(&s, "web", &document(&trust)).await;
        let policy = super::allow("kms:ListKeys", "*");
        let params = [("RoleName", "web"), ("PolicyName", "p"), ("PolicyDocument", policy.as_str())];
        s.iam("PutRolePolicy", &params).await.ok();
        Self { s, issuer, key, role }
    }

    pub(crate) fn claims(&self) -> Value {
        let now = self.s.clock().now().seconds();
        json!({
            "iss": format!("https://{}", self.issuer), "aud": "client", "sub": "s1", "iat": now, "exp": now + 600,
        })
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": "k1" }).to_string();
        let signed = format!("{}.{}", encode(header), encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }

    /// The good claims with one other.
    pub(crate) fn claims_with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[name] = value;
        claims
    }

    pub(crate) fn request(&self, token: &str, more: &[(&str, &str)]) -> SignedRequest {
        let mut params =
            vec![("RoleArn", self.role.as_str()), ("RoleSessionName", "web1"), ("WebIdentityToken", token)];
        params.extend_from_slice(more);
        let mut request = self.s.signed_query(&self.s.root, "sts", "AssumeRoleWithWebIdentity", &params);
        request.headers.retain(|(name, _)| name != "authorization");
        request
    }

    async fn send(&self, request: &SignedRequest) -> XmlAnswer {
        let answer = self.s.send(request).await;
        XmlAnswer { status: answer.status, text: answer.text }
    }

    pub(crate) async fn ask(&self, token: &str, more: &[(&str, &str)]) -> XmlAnswer {
        self.send(&self.request(token, more)).await
    }
}

#[tokio::test]
async fn a_token_becomes_a_session() {
    let p = Provider::new("good").await;
    let answer = p.ask(&p.token(&p.claims()), &[]).await.ok();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/web/web1");
    assert_eq!(answer.get("AssumedRoleUser/Arn"), arn);
    assert_eq!(answer.get("SubjectFromWebIdentityToken"), "s1");
    assert_eq!(answer.get("Audience"), "client");
    assert_eq!(answer.get("Provider"), format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", p.issuer));
    let record = p.s.last_record();
    assert_eq!(record["eventName"], "AssumeRoleWithWebIdentity");
    assert_eq!(record["userIdentity"]["type"], "WebIdentityUser");
    assert_eq!(record["userIdentity"]["userName"], "s1");
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", p.issuer);
    assert_eq!(record["userIdentity"]["identityProvider"], json!(provider));
    assert_eq!(record["userIdentity"].get("accountId"), None);
    assert_eq!(record["requestParameters"]["roleArn"], json!(p.role));
    let mine = caller_of(&answer, &arn);
    assert!(!p.s.disk.text().contains(&mine.secret));
    assert_eq!(identity(&p.s, &mine).await.0, arn);
    p.s.call(&mine, "ListKeys", json!({})).await.ok();
    let context = p.s.last_record()["userIdentity"]["sessionContext"].take();
    assert_eq!(context["webIdFederationData"], json!({ "federatedProvider": provider, "attributes": {} }));
}

#[tokio::test]
async fn provider_stays_a_condition_key_of_the_session() {
    let p = Provider::new("federated").await;
    let answer = p.ask(&p.token(&p.claims()), &[]).await.ok();
    let mine = caller_of(&answer, "");
    let subject = format!("{}:sub", p.issuer);
    let equals = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    for (condition, allowed) in [
        (equals("aws:FederatedProvider", "other.idp.test"), false),
        (json!({ "Null": { "aws:FederatedProvider": "true" } }), false),
        (equals("aws:FederatedProvider", &p.issuer), true),
        (equals(&subject, "s2"), false),
        (equals(&subject, "s1"), true),
    ] {
        let statement =
            json!({ "Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*", "Condition": condition });
        let policy = document(&statement);
        let params = [("RoleName", "web"), ("PolicyName", "p"), ("PolicyDocument", policy.as_str())];
        p.s.iam("PutRolePolicy", &params).await.ok();
        let answer = p.s.call(&mine, "ListKeys", json!({})).await;
        assert_eq!(answer.error.is_none(), allowed, "{condition}: {}", answer.text);
    }
}

#[tokio::test]
async fn trust_policies_decide_and_denials_are_recorded() {
    let p = Provider::new("trust").await;
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    p.ask(&p.token(&p.claims_with("sub", json!("s2"))), &[]).await.refused("AccessDenied", denied);
    assert_eq!(p.s.last_record()["errorCode"], "AccessDenied");
    assert_eq!(p.s.last_record()["userIdentity"]["userName"], "s2");
    let unknown = format!("arn:aws:iam::{ACCOUNT}:role/none");
    let mut request = p.request(&p.token(&p.claims()), &[]);
    let body = String::from_utf8(request.body).unwrap();
    request.body = body.replace("role%2Fweb", "role%2Fnone").into_bytes();
    p.send(&request).await.refused("AccessDenied", denied);
    assert_eq!(p.s.last_record()["requestParameters"]["roleArn"], json!(unknown));
    p.ask(&p.token(&p.claims()), &[]).await.ok();
}

#[tokio::test]
async fn tokens_that_are_refused_leave_no_record() {
    let p = Provider::new("bad").await;
    let before = p.s.audit_lines().len();
    let good = p.token(&p.claims());
    let now = p.s.clock().now().seconds();
    let invalid = "InvalidIdentityToken";
    for (token, code, text) in [
        ("this.is.no-token".to_owned(), invalid, "not a valid JWT"),
        (p.token(&p.claims_with("aud", json!("other"))), invalid, "Incorrect token audience"),
        (
            p.token(&p.claims_with("iss", json!("https://other.test"))),
            invalid,
            "No OpenIDConnect provider found",
        ),
        (p.token(&p.claims_with("exp", json!(now - 301))), "ExpiredTokenException", "Token expired"),
        (p.token(&p.claims_with("iat", json!(now + 301))), invalid, "not valid yet"),
        (
            p.token(&p.claims_with("https://aws.amazon.com/tags", json!({}))),
            "IDPRejectedClaim",
            "not supported",
        ),
        (format!("{}AAAA", &good[..good.len() - 4]), invalid, "signature"),
    ] {
        p.ask(&token, &[]).await.refused(code, text);
    }
    assert_eq!(p.s.audit_lines().len(), before);
    p.ask(&good, &[]).await.ok();
    assert!(p.s.audit_lines().len() > before, "the control");
}

#[tokio::test]
async fn providers_without_keys_and_providers_that_are_gone() {
    let p = Provider::new("keys").await;
    let good = p.token(&p.claims());
    let arn = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", p.issuer);
    p.ask(&good, &[]).await.ok();
    assert!(!was_outdated(&p.issuer), "the control");
    publish(&p.issuer, "{\"keys\":[]}");
    p.ask(&good, &[]).await.refused("InvalidIdentityToken", "verification key");
    assert!(was_outdated(&p.issuer), "a key that the set has not may be a new one");
    let thumbprint = "0".repeat(40);
    let other = [
        ("Url", "https://no-keys.idp.test"),
        ("ClientIDList.member.1", "client"),
        ("ThumbprintList.member.1", thumbprint.as_str()),
    ];
    p.s.iam("CreateOpenIDConnectProvider", &other).await.ok();
    let token = p.token(&p.claims_with("iss", json!("https://no-keys.idp.test")));
    p.ask(&token, &[]).await.refused("IDPCommunicationError", "--oidc-keys");
    p.s.iam("DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", &arn)]).await.ok();
    p.ask(&good, &[]).await.refused("InvalidIdentityToken", "No OpenIDConnect provider found");
}

#[tokio::test]
async fn parameters() {
    let p = Provider::new("parameters").await;
    let good = p.token(&p.claims());
    p.ask(&good, &[("DurationSeconds", "3601")]).await.refused("ValidationError", "MaxSessionDuration");
    p.ask(&good, &[("DurationSeconds", "1")]).await.refused("ValidationError", "durationSeconds");
    p.ask(&good, &[("ProviderId", "graph.example")]).await.refused("ValidationError", "ProviderId");
    p.ask(&good, &[("Policy", "{")]).await.refused("MalformedPolicyDocument", "");
    let nothing = super::allow("kms:GenerateRandom", "*");
    let answer = p.ask(&good, &[("Policy", &nothing)]).await.ok();
    let mine = caller_of(&answer, "");
    p.s.call(&mine, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "session policy");
}

/// Nothing else passes without a signature, and nothing passes beside one.
#[tokio::test]
async fn nothing_else_is_served_unsigned() {
    let p = Provider::new("unsigned").await;
    let good = p.token(&p.claims());
    for action in
        ["AssumeRole", "GetCallerIdentity", "assumerolewithwebidentity", "AssumeRoleWithWebIdentity%00"]
    {
        let mut request = p.request(&good, &[]);
        let body = String::from_utf8(request.body).unwrap();
        request.body =
            body.replace("Action=AssumeRoleWithWebIdentity", &format!("Action={action}")).into_bytes();
        p.send(&request).await.refused("MissingAuthenticationToken", "");
    }
    let mut signed = p.request(&good, &[]);
    signed.headers.push(("authorization".to_owned(), b"AWS4-HMAC-SHA256 x".to_vec()));
    assert_eq!(p.send(&signed).await.status, 403);
    let mut query = p.request(&good, &[]);
    query.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned();
    assert_eq!(p.send(&query).await.status, 403);
    p.ask(&good, &[]).await.ok();
}

#[tokio::test]
async fn denial_is_explained_by_the_claims_and_the_trust_policy_as_it_was() {
    let p = Provider::new("explained").await;
    let claims = p.claims_with("sub", json!("s2"));
    let token = p.token(&claims);
    let request = p.request(&token, &[]);
    let id = request.request_id.to_string();
    p.send(&request).await.refused("AccessDenied", "");
    let open = json!({ "Effect": "Allow", "Principal": { "AWS": p.s.root.arn }, "Action": "sts:AssumeRole" });
    let open = document(&open);
    let params = [("RoleName", "web"), ("PolicyDocument", open.as_str())];
    p.s.iam("UpdateAssumeRolePolicy", &params).await.ok();
    let answer = serde_json::to_value(p.s.service.explain_denial(&id, 0).await.unwrap()).unwrap();
    assert_eq!(
        (&answer["operation"], &answer["error"]),
        (&json!("AssumeRoleWithWebIdentity"), &json!("AccessDenied"))
    );
    let [decision] = answer["decisions"].as_array().unwrap().as_slice() else { panic!("{answer:#}") };
    assert_eq!((&decision["message"], &decision["resource"]), (&answer["message"], &json!(p.role)));
    let conditions = decision["statements"][0]["conditions"].as_array().unwrap();
    let subject = conditions.iter().find(|one| one["key"] == format!("{}:sub", p.issuer)).unwrap();
    assert_eq!(
        (&subject["wanted"], &subject["actual"], &subject["holds"]),
        (&json!(["s1"]), &json!(["s2"]), &json!(false))
    );
    let added = &decision["changes"][0]["Add"];
    assert_eq!((&added["to"], &added["conditions"][1][1]), (&json!("TrustPolicy"), &json!("s2")));
    assert_eq!(decision["context"]["session"]["web_identity"]["subject"], "s2");
    let signature = token.rsplit('.').next().unwrap();
    assert!(!answer.to_string().contains(signature), "the token is not kept");
}

/// The denial of a stranger is its role's account's to decode.
#[tokio::test]
async fn denial_is_decoded_by_the_roles_account_only() {
    let p = Provider::new("decoded").await;
    let request = p.request(&p.token(&p.claims_with("sub", json!("s2"))), &[]);
    let id = request.request_id.to_string();
    p.send(&request).await.refused("AccessDenied", "");
    let decode = async |who: &Caller| {
        p.s.query(who, "sts", "DecodeAuthorizationMessage", &[("EncodedMessage", id.as_str())]).await
    };
    let message: Value = serde_json::from_str(&decode(&p.s.root).await.ok().get("DecodedMessage")).unwrap();
    let principal = &message["context"]["principal"];
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{}", p.issuer);
    assert_eq!(*principal, json!({ "id": format!("{provider}:client:s2"), "name": "s2" }));
    let held = json!({ "key": format!("{}:sub", p.issuer), "values": { "items": [{ "value": "s2" }] } });
    assert!(message["context"]["conditions"]["items"].as_array().unwrap().contains(&held), "{message:#}");
    let made = p.s.service.create_account("210987654321", 0).await.unwrap();
    let other = caller(String::new(), &made.access_key_id, made.secret.expose());
    decode(&other).await.refused("InvalidAuthorizationMessageException", "");
}

#[tokio::test]
async fn denial_by_a_role_that_is_not_there_says_so_to_the_operator_alone() {
    let p = Provider::new("none").await;
    let mut request = p.request(&p.token(&p.claims()), &[]);
    let body = String::from_utf8(request.body).unwrap();
    request.body = body.replace("role%2Fweb", "role%2Fnone").into_bytes();
    let id = request.request_id.to_string();
    p.send(&request).await.refused("AccessDenied", "");
    let answer = serde_json::to_value(p.s.service.explain_denial(&id, 0).await.unwrap()).unwrap();
    assert_eq!(answer["unasked"], "there is no role of that ARN");
    let params = [("EncodedMessage", id.as_str())];
    let decoded = p.s.query(&p.s.root, "sts", "DecodeAuthorizationMessage", &params).await;
    decoded.refused("InvalidAuthorizationMessageException", "");
}

#[tokio::test]
async fn good_token_is_refused_while_the_vault_is_sealed() {
    let p = Provider::new("sealed").await;
    let keyring = p.s.service.keyring();
    let mut custody = p.s.stand.connect_with_custody(&p.s.vault, keyring.as_ref()).await.unwrap();
    let token = p.token(&p.claims());
    p.ask(&token, &[]).await.ok();
    custody.act(CustodyAct::Seal).unwrap();
    p.s.service.follow_act(ActDone::Sealed, 7).await.unwrap();
    p.ask(&token, &[]).await.refused("ServiceFailure", "the vault is sealed");
}
