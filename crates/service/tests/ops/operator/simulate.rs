//! Hypothetical questions, answered by the state in force.

use crate::scenario::{ACCOUNT, Scenario, statement};
use serde_json::{Value, json};
use strongroom_service::{OperatorError, Simulation};

fn may(s: &Scenario, action: &str, key: &str) -> Simulation {
    Simulation {
        principal: s.alice.arn.clone(),
        action: action.to_owned(),
        resource: Some(key.to_owned()),
        ..Simulation::default()
    }
}

async fn answered(s: &Scenario, asked: &Simulation) -> Value {
    serde_json::to_value(s.service.simulate(asked, 0).await.unwrap()).unwrap()
}

async fn allowed(s: &Scenario, asked: &Simulation) -> bool {
    answered(s, asked).await["allowed"].as_bool().unwrap()
}

#[tokio::test]
async fn answer_follows_the_encryption_context_the_time_and_the_address() {
    let s = Scenario::start().await;
    let mut allow = statement("Allow", &s.alice.arn, "kms:Decrypt");
    allow["Condition"] = json!({
        "StringEquals": { "kms:EncryptionContext:purpose": "backup" },
        "DateGreaterThan": { "aws:CurrentTime": "2030-01-01T00:00:00Z" },
        "IpAddress": { "aws:SourceIp": "192.0.2.0/24" },
        "Bool": { "aws:SecureTransport": "true" },
    });
    let key = s.key_with(&[allow]).await;
    let good = Simulation {
        encryption_context: [("purpose".to_owned(), "backup".to_owned())].into(),
        at: Some("2030-06-01T03:00:00Z".to_owned()),
        source_ip: "192.0.2.1".parse().ok(),
        ..may(&s, "kms:Decrypt", &key.arn)
    };
    assert!(allowed(&s, &good).await);
    assert!(allowed(&s, &Simulation { resource: Some(key.id.clone()), ..good.clone() }).await);
    let others = [
        Simulation { encryption_context: Default::default(), ..good.clone() },
        Simulation { at: None, ..good.clone() },
        Simulation { source_ip: "198.51.100.1".parse().ok(), ..good.clone() },
        Simulation { action: "kms:Encrypt".to_owned(), ..good.clone() },
        Simulation { request: Some(json!({ "network": { "secure_transport": false } })), ..good.clone() },
    ];
    for other in others {
        assert!(!allowed(&s, &other).await, "{other:?}");
    }
    let file = json!({
        "now": "2030-06-01T03:00:00Z",
        "network": { "source_ip": "192.0.2.1" },
        "request": { "encryption_context": { "purpose": "backup" } },
    });
    assert!(allowed(&s, &Simulation { request: Some(file), ..may(&s, "kms:Decrypt", &key.arn) }).await);
    assert_eq!(s.last_record()["eventName"], "OperatorSimulate");
}

#[tokio::test]
async fn answer_is_the_one_that_a_request_gets() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:DescribeKey").await;
    assert!(allowed(&s, &may(&s, "kms:DescribeKey", &key.id)).await);
    s.alice("DescribeKey", json!({ "KeyId": key.id })).await.succeeded();
    let denied = answered(&s, &may(&s, "kms:Encrypt", &key.id)).await;
    let input = json!({ "KeyId": key.id, "Plaintext": "AAAA" });
    s.alice("Encrypt", input).await.refused("AccessDeniedException", denied["message"].as_str());
    let root = Simulation { principal: s.root.arn.clone(), ..may(&s, "kms:Encrypt", &key.id) };
    assert!(allowed(&s, &root).await);
    let in_lower_case = answered(&s, &may(&s, "kms:describekey", &key.id)).await;
    assert_eq!(
        (&in_lower_case["allowed"], &in_lower_case["action"]),
        (&json!(true), &json!("kms:DescribeKey"))
    );
    let nothing = Simulation { resource: None, ..may(&s, "kms:CreateKey", "") };
    assert!(!allowed(&s, &nothing).await);
}

