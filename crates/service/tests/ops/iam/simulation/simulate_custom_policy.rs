//! SimulateCustomPolicy.

use crate::iam::permission::permission;
use crate::iam::role::trusting;
use crate::iam::simulation::{custom, decision, document, key, statement};
use crate::scenario::Scenario;
use serde_json::json;

#[tokio::test]
async fn decisions_and_the_statements_that_determine_them() {
    let s = Scenario::start().await;
    let policy = "{\"Version\":\"2012-10-17\",\"Statement\":[\n{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\"},\
                  \n  {\"Effect\":\"Deny\",\"Action\":\"kms:Encrypt\",\"Resource\":\"*\"}]}";
    let names = [("ActionNames.member.2", "kms:Encrypt"), ("ActionNames.member.3", "iam:ListUsers")];
    let answer = custom(&s, policy, &names).await.ok();
    let results = answer.all("EvaluationResults/member");
    let texts: Vec<_> = results.iter().map(String::as_str).collect();
    let [allowed, denied, nothing] = texts[..] else { panic!("{}", answer.text) };
    for part in [
        "<EvalActionName>kms:Decrypt</EvalActionName><EvalDecision>allowed</EvalDecision>",
        "<EvalResourceName>*</EvalResourceName>",
        "<EndPosition><Column>51</Column><Line>2</Line></EndPosition>",
        "<SourcePolicyId>PolicyInputList.1</SourcePolicyId><SourcePolicyType>none</SourcePolicyType>",
        "<StartPosition><Column>1</Column><Line>2</Line></StartPosition>",
        "<MissingContextValues></MissingContextValues>",
    ] {
        assert!(allowed.contains(part), "{part}\n{allowed}");
    }
    assert!(!allowed.contains("ResourceSpecificResults"), "no resources were named");
    assert!(denied.contains("<EvalDecision>explicitDeny</EvalDecision>"), "{denied}");
    assert_eq!(denied.matches("<SourcePolicyId>").count(), 1, "what allows is not shown beside a denial");
    assert!(denied.contains("<StartPosition><Column>3</Column><Line>3</Line></StartPosition>"), "{denied}");
    assert!(nothing.contains("<EvalDecision>implicitDeny</EvalDecision>"), "{nothing}");
    assert!(nothing.contains("<MatchedStatements></MatchedStatements>"), "{nothing}");
}

#[tokio::test]
async fn condition_keys_read_what_is_given_and_what_is_not_is_missing() {
    let s = Scenario::start().await;
    let mut allow = statement("Allow", "kms:Decrypt");
    allow["Condition"] = json!({
        "StringEquals": { "kms:EncryptionContext:tenant": "a" },
        "Bool": { "aws:SecureTransport": "true" },
        "NumericLessThan": { "aws:MultiFactorAuthAge": "300" },
    });
    let policy = document(&[allow]);
    let answer = custom(&s, &policy, &[]).await.ok();
    assert_eq!(answer.get("EvalDecision"), "implicitDeny");
    let missing = answer.all("EvaluationResults/member/MissingContextValues/member");
    assert_eq!(missing, ["aws:MultiFactorAuthAge", "aws:SecureTransport", "kms:EncryptionContext:tenant"]);
    let entry = |at: usize, name: &str, kind: &str, value: &str| {
        let prefix = format!("ContextEntries.member.{at}.ContextKey");
        [("Name", name), ("Type", kind), ("Values.member.1", value)]
            .map(|(member, value)| (format!("{prefix}{member}"), value.to_owned()))
    };
    let entries = |tenant: &str| {
        let all = [
            entry(1, "KMS:encryptionContext:tenant", "string", tenant),
            entry(2, "aws:SecureTransport", "boolean", "true"),
            entry(3, "aws:MultiFactorAuthAge", "numeric", "10"),
        ];
        all.concat()
    };
    for (tenant, wanted) in [("a", "allowed"), ("b", "implicitDeny")] {
        let entries = entries(tenant);
        let params: Vec<_> = entries.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = custom(&s, &policy, &params).await.ok();
        assert_eq!(answer.get("EvalDecision"), wanted);
        assert!(answer.all("MissingContextValues/member").is_empty(), "{}", answer.text);
    }
    let wrong = entry(1, "aws:SecureTransport", "boolean", "perhaps");
    let params: Vec<_> = wrong.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    custom(&s, &policy, &params).await.refused("InvalidInput", "not of type boolean");
}

