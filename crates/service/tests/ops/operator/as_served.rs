//! Hypothetical questions are put as serving puts them: of an alias and its key, of nothing, of things of IAM, and of grants
//! that would be made. Whatever is foretold is then done.

use crate::scenario::{ACCOUNT, Scenario, alias_arn, policy, statement};
use serde_json::{Value, json};
use strongroom_service::{OperatorError, Principal, Simulation, WhoCan};

fn asked(principal: &str, action: &str, resource: Option<&str>) -> Simulation {
    Simulation {
        principal: principal.to_owned(),
        action: action.to_owned(),
        resource: resource.map(str::to_owned),
        ..Simulation::default()
    }
}

async fn answered(s: &Scenario, asked: &Simulation) -> Value {
    serde_json::to_value(s.service.simulate(asked, 0).await.unwrap()).unwrap()
}

/// What alice's question is answered.
async fn alice(s: &Scenario, action: &str, resource: &str) -> Value {
    answered(s, &asked(&s.alice.arn, action, Some(resource))).await
}

/// Alice may do one thing with one resource, if a condition holds.
async fn alice_may(s: &Scenario, action: &str, resource: &str, condition: Value) {
    let statement =
        json!({ "Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition });
    let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let params = [("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
    s.iam("PutUserPolicy", &params).await.ok();
}

fn of<'a>(answer: &'a WhoCan, arn: &str) -> &'a Principal {
    answer.principals.iter().find(|row| row.principal == arn).unwrap()
}

async fn who_can(s: &Scenario, action: &str, key: &str) -> WhoCan {
    s.service.who_can(action, key, 0).await.unwrap()
}

#[tokio::test]
async fn alias_and_its_key_are_both_asked_and_both_have_to_allow() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:DeleteAlias").await;
    let input = json!({ "AliasName": "alias/a", "TargetKeyId": key.id });
    s.root("CreateAlias", input).await.empty();
    let alias = alias_arn("alias/a");
    let denied = alice(&s, "kms:DeleteAlias", "alias/a").await;
    assert_eq!((&denied["allowed"], &denied["resource"]), (&json!(false), &json!(alias)), "{denied:#}");
    let also = &denied["also_asked"][0];
    assert_eq!((&also["allowed"], &also["resource"]), (&json!(true), &json!(key.arn)), "{denied:#}");
    let input = json!({ "AliasName": "alias/a" });
    s.alice("DeleteAlias", input.clone()).await.refused("AccessDeniedException", denied["message"].as_str());
    assert!(!of(&who_can(&s, "kms:DeleteAlias", "alias/a").await, &s.alice.arn).allowed);

    alice_may(&s, "kms:DeleteAlias", &alias, json!({})).await;
    let allowed = alice(&s, "kms:DeleteAlias", &alias).await;
    assert_eq!((&allowed["allowed"], &allowed["also_asked"][0]["allowed"]), (&json!(true), &json!(true)));
    assert!(of(&who_can(&s, "kms:DeleteAlias", "alias/a").await, &s.alice.arn).allowed);
    let closed = policy(&[statement("Deny", "*", "kms:DeleteAlias")]);
    s.root("PutKeyPolicy", json!({ "KeyId": key.id, "Policy": closed })).await.empty();
    let denied = alice(&s, "kms:DeleteAlias", "alias/a").await;
    assert_eq!((&denied["allowed"], &denied["resource"]), (&json!(false), &json!(key.arn)));
    s.alice("DeleteAlias", input).await.refused("AccessDeniedException", denied["message"].as_str());
}

#[tokio::test]
async fn what_of_an_alias_and_its_keys_is_not_asked_is_told() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:*").await;
    let input = json!({ "AliasName": "alias/a", "TargetKeyId": key.id });
    s.root("CreateAlias", input).await.empty();
    for (action, resource, told) in [
        ("kms:DeleteAlias", &*key.arn, Some("kms:DeleteAlias on the alias")),
        ("kms:DeleteAlias", "alias/a", None),
        ("kms:CreateAlias", &*key.id, Some("kms:CreateAlias on the alias")),
        ("kms:CreateAlias", "alias/new", Some("kms:CreateAlias on the key that the alias is to point at")),
        ("kms:UpdateAlias", "alias/a", Some("kms:UpdateAlias on the key that the alias is to point at")),
        ("kms:Encrypt", "alias/a", None),
    ] {
        let answer = alice(&s, action, resource).await;
        assert_eq!(answer["not_asked"][0].as_str(), told, "{action} {resource}");
    }
    let answer = alice(&s, "kms:CreateAlias", "alias/new").await;
    assert_eq!(answer["allowed"], false, "no identity policy allows it on the alias");
    let answer = who_can(&s, "kms:DeleteAlias", &key.id).await;
    assert!(answer.asked_with.contains("not asked: kms:DeleteAlias on the alias"), "{}", answer.asked_with);
}