#[tokio::test]
async fn question_that_means_nothing_is_refused() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let good = may(&s, "kms:Decrypt", &key.id);
    let nobody = format!("{}x", s.alice.arn);
    let wrong = [
        (Simulation { action: "kms:Decript".to_owned(), ..good.clone() }, "no action kms:Decript"),
        (Simulation { action: "sts:AsumeRole".to_owned(), ..good.clone() }, "is sts:AssumeRole meant?"),
        (Simulation { action: "iam:PassRole".to_owned(), ..good.clone() }, "IAM has no action iam:PassRole"),
        (Simulation { action: "kms:ReEncrypt".to_owned(), ..good.clone() }, "two actions"),
        (Simulation { action: "Decrypt".to_owned(), ..good.clone() }, "is no action"),
        (Simulation { principal: nobody, ..good.clone() }, "no principal"),
        (Simulation { principal: "alice".to_owned(), ..good.clone() }, "no principal"),
        (Simulation { resource: Some("alias/none".to_owned()), ..good.clone() }, "no key alias/none"),
        (Simulation { at: Some("3 a.m.".to_owned()), ..good.clone() }, "is no time"),
        (Simulation { request: Some(json!({ "netwrok": {} })), ..good.clone() }, "netwrok"),
    ];
    for (asked, part) in wrong {
        match s.service.simulate(&asked, 0).await {
            Err(OperatorError::Question(text)) => assert!(text.contains(part), "{text}"),
            other => panic!("{asked:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn role_is_assumed_as_its_trust_policy_says() {
    let s = Scenario::start().await;
    let trust = |arn: &str| {
        let statement = json!({ "Effect": "Allow", "Principal": { "AWS": arn }, "Action": "sts:AssumeRole" });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", &*trust(&s.alice.arn))];
    let role = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let ask = async |principal: &str, resource: &str| {
        let asked = Simulation {
            principal: principal.to_owned(),
            action: "sts:AssumeRole".to_owned(),
            resource: Some(resource.to_owned()),
            ..Simulation::default()
        };
        s.service.simulate(&asked, 0).await.map(|answer| serde_json::to_value(answer).unwrap())
    };
    let answer = ask(&s.alice.arn, &role).await.unwrap();
    assert_eq!((&answer["allowed"], &answer["rule_number"]), (&json!(true), &json!(2)), "{answer:#}");
    let other = [("RoleName", "r"), ("PolicyDocument", &*trust(&s.root.arn))];
    s.iam("UpdateAssumeRolePolicy", &other).await.ok();
    assert_eq!(ask(&s.alice.arn, &role).await.unwrap()["allowed"], false);
    assert!(ask(&s.root.arn, &role).await.unwrap_err().to_string().contains("root"));
    let none = format!("{role}2");
    assert!(ask(&s.alice.arn, &none).await.unwrap_err().to_string().contains("role that exists"));
}

#[tokio::test]
async fn grant_is_retired_by_whom_it_lets() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = json!({
        "KeyId": key.id, "GranteePrincipal": s.root.arn, "RetiringPrincipal": s.alice.arn, "Operations": ["Decrypt"],
    });
    let grant = s.root("CreateGrant", made).await.ok()["GrantId"].as_str().unwrap().to_owned();
    let retire = Simulation { grant: Some(grant.clone()), ..may(&s, "kms:RetireGrant", &key.id) };
    let answer = answered(&s, &retire).await;
    assert_eq!(
        (&answer["allowed"], &answer["retirement"]["grant"]),
        (&json!(true), &json!(grant)),
        "{answer:#}"
    );
    let other = json!({ "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": ["Decrypt"] });
    let other = s.root("CreateGrant", other).await.ok()["GrantId"].as_str().unwrap().to_owned();
    let denied = answered(&s, &Simulation { grant: Some(other.clone()), ..retire.clone() }).await;
    assert_eq!(denied["allowed"], false, "{denied:#}");
    let input = json!({ "KeyId": key.arn, "GrantId": other });
    s.alice("RetireGrant", input).await.refused("AccessDeniedException", denied["message"].as_str());
    for (asked, part) in [
        (Simulation { grant: None, ..retire.clone() }, "the id of a grant"),
        (Simulation { action: "kms:Decrypt".to_owned(), ..retire.clone() }, "the id of a grant"),
        (Simulation { grant: Some("none".to_owned()), ..retire.clone() }, "no grant none"),
        (Simulation { resource: None, ..retire.clone() }, "the key of the grant"),
    ] {
        let refused = s.service.simulate(&asked, 0).await.unwrap_err().to_string();
        assert!(refused.contains(part), "{part}: {refused}");
    }
}

#[tokio::test]
async fn holder_of_a_token_assumes_as_the_trust_policy_says() {
    let s = Scenario::start().await;
    let url = [("Url", "https://idp.example/one"), ("ClientIDList.member.1", "app")];
    s.iam("CreateOpenIDConnectProvider", &url).await.ok();
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example/one");
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Federated": provider }, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { "idp.example/one:sub": "alice", "idp.example/one:aud": "app" } },
    }] });
    let params = [("RoleName", "r"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    let role = s.iam("CreateRole", &params).await.ok().get("Role/Arn");
    let ask = |audience: &str, subject: &str| Simulation {
        principal: provider.clone(),
        action: "sts:AssumeRoleWithWebIdentity".to_owned(),
        resource: Some(role.clone()),
        request: Some(json!({ "session": { "web_identity": { "audience": audience, "subject": subject } } })),
        ..Simulation::default()
    };
    assert!(allowed(&s, &ask("app", "alice")).await);
    let denied = answered(&s, &ask("app", "bob")).await;
    assert_eq!(
        (&denied["allowed"], &denied["principal"]),
        (&json!(false), &json!(format!("{provider}:app:bob")))
    );
    for (asked, part) in [
        (ask("other", "alice"), "does not list"),
        (ask("app", ""), "audience and subject"),
        (Simulation { request: None, ..ask("app", "alice") }, "audience and subject"),
        (Simulation { principal: s.alice.arn.clone(), ..ask("app", "alice") }, "no identity provider"),
        (Simulation { resource: Some(format!("{role}2")), ..ask("app", "alice") }, "role that exists"),
    ] {
        let refused = s.service.simulate(&asked, 0).await.unwrap_err().to_string();
        assert!(refused.contains(part), "{part}: {refused}");
    }
}

#[tokio::test]
async fn values_of_condition_keys_can_be_given() {
    let s = Scenario::start().await;
    let mut allow = statement("Allow", &s.alice.arn, "kms:Decrypt");
    allow["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "a" } });
    let key = s.key_with(&[allow]).await;
    let good = may(&s, "kms:Decrypt", &key.id);
    assert!(!allowed(&s, &good).await);
    let given = Some(json!({ "given": { "aws:principalTag/Team": ["a"] } }));
    assert!(allowed(&s, &Simulation { request: given, ..good }).await);
}