#[tokio::test]
async fn boundary_limits_and_says_so() {
    let s = Scenario::start().await;
    let policy = document(&[statement("Allow", "kms:*")]);
    for (boundary, wanted, allows) in
        [("kms:Encrypt", "implicitDeny", "false"), ("kms:De*", "allowed", "true")]
    {
        let boundary = document(&[statement("Allow", boundary)]);
        let params = [("PermissionsBoundaryPolicyInputList.member.1", boundary.as_str())];
        let answer = custom(&s, &policy, &params).await.ok();
        assert_eq!(answer.get("EvalDecision"), wanted);
        assert_eq!(answer.get("AllowedByPermissionsBoundary"), allows);
    }
    let two = [
        ("PermissionsBoundaryPolicyInputList.member.1", policy.as_str()),
        ("PermissionsBoundaryPolicyInputList.member.2", policy.as_str()),
    ];
    custom(&s, &policy, &two).await.refused("InvalidInput", "Only one permissions boundary");
}

#[tokio::test]
async fn resource_policy_of_a_key_and_of_a_role() {
    let s = Scenario::start().await;
    let nothing = document(&[statement("Allow", "kms:ListKeys")]);
    let key = key();
    let of_key = |effect: &str| {
        let mut statement = statement(effect, "kms:Decrypt");
        statement["Principal"] = json!({ "AWS": s.alice.arn });
        document(&[statement])
    };
    for (effect, wanted) in [("Allow", "allowed"), ("Deny", "explicitDeny")] {
        let policy = of_key(effect);
        let params = [
            ("ResourceArns.member.1", key.as_str()),
            ("ResourcePolicy", policy.as_str()),
            ("CallerArn", s.alice.arn.as_str()),
        ];
        let answer = custom(&s, &nothing, &params).await.ok();
        assert_eq!(answer.get("EvalDecision"), wanted);
        let specific = answer.get("ResourceSpecificResults/member");
        assert!(specific.contains(&format!("<EvalResourceName>{key}</EvalResourceName>")), "{specific}");
        assert!(specific.contains("<SourcePolicyId>ResourcePolicy</SourcePolicyId>"), "{specific}");
        custom(&s, &nothing, &params[..2]).await.refused("InvalidInput", "CallerArn is needed");
    }
    let role = "arn:aws:iam::210987654321:role/theirs";
    let may = document(&[statement("Allow", "sts:AssumeRole")]);
    let trust = trusting(&s.alice.arn);
    let params = [
        ("PolicyInputList.member.1", may.as_str()),
        ("ActionNames.member.1", "sts:AssumeRole"),
        ("ResourceArns.member.1", role),
        ("CallerArn", s.alice.arn.as_str()),
        ("ResourcePolicy", trust.as_str()),
    ];
    assert_eq!(decision(s.iam("SimulateCustomPolicy", &params).await), "allowed");
    s.iam("SimulateCustomPolicy", &params[..4]).await.refused("InvalidInput", "is of another account");
}

#[tokio::test]
async fn what_is_not_known_or_not_built_is_refused() {
    let s = Scenario::start().await;
    let policy = document(&[statement("Allow", "kms:*")]);
    for (name, value, part) in [
        ("ActionNames.member.2", "s3:GetObject", "s3:GetObject is not an action"),
        ("ActionNames.member.2", "kms:ReEncrypt", "kms:ReEncrypt is not an action"),
        ("ActionNames.member.2", "kms:*", "kms:* is not an action"),
        ("ResourceArns.member.1", "key/1", "neither an ARN"),
        ("ResourceHandlingOption", "EC2-VPC-EBS", "ResourceHandlingOption is not supported"),
        ("ResourceOwner", "111122223333", "ResourceOwner is not supported"),
        ("CallerArn", "arn:aws:iam::111122223333:user/nobody", "is not the ARN of a user"),
        ("PolicyInputList.member.2", "{}", "PolicyInputList.2 is not valid"),
    ] {
        custom(&s, &policy, &[(name, value)]).await.refused("InvalidInput", part);
    }
}

#[tokio::test]
async fn pages_follow_the_order_of_actions_and_resources() {
    let s = Scenario::start().await;
    let policy = document(&[statement("Allow", "kms:*")]);
    let more = [("ActionNames.member.2", "kms:Encrypt"), ("MaxItems", "1")];
    let first = custom(&s, &policy, &more).await.ok();
    assert_eq!(
        (first.get("EvalActionName"), first.get("IsTruncated")),
        ("kms:Decrypt".into(), "true".into())
    );
    let marker = first.get("Marker");
    let second = custom(&s, &policy, &[more[0], more[1], ("Marker", &marker)]).await.ok();
    assert_eq!(
        (second.get("EvalActionName"), second.get("IsTruncated")),
        ("kms:Encrypt".into(), "false".into())
    );
    custom(&s, &policy, &[("Marker", &marker)]).await.refused("ValidationError", "The marker is not valid");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = Scenario::start().await;
    let policy = document(&[statement("Allow", "kms:*")]);
    let params = [("PolicyInputList.member.1", policy.as_str()), ("ActionNames.member.1", "kms:Decrypt")];
    permission(&s, "SimulateCustomPolicy", "*", &params).await;
}