#[tokio::test]
async fn what_of_tags_and_of_a_source_identity_is_not_asked_is_told() {
    let s = Scenario::start().await;
    let trust = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": "sts:AssumeRole",
    } })
    .to_string();
    let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", trust.as_str())];
    let role = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let new = format!("arn:aws:iam::{ACCOUNT}:user/new");
    let tags = json!({ "tags": { "team": "red" } });
    let identity = json!({ "assume_role": { "source_identity": "me" } });
    for (action, resource, request, told) in [
        ("iam:CreateUser", &*new, &tags, Some("iam:TagUser on the same resource")),
        ("iam:CreateUser", &*new, &json!({}), None),
        ("sts:AssumeRole", &*role, &tags, Some("sts:TagSession on the same resource")),
        ("sts:AssumeRole", &*role, &identity, Some("sts:SetSourceIdentity on the same resource")),
        ("sts:AssumeRole", &*role, &json!({}), None),
        (
            "iam:UpdateUser",
            &*s.alice.arn,
            &json!({}),
            Some("iam:UpdateUser on the ARN with the new name and path"),
        ),
    ] {
        let request = Some(json!({ "request": request }));
        let question = Simulation { request, ..asked(&s.alice.arn, action, Some(resource)) };
        assert_eq!(answered(&s, &question).await["not_asked"][0].as_str(), told, "{action}");
    }
    let tagged = [
        ("RoleArn", &*role),
        ("RoleSessionName", "session"),
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "b"),
    ];
    s.query(&s.alice, "sts", "AssumeRole", &tagged).await.refused("AccessDenied", "sts:TagSession");
    s.query(&s.alice, "sts", "AssumeRole", &tagged[..2]).await.ok();
}

#[tokio::test]
async fn alias_is_on_the_question_where_a_request_may_name_one() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input = json!({ "AliasName": "alias/a", "TargetKeyId": key.id });
    s.root("CreateAlias", input).await.empty();
    for (action, alias) in [("kms:Encrypt", Some("alias/a")), ("kms:DisableKey", None)] {
        let answer = alice(&s, action, "alias/a").await;
        assert_eq!(answer["context"]["request"]["alias"].as_str(), alias, "{action}");
    }
    let answer = alice(&s, "kms:DisableKey", "alias/a").await;
    assert!(answer["context"]["request"]["encryption_algorithm"].is_null(), "{answer:#}");
}

