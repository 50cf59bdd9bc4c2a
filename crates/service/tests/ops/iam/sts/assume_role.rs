//! AssumeRole.

use super::{allow, assume, document, identity, let_alice, role, role_of_alice, session, trust};
use crate::scenario::{ACCOUNT, Scenario};
use serde_json::{Value, json};

const DENIED: &str = "is not authorized to perform: sts:AssumeRole on resource: ";

fn is_denied(answer: crate::query_answer::XmlAnswer, action: &str) {
    answer.refused("AccessDenied", &format!("is not authorized to perform: {action} on resource: "));
}

#[tokio::test]
async fn a_session_may_what_its_role_may() {
    let s = Scenario::start().await;
    let role = role_of_alice(&s, "r", "kms:ListKeys").await;
    let answer = assume(&s, &s.alice, &role, &[]).await.ok();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/s1");
    assert_eq!(answer.get("AssumedRoleUser/Arn"), arn);
    let id = answer.get("AssumedRoleUser/AssumedRoleId");
    assert!(id.starts_with("AROA") && id.ends_with(":s1"), "{id}");
    assert!(answer.all("PackedPolicySize").is_empty());
    let mine = super::caller_of(&answer, &arn);
    assert_eq!(identity(&s, &mine).await, (arn, id));
    s.call(&mine, "ListKeys", json!({})).await.ok();
    s.call(&s.alice, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "identity-based");
    let random = json!({ "NumberOfBytes": 1 });
    s.call(&mine, "GenerateRandom", random).await.refused_with("AccessDeniedException", "assumed-role/r/s1");
    s.query(&mine, "iam", "ListUsers", &[]).await.refused("AccessDenied", "iam:ListUsers");
    s.clock().forward_ms(3_600_000);
    s.call(&mine, "ListKeys", json!({})).await.refused_with("ExpiredTokenException", "expired");
}

#[tokio::test]
async fn who_may_assume_is_said_by_trust_and_identity_policies() {
    let s = Scenario::start().await;
    let named = role(&s, "named", &trust(&s.alice.arn, &["sts:AssumeRole"])).await;
    let account =
        role(&s, "account", &trust(&format!("arn:aws:iam::{ACCOUNT}:root"), &["sts:AssumeRole"])).await;
    let closed = role(&s, "closed", &trust(&named, &["sts:AssumeRole"])).await;
    assume(&s, &s.alice, &named, &[]).await.ok();
    let denied = format!("User: {} {DENIED}{account}", s.alice.arn);
    assume(&s, &s.alice, &account, &[]).await.refused("AccessDenied", &denied);
    let_alice(&s, &allow("sts:AssumeRole", "*")).await;
    assume(&s, &s.alice, &account, &[]).await.ok();
    is_denied(assume(&s, &s.alice, &closed, &[]).await, "sts:AssumeRole");
    let first = session(&s, &s.alice, &named, &[]).await;
    assume(&s, &first, &closed, &[]).await.ok();
    let deny = json!({ "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": &named });
    let_alice(&s, &document(&deny)).await;
    is_denied(assume(&s, &s.alice, &named, &[]).await, "sts:AssumeRole");
}

#[tokio::test]
async fn unknown_roles_look_like_forbidden_ones() {
    let s = Scenario::start().await;
    let_alice(&s, &allow("*", "*")).await;
    for role in
        [format!("arn:aws:iam::{ACCOUNT}:role/none"), "arn:aws:iam::999988887777:role/none".to_owned()]
    {
        let denied = format!("User: {} {DENIED}{role}", s.alice.arn);
        assume(&s, &s.alice, &role, &[]).await.refused("AccessDenied", &denied);
    }
    for text in ["this is no arn of a role", &format!("arn:aws:iam::{ACCOUNT}:user/alice")] {
        assume(&s, &s.alice, text, &[]).await.refused("ValidationError", "is invalid");
    }
}

#[tokio::test]
async fn a_root_assumes_no_role() {
    let s = Scenario::start().await;
    let role = role(&s, "r", &trust(&s.root.arn, &["sts:AssumeRole"])).await;
    assume(&s, &s.root, &role, &[])
        .await
        .refused("AccessDenied", "Roles may not be assumed by root accounts.");
}

