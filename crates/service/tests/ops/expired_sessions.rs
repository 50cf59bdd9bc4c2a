//! Temporary credentials at their end: tokens that a vault really sealed, of every kind of session, at every face of the
//! service, to the millisecond. `interop/expiry.py` waits for the end in real time.

use crate::query_answer::XmlAnswer;
use crate::scenario::{Caller, Scenario, SignedRequest};
use serde_json::{Value, json};
use strongroom_sigv4::{Credential, Presign, RequestHead, presign};
use strongroom_types::{Clock, Random, RequestId};

/// The shortest life of a session.
const LASTS_S: u64 = 900;

fn document(statement: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// A session of a role, one of a user and a federated user, which last so long. All may call ListKeys.
pub(crate) async fn sessions(s: &Scenario, seconds: u64) -> [Caller; 3] {
    let seconds = seconds.to_string();
    let all = document(&json!({
        "Effect": "Allow", "Action": ["kms:ListKeys", "iam:ListUsers", "sts:*"], "Resource": "*",
    }));
    let trust = document(&json!({
        "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": "sts:AssumeRole",
    }));
    let name = format!("r{seconds}");
    let params = [("RoleName", &*name), ("AssumeRolePolicyDocument", &*trust)];
    let role = s.iam("CreateRole", &params).await.ok().get("Role/Arn");
    let params = [("RoleName", &*name), ("PolicyName", "p"), ("PolicyDocument", &*all)];
    s.iam("PutRolePolicy", &params).await.ok();
    let params = [("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", &*all)];
    s.iam("PutUserPolicy", &params).await.ok();
    let lasts = ("DurationSeconds", &*seconds);
    let params = [("RoleArn", &*role), ("RoleSessionName", "s1"), lasts];
    let assumed = s.query(&s.alice, "sts", "AssumeRole", &params).await.ok();
    let user = s.query(&s.alice, "sts", "GetSessionToken", &[lasts]).await.ok();
    let params = [("Name", "guest"), ("Policy", &*all), lasts];
    let federated = s.query(&s.alice, "sts", "GetFederationToken", &params).await.ok();
    [
        assumed.credentials(&assumed.get("AssumedRoleUser/Arn")),
        user.credentials(&s.alice.arn),
        federated.credentials(&federated.get("FederatedUser/Arn")),
    ]
}

/// GetCallerIdentity by a presigned request.
async fn presigned_identity(s: &Scenario, caller: &Caller) -> XmlAnswer {
    let headers = [("host", &b"sts.test"[..])];
    let query = "Action=GetCallerIdentity&Version=2011-06-15";
    let head = RequestHead { method: "GET", path: "/", query, headers: &headers };
    let credential = Credential {
        access_key_id: &caller.access_key_id,
        secret_access_key: &caller.secret,
        region: caller.region,
        service: "sts",
    };
    let how = Presign { at: s.clock().now(), expires_seconds: 60, session_token: caller.token.as_deref() };
    let request = SignedRequest {
        request_id: RequestId::from_random(s.request_ids.id16()),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: presign(&head, b"", &credential, &how).unwrap(),
        headers: vec![("host".to_owned(), b"sts.test".to_vec())],
        body: Vec::new(),
    };
    let answer = s.send(&request).await;
    XmlAnswer { status: answer.status, text: answer.text }
}

async fn is_served(s: &Scenario, caller: &Caller) {
    s.call(caller, "ListKeys", json!({})).await.succeeded();
    for answer in
        [s.query(caller, "sts", "GetCallerIdentity", &[]).await, presigned_identity(s, caller).await]
    {
        assert_eq!(answer.ok().get("Arn"), caller.arn);
    }
}

async fn is_expired(s: &Scenario, caller: &Caller) {
    let text = "The security token included in the request is expired";
    s.call(caller, "ListKeys", json!({})).await.refused("ExpiredTokenException", text);
    presigned_identity(s, caller).await.refused("ExpiredToken", text);
    for (service, action) in [("sts", "GetCallerIdentity"), ("sts", "GetSessionToken"), ("iam", "ListUsers")]
    {
        s.query(caller, service, action, &[]).await.refused("ExpiredToken", text);
    }
}

#[tokio::test]
async fn t22_session_is_served_until_its_end_and_at_its_end_no_more() {
    let s = Scenario::start().await;
    let sessions = sessions(&s, LASTS_S).await;
    s.clock().forward_ms(LASTS_S * 1_000 - 1);
    for session in &sessions {
        is_served(&s, session).await;
    }
    s.clock().forward_ms(1);
    let before = s.audit_lines().len();
    for session in &sessions {
        is_expired(&s, session).await;
    }
    assert_eq!(s.audit_lines().len(), before, "who is not known is not on the record");
    s.call(&s.alice, "ListKeys", json!({})).await.succeeded();
}

/// The service has kept nothing of the session: the vault itself says that the token has expired.
#[tokio::test]
async fn t22_expired_token_that_the_service_never_saw_is_refused() {
    let s = Scenario::start().await;
    let (ended, longer) = (sessions(&s, LASTS_S).await, sessions(&s, LASTS_S + 1).await);
    s.clock().forward_ms(LASTS_S * 1_000);
    let s = s.restart().await;
    for session in &ended {
        is_expired(&s, session).await;
    }
    for session in &longer {
        is_served(&s, session).await;
    }
}