#[tokio::test]
async fn question_that_serving_never_asks_is_refused() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.service.create_account("210987654321", 0).await.unwrap();
    let other = "arn:aws:iam::210987654321:root";
    let user = s.alice.arn.as_str();
    for (principal, action, resource, part) in [
        (user, "kms:CreateKey", Some(&*key.arn), "asked of no key, but of `*`"),
        (user, "kms:GenerateRandom", Some(&*key.id), "asked of no key, but of `*`"),
        (user, "kms:ListKeys", Some(user), "asked of no key, but of `*`"),
        (user, "kms:Encrypt", None, "asked of a key, which has to be named"),
        (user, "kms:Encrypt", Some(user), "asked of a key, which has to be named"),
        (user, "kms:DeleteAlias", None, "name the alias, or the key"),
        (user, "kms:ListRetirableGrants", Some(&*key.arn), "asked of no key"),
        (user, "iam:GetUser", Some(&*key.arn), "by its ARN"),
        (user, "iam:GetUser", None, "by its ARN"),
        (
            user,
            "iam:GetUser",
            Some("arn:aws:iam::111122223333:role/r"),
            "asked of arn:aws:iam::ACCOUNT:user/NAME",
        ),
        (user, "iam:DeleteRole", Some(user), "asked of arn:aws:iam::ACCOUNT:role/NAME"),
        (user, "iam:ListPolicies", Some(user), "but of `*`"),
        (user, "sts:GetCallerIdentity", None, "asked of no policy"),
        (user, "sts:GetSessionToken", None, "asked of no policy"),
        (other, "kms:DisableKey", Some(&*key.arn), "not served to other accounts"),
        (other, "iam:GetUser", Some(user), "not served to other accounts"),
        (other, "kms:ListRetirableGrants", Some(user), "not served to other accounts"),
    ] {
        match s.service.simulate(&asked(principal, action, resource), 0).await {
            Err(OperatorError::Question(text)) => assert!(text.contains(part), "{text}"),
            answered => panic!("{action} {resource:?}: {answered:?}"),
        }
    }
    // The controls.
    for (principal, action, resource) in [
        (user, "kms:CreateKey", None),
        (user, "kms:Encrypt", Some(&*key.arn)),
        (user, "kms:ListRetirableGrants", Some(user)),
        (user, "iam:GetUser", Some(user)),
        (user, "iam:ListPolicies", None),
        (user, "iam:GetPolicy", Some("arn:aws:iam::aws:policy/IAMReadOnlyAccess")),
        (other, "kms:DescribeKey", Some(&*key.arn)),
    ] {
        answered(&s, &asked(principal, action, resource)).await;
    }
    for (action, part) in [("kms:CreateKey", "asked of no key"), ("iam:GetUser", "strongroom simulate")] {
        let refused = s.service.who_can(action, &key.id, 0).await.unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
}

#[tokio::test]
async fn principals_of_other_accounts_are_listed_where_they_are_served() {
    let s = Scenario::start().await;
    let other = "arn:aws:iam::210987654321:root";
    s.service.create_account("210987654321", 0).await.unwrap();
    let key = s.key_with(&[statement("Allow", other, "kms:*")]).await;
    for (action, listed) in [("kms:DescribeKey", true), ("kms:DisableKey", false)] {
        let answer = who_can(&s, action, &key.id).await;
        assert_eq!(answer.principals.iter().any(|row| row.principal == other), listed, "{action}");
        assert_eq!(answer.asked_with.contains("key's account only"), !listed, "{action}");
    }
}

#[tokio::test]
async fn lists_of_iam_are_asked_of_everything_there_is() {
    let s = Scenario::start().await;
    alice_may(&s, "iam:ListUsers", &format!("arn:aws:iam::{ACCOUNT}:user/*"), json!({})).await;
    let answer = answered(&s, &asked(&s.alice.arn, "iam:ListUsers", None)).await;
    assert_eq!(answer["allowed"], true, "{answer:#}");
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
    let answer = answered(&s, &asked(&s.alice.arn, "iam:ListRoles", None)).await;
    assert_eq!(answer["allowed"], false, "{answer:#}");
}