#[tokio::test]
async fn conditions_of_trust_policies_read_the_request() {
    let s = Scenario::start().await;
    let condition = json!({
        "StringEquals": { "sts:ExternalId": "secret-handshake" },
        "StringLike": { "sts:RoleSessionName": "s*" },
    });
    let statement = json!({ "Effect": "Allow", "Principal": { "AWS": &s.alice.arn }, "Action": "sts:AssumeRole", "Condition": condition });
    let role = role(&s, "r", &document(&statement)).await;
    is_denied(assume(&s, &s.alice, &role, &[]).await, "sts:AssumeRole");
    is_denied(assume(&s, &s.alice, &role, &[("ExternalId", "other")]).await, "sts:AssumeRole");
    assume(&s, &s.alice, &role, &[("ExternalId", "secret-handshake")]).await.ok();
    let params = [("RoleArn", role.as_str()), ("RoleSessionName", "t1"), ("ExternalId", "secret-handshake")];
    is_denied(s.query(&s.alice, "sts", "AssumeRole", &params).await, "sts:AssumeRole");
}

#[tokio::test]
async fn trust_policies_read_what_the_session_is_to_have() {
    let s = Scenario::start().await;
    let source: &[(&str, &str)] = &[("SourceIdentity", "alice-herself")];
    let tag: &[(&str, &str)] = &[
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
        ("TransitiveTagKeys.member.1", "team"),
    ];
    let (one, any) = ("StringEquals", "ForAnyValue:StringEquals");
    for (number, (operator, key, right, wrong, asked)) in [
        (one, "sts:SourceIdentity", "alice-herself", "somebody", source),
        (any, "sts:TransitiveTagKeys", "team", "project", tag),
    ]
    .into_iter()
    .enumerate()
    {
        for (name, condition, allowed) in [
            ("right", json!({ operator: { key: right } }), true),
            ("wrong", json!({ operator: { key: wrong } }), false),
            ("null", json!({ "Null": { key: "true" } }), false),
        ] {
            let statement = json!({
                "Effect": "Allow", "Principal": { "AWS": &s.alice.arn }, "Action": "sts:*", "Condition": condition,
            });
            let role = role(&s, &format!("{name}-{number}"), &document(&statement)).await;
            let answer = assume(&s, &s.alice, &role, asked).await;
            assert_eq!(answer.status == 200, allowed, "{key} {name}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn tags_and_source_identities_need_their_own_permission() {
    let s = Scenario::start().await;
    let bare = role(&s, "bare", &trust(&s.alice.arn, &["sts:AssumeRole"])).await;
    let full = role_of_alice(&s, "full", "sts:*").await;
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let source = [("SourceIdentity", "alice-herself")];
    is_denied(assume(&s, &s.alice, &bare, &tag).await, "sts:TagSession");
    is_denied(assume(&s, &s.alice, &bare, &source).await, "sts:SetSourceIdentity");
    assert!(assume(&s, &s.alice, &full, &tag).await.ok().get("PackedPolicySize").parse::<u32>().unwrap() > 0);
    assert_eq!(assume(&s, &s.alice, &full, &source).await.ok().get("SourceIdentity"), "alice-herself");
}

/// A statement about keys that a tag of the caller opens.
fn for_team(team: &str) -> Value {
    json!({
        "Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": team } },
    })
}

#[tokio::test]
async fn tags_reach_conditions_and_transitive_ones_the_next_role() {
    let s = Scenario::start().await;
    let first = role_of_alice(&s, "first", "sts:*").await;
    let trusted = trust(&first, &["sts:AssumeRole", "sts:TagSession"]);
    let second = role(&s, "second", &trusted).await;
    for name in ["first", "second"] {
        let all = json!([for_team("red"), { "Effect": "Allow", "Action": "sts:*", "Resource": "*" }]);
        let text = document(&all);
        let params = [("RoleName", name), ("PolicyName", "p"), ("PolicyDocument", text.as_str())];
        s.iam("PutRolePolicy", &params).await.ok();
    }
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let transitive = [tag[0], tag[1], ("TransitiveTagKeys.member.1", "Team")];
    let untagged = session(&s, &s.alice, &first, &[]).await;
    s.call(&untagged, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "identity-based");
    let tagged = session(&s, &s.alice, &first, &tag).await;
    s.call(&tagged, "ListKeys", json!({})).await.ok();
    let next = session(&s, &tagged, &second, &[]).await;
    s.call(&next, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "identity-based");
    let tagged = session(&s, &s.alice, &first, &transitive).await;
    let next = session(&s, &tagged, &second, &[]).await;
    s.call(&next, "ListKeys", json!({})).await.ok();
    let again = [("Tags.member.1.Key", "TEAM"), ("Tags.member.1.Value", "blue")];
    assume(&s, &tagged, &second, &again).await.refused("InvalidParameterValue", "transitive tag");
}

#[tokio::test]
async fn a_source_identity_stays() {
    let s = Scenario::start().await;
    let first = role_of_alice(&s, "first", "sts:*").await;
    let second = role(&s, "second", &trust(&first, &["sts:AssumeRole", "sts:SetSourceIdentity"])).await;
    let bare = role(&s, "bare", &trust(&first, &["sts:AssumeRole"])).await;
    let mine = session(&s, &s.alice, &first, &[("SourceIdentity", "me")]).await;
    assert_eq!(assume(&s, &mine, &second, &[]).await.ok().get("SourceIdentity"), "me");
    assume(&s, &mine, &second, &[("SourceIdentity", "me")]).await.ok();
    assume(&s, &mine, &second, &[("SourceIdentity", "you")])
        .await
        .refused("AccessDenied", "cannot be changed");
    is_denied(assume(&s, &mine, &bare, &[]).await, "sts:SetSourceIdentity");
    let record = s.last_record();
    assert_eq!(record["userIdentity"]["sessionContext"]["sourceIdentity"], "me");
}

#[tokio::test]
async fn durations() {
    let s = Scenario::start().await;
    let first = role_of_alice(&s, "first", "sts:*").await;
    let trusted = trust(&first, &["sts:AssumeRole"]);
    let params = [
        ("RoleName", "long"),
        ("AssumeRolePolicyDocument", trusted.as_str()),
        ("MaxSessionDuration", "7200"),
    ];
    let long = s.iam("CreateRole", &params).await.ok().get("Role/Arn");
    let max = "exceeds the MaxSessionDuration set for this role";
    assume(&s, &s.alice, &first, &[("DurationSeconds", "3601")]).await.refused("ValidationError", max);
    assume(&s, &s.alice, &first, &[("DurationSeconds", "899")])
        .await
        .refused("ValidationError", "durationSeconds");
    let mine = session(&s, &s.alice, &first, &[("DurationSeconds", "3600")]).await;
    let chained = "exceeds the 1 hour session limit for roles assumed by role chaining";
    assume(&s, &mine, &long, &[("DurationSeconds", "3601")]).await.refused("ValidationError", chained);
    assume(&s, &mine, &long, &[("DurationSeconds", "3600")]).await.ok();
}

#[tokio::test]
async fn session_policies_limit() {
    let s = Scenario::start().await;
    let role = role_of_alice(&s, "r", "kms:*").await;
    let text = allow("kms:GenerateRandom", "*");
    let answer = assume(&s, &s.alice, &role, &[("Policy", &text)]).await.ok();
    assert!(answer.get("PackedPolicySize").parse::<u32>().unwrap() > 0);
    let mine = super::caller_of(&answer, "");
    s.call(&mine, "GenerateRandom", json!({ "NumberOfBytes": 1 })).await.ok();
    s.call(&mine, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "session policy");
    let text = allow("kms:ListKeys", "*");
    let params = [("PolicyName", "limit"), ("PolicyDocument", text.as_str())];
    let arn = s.iam("CreatePolicy", &params).await.ok().get("Policy/Arn");
    let mine = session(&s, &s.alice, &role, &[("PolicyArns.member.1.arn", &arn)]).await;
    s.call(&mine, "ListKeys", json!({})).await.ok();
    s.call(&mine, "GenerateRandom", json!({ "NumberOfBytes": 1 }))
        .await
        .refused_with("AccessDeniedException", "session policy");
}

#[tokio::test]
async fn session_policies_that_are_refused() {
    let s = Scenario::start().await;
    let role = role_of_alice(&s, "r", "kms:*").await;
    let with = async |params: &[(&str, &str)]| assume(&s, &s.alice, &role, params).await;
    with(&[("Policy", "{")]).await.refused("MalformedPolicyDocument", "");
    let long = allow("kms:ListKeys", &format!("arn:aws:kms:*:*:key/{}", "x".repeat(2_900)));
    with(&[("Policy", &long)]).await.refused("PackedPolicyTooLarge", "% of allotted space");
    for arn in ["arn:aws:iam::aws:policy/None", "arn:aws:iam::999988887777:policy/other"] {
        with(&[("PolicyArns.member.1.arn", arn)]).await.refused("ValidationError", "does not exist");
    }
    let names: Vec<_> = (1..=11).map(|n| format!("PolicyArns.member.{n}.arn")).collect();
    let many: Vec<_> =
        names.iter().map(|name| (name.as_str(), "arn:aws:iam::aws:policy/ReadOnlyAccess")).collect();
    with(&many).await.refused("ValidationError", "less than or equal to 10");
}

#[tokio::test]
async fn parameters_that_are_refused() {
    let s = Scenario::start().await;
    let role = role_of_alice(&s, "r", "kms:*").await;
    let with = async |params: &[(&str, &str)]| assume(&s, &s.alice, &role, params).await;
    let tag = ("Tags.member.1.Key", "a");
    let value = ("Tags.member.1.Value", "");
    let twice = [tag, value, ("Tags.member.2.Key", "A"), ("Tags.member.2.Value", "")];
    with(&twice).await.refused("InvalidParameterValue", "Duplicate tag keys");
    with(&[("Tags.member.1.Key", "aws:a"), value]).await.refused("InvalidParameterValue", "reserved");
    let missing = [tag, value, ("TransitiveTagKeys.member.1", "b")];
    with(&missing).await.refused("InvalidParameterValue", "must be included in the requested tags");
    with(&[("SourceIdentity", "aws:x")]).await.refused("ValidationError", "");
    with(&[("TokenCode", "123456")]).await.refused("AccessDenied", "MultiFactorAuthentication failed");
    let context = [("ProvidedContexts.member.1.ContextAssertion", "abcd")];
    with(&context).await.refused("ValidationError", "ProvidedContexts");
}

#[tokio::test]
async fn a_role_that_is_made_again_is_another() {
    let s = Scenario::start().await;
    let role_arn = role_of_alice(&s, "r", "kms:*").await;
    let mine = session(&s, &s.alice, &role_arn, &[]).await;
    s.call(&mine, "ListKeys", json!({})).await.ok();
    s.iam("DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "p")]).await.ok();
    s.call(&mine, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "identity-based");
    s.iam("DeleteRole", &[("RoleName", "r")]).await.ok();
    role_of_alice(&s, "r", "kms:*").await;
    s.call(&mine, "ListKeys", json!({})).await.refused_with("UnrecognizedClientException", "security token");
}

#[tokio::test]
async fn record() {
    let s = Scenario::start().await;
    let role = role_of_alice(&s, "r", "kms:*").await;
    let mine = session(&s, &s.alice, &role, &[]).await;
    let record = s.last_record();
    assert_eq!(
        (&record["eventName"], &record["eventSource"]),
        (&json!("AssumeRole"), &json!("sts.amazonaws.com"))
    );
    assert_eq!(record["requestParameters"]["roleArn"], json!(role));
    assert_eq!(record["responseElements"]["credentials"]["accessKeyId"], json!(mine.access_key_id));
    assert_eq!(record["responseElements"]["assumedRoleUser"]["arn"], json!(mine.arn));
    let text = s.disk.text();
    assert!(!text.contains(&mine.secret) && !text.contains(mine.token.as_deref().unwrap()));
    s.call(&mine, "ListKeys", json!({})).await.ok();
    let identity = &s.last_record()["userIdentity"];
    assert_eq!(identity["type"], "AssumedRole");
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["arn"], json!(role));
}

#[tokio::test]
async fn trust_policies_may_demand_a_second_factor() {
    let s = Scenario::start().await;
    let device = s.device_of_alice().await;
    let condition = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let statement = json!({ "Effect": "Allow", "Principal": { "AWS": &s.alice.arn }, "Action": "sts:AssumeRole", "Condition": condition });
    let role = role(&s, "r", &document(&statement)).await;
    let inside =
        json!({ "Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*", "Condition": condition });
    let text = document(&inside);
    let params = [("RoleName", "r"), ("PolicyName", "p"), ("PolicyDocument", text.as_str())];
    s.iam("PutRolePolicy", &params).await.ok();
    is_denied(assume(&s, &s.alice, &role, &[]).await, "sts:AssumeRole");
    let wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    let with = async |code: &str| {
        let factor = [("SerialNumber", device.serial_number.as_str()), ("TokenCode", code)];
        assume(&s, &s.alice, &role, &factor).await
    };
    with(&device.code(&s, 5)).await.refused("AccessDenied", wrong);
    let code = device.code(&s, 0);
    let answer = with(&code).await.ok();
    let mine = super::caller_of(&answer, &answer.get("AssumedRoleUser/Arn"));
    s.call(&mine, "ListKeys", json!({})).await.ok();
    with(&code).await.refused("AccessDenied", wrong);
    // A session of the user that was made with a code needs none for the trust policy, and gives its role none.
    let answer = s.session_with(&s.alice, &device, &device.code(&s, 1)).await.ok();
    let user_session = super::caller_of(&answer, &s.alice.arn);
    let chained = session(&s, &user_session, &role, &[]).await;
    s.call(&chained, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "identity-based");
}