#[tokio::test]
async fn question_about_a_user_reads_its_tags_and_its_boundary() {
    let s = Scenario::start().await;
    let bound = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let made = [vec![("UserName", "bob"), ("PermissionsBoundary", bound)], tag.to_vec()].concat();
    let bob = s.iam("CreateUser", &made).await.ok().get("User/Arn");
    let free = s.iam("CreateUser", &[("UserName", "free")]).await.ok().get("User/Arn");
    for (action, key, value) in [
        ("GetUser", "aws:ResourceTag/team", "red"),
        ("GetUser", "iam:ResourceTag/team", "red"),
        ("DeleteUserPermissionsBoundary", "iam:PermissionsBoundary", bound),
    ] {
        let named = format!("iam:{action}");
        alice_may(&s, &named, "*", json!({ "StringEquals": { key: value } })).await;
        for (name, arn, allowed) in [("free", &free, false), ("bob", &bob, true)] {
            assert_eq!(alice(&s, &named, arn).await["allowed"], allowed, "{named} {key} {name}");
            let answer = s.query(&s.alice, "iam", action, &[("UserName", name)]).await;
            assert_eq!(answer.status == 200, allowed, "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn question_about_a_role_that_is_to_be_assumed_has_a_session_name_and_the_roles_tags() {
    let s = Scenario::start().await;
    let mut lets = statement("Allow", &s.alice.arn, "sts:AssumeRole");
    lets.as_object_mut().unwrap().remove("Resource");
    lets["Condition"] = json!({ "Null": { "sts:RoleSessionName": "false" } });
    let trust = json!({ "Version": "2012-10-17", "Statement": lets }).to_string();
    let made = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", &*trust),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let role = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let answer = alice(&s, "sts:AssumeRole", &role).await;
    assert_eq!(answer["allowed"], true, "{answer:#}");
    assert_eq!(answer["context"]["resource_tags"], json!({ "team": "red" }));
    let params = [("RoleArn", &*role), ("RoleSessionName", "session")];
    s.query(&s.alice, "sts", "AssumeRole", &params).await.ok();
    s.service.create_account("210987654321", 0).await.unwrap();
    let there = s.service.create_user_in(Some("210987654321"), "carol", 0).await.unwrap().arn;
    let answer = answered(&s, &asked(&there, "sts:AssumeRole", Some(&role))).await;
    assert_eq!(answer["allowed"], false, "asked, for roles of other accounts may be assumed: {answer:#}");
}

#[tokio::test]
async fn constraints_of_grants_that_stand_in_the_way_are_named() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let grant = async |operation: &str, constraints: Value| {
        let input = json!({
            "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": [operation], "Constraints": constraints,
        });
        s.root("CreateGrant", input).await.ok()["GrantId"].as_str().unwrap().to_owned()
    };
    let subset = json!({ "EncryptionContextSubset": { "department": "one", "stage": "two" } });
    let subset = grant("Decrypt", subset).await;
    let equals = grant("Decrypt", json!({ "EncryptionContextEquals": { "app": "pay" } })).await;
    grant("Encrypt", json!({ "EncryptionContextEquals": { "app": "pay" } })).await;
    let answer = who_can(&s, "kms:Decrypt", &key.id).await;
    let mut named = [
        format!("grant {subset} EncryptionContextSubset department and stage"),
        format!("grant {equals} EncryptionContextEquals app"),
    ];
    named.sort();
    assert_eq!(
        of(&answer, &s.alice.arn).unmet_conditions,
        named,
        "those that list the action, and no others"
    );
    let without = who_can(&s, "kms:DescribeKey", &key.id).await;
    assert!(of(&without, &s.alice.arn).unmet_conditions.is_empty());
}

#[tokio::test]
async fn key_that_is_asked_for_in_part_is_in_everything_else_the_one_by_default() {
    let s = Scenario::start().await;
    let rsa = json!({ "StringEquals": { "kms:KeySpec": "RSA_2048", "kms:KeyUsage": "ENCRYPT_DECRYPT" } });
    let copied =
        json!({ "StringEquals": { "kms:MultiRegionKeyType": "PRIMARY", "kms:KeyOrigin": "AWS_KMS" } });
    for (condition, key, input) in [
        (rsa, json!({ "spec": "RSA_2048" }), json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" })),
        (copied, json!({ "multi_region": true }), json!({ "MultiRegion": true })),
    ] {
        alice_may(&s, "kms:CreateKey", "*", condition).await;
        let question = asked(&s.alice.arn, "kms:CreateKey", None);
        let in_part = Simulation { request: Some(json!({ "key": key })), ..question.clone() };
        assert_eq!(answered(&s, &in_part).await["allowed"], true, "{key}");
        assert_eq!(answered(&s, &question).await["allowed"], false, "the control");
        s.alice("CreateKey", input).await.refused_with("UnsupportedOperationException", "not supported");
    }
}

#[tokio::test]
async fn grantee_who_may_make_grants_is_asked_for_one_like_its_own() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let subset = json!({ "EncryptionContextSubset": { "tenant": "one" } });
    let input = json!({
        "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": ["CreateGrant", "Decrypt"], "Constraints": subset,
    });
    let own = s.root("CreateGrant", input).await.ok()["GrantId"].as_str().unwrap().to_owned();
    let answer = who_can(&s, "kms:CreateGrant", &key.id).await;
    let row = of(&answer, &s.alice.arn);
    assert_eq!((row.allowed, row.grant.as_deref()), (true, Some(&*own)), "{row:#?}");
    assert!(answer.asked_with.contains("a new grant to the caller itself"), "{}", answer.asked_with);

    let child = |operations: Value, constraints: Value| {
        json!({
            "KeyId": key.arn, "GranteePrincipal": s.alice.arn, "Operations": operations, "Constraints": constraints,
        })
    };
    let question = asked(&s.alice.arn, "kms:CreateGrant", Some(&key.id));
    let allowed = answered(&s, &question).await;
    assert_eq!(allowed["allowed"], true, "{allowed:#}");
    let like_its_own = json!({ "Subset": { "tenant": "one" } });
    assert_eq!(allowed["context"]["request"]["grant"]["constraints"], like_its_own);
    s.alice("CreateGrant", child(json!(["CreateGrant", "Decrypt"]), subset)).await.succeeded();

    let wider = json!({ "request": { "grant": { "operations": ["Encrypt"], "constraints": like_its_own } } });
    let denied = answered(&s, &Simulation { request: Some(wider), ..question.clone() }).await;
    assert_eq!((&denied["allowed"], &denied["grants"][0]["mismatch"]), (&json!(false), &json!("Widening")));
    let subset = json!({ "EncryptionContextSubset": { "tenant": "one" } });
    let refused = s.alice("CreateGrant", child(json!(["Encrypt"]), subset)).await;
    refused.refused("AccessDeniedException", denied["message"].as_str());

    let narrower =
        [("tenant", "one"), ("app", "pay")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let narrower = Simulation { encryption_context: narrower.into(), ..question.clone() };
    assert_eq!(answered(&s, &narrower).await["allowed"], true, "pairs are the new grant's constraint");
    let given = Some(json!({ "request": { "grant": { "operations": ["Decrypt"] } } }));
    let given = Simulation { request: given, ..narrower };
    assert_eq!(answered(&s, &given).await["allowed"], true, "and of one that is given without");
    let other = [("tenant".to_owned(), "two".to_owned())];
    let other = Simulation { encryption_context: other.into(), ..question };
    assert_eq!(answered(&s, &other).await["allowed"], false);
}

/// Whichever of its grants comes first: each of them lets another request.
#[tokio::test]
async fn grantee_of_several_grants_is_asked_for_a_grant_that_one_of_them_lets() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let own = [
        ("one", "Decrypt", "EncryptionContextEquals"),
        ("two", "Encrypt", "EncryptionContextSubset"),
        ("three", "GenerateDataKey", "EncryptionContextEquals"),
    ];
    for (tenant, operation, constraint) in own {
        let input = json!({
            "KeyId": key.id, "GranteePrincipal": s.alice.arn, "Operations": ["CreateGrant", operation],
            "Constraints": { constraint: { "tenant": tenant } },
        });
        s.root("CreateGrant", input).await.succeeded();
    }
    let question = asked(&s.alice.arn, "kms:CreateGrant", Some(&key.id));
    for (tenant, operation, constraint) in own {
        let pairs = [("tenant".to_owned(), tenant.to_owned())];
        let with_pairs = Simulation { encryption_context: pairs.into(), ..question.clone() };
        let answer = answered(&s, &with_pairs).await;
        assert_eq!(answer["allowed"], true, "{tenant}: {answer:#}");
        let input = json!({
            "KeyId": key.arn, "GranteePrincipal": s.alice.arn, "Operations": [operation],
            "Constraints": { constraint: { "tenant": tenant } },
        });
        s.alice("CreateGrant", input).await.succeeded();
    }
    let other = [("tenant".to_owned(), "four".to_owned())];
    let other = Simulation { encryption_context: other.into(), ..question };
    assert_eq!(answered(&s, &other).await["allowed"], false, "the control");
}

#[tokio::test]
async fn key_that_is_told_in_part_is_in_everything_else_as_it_is() {
    let s = Scenario::start().await;
    let key = s.key_with(&[]).await;
    let condition = json!({
        "StringEquals": { "kms:KeyUsage": "SIGN_VERIFY", "kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyOrigin": "AWS_KMS" },
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/a" },
    });
    let signing = json!({ "Effect": "Allow", "Action": "kms:DescribeKey", "Resource": key.arn, "Condition": condition });
    let document = json!({ "Version": "2012-10-17", "Statement": signing }).to_string();
    let signing = [("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
    s.iam("PutUserPolicy", &signing).await.ok();
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    let question = asked(&s.alice.arn, "kms:DescribeKey", Some(&key.id));
    for (said, allowed) in [
        (json!({ "usage": "SIGN_VERIFY" }), true),
        (json!({ "usage": "SIGN_VERIFY", "spec": "RSA_2048" }), false),
        (json!({ "usage": "SIGN_VERIFY", "aliases": ["alias/b"] }), false),
        (json!({}), false),
    ] {
        let told = Simulation { request: Some(json!({ "key": said })), ..question.clone() };
        assert_eq!(answered(&s, &told).await["allowed"], allowed, "{said}");
    }
}

#[tokio::test]
async fn federation_tokens_are_no_question_of_a_roles_sessions() {
    let s = Scenario::start().await;
    let arn = format!("arn:aws:sts::{ACCOUNT}:federated-user/guest");
    let trust = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": "sts:AssumeRole",
    } })
    .to_string();
    let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", trust.as_str())];
    let role = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let allow = json!({ "Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": arn });
    let allow = json!({ "Version": "2012-10-17", "Statement": allow }).to_string();
    let document = ("PolicyDocument", allow.as_str());
    s.iam("PutRolePolicy", &[("RoleName", "r"), ("PolicyName", "p"), document]).await.ok();
    s.iam("PutUserPolicy", &[("UserName", "alice"), ("PolicyName", "p"), document]).await.ok();
    let refused = s.service.simulate(&asked(&role, "sts:GetFederationToken", Some(&arn)), 0).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("not served to sessions of roles"), "{refused}");
    let params = [("RoleArn", &*role), ("RoleSessionName", "session")];
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/session");
    let session = s.query(&s.alice, "sts", "AssumeRole", &params).await.ok().credentials(&session);
    let params = [("Name", "guest")];
    s.query(&session, "sts", "GetFederationToken", &params)
        .await
        .refused("AccessDenied", "session credentials");
    assert_eq!(alice(&s, "sts:GetFederationToken", &arn).await["allowed"], true);
    s.query(&s.alice, "sts", "GetFederationToken", &params).await.ok();
}
